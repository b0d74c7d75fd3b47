// What becomes of threads of our own when the process exits. Each case is a process: it exits.
#include "core/thread/io_thread.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <asio/error.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>

#include "catch.hpp"
#include "wsferry/core/detail/error/thrown.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/websocket_client.hpp"

using namespace wsferry;

namespace {

using namespace std::chrono_literals;

std::atomic<bool> running{false};

/// Whether the thread that touches it has ended.
struct ThreadMark {
  ThreadMark() { running = true; }
  ~ThreadMark() { running = false; }
  void touch() {}
};

void markThread() {
  thread_local ThreadMark mark;
  mark.touch();
}

// What libraries and the program itself destroy at exit was made before the first thread.
void checkAtExit() {
  ::_exit(running ? 1 : 0);
}

/// The exit code of a process that runs `body` and exits; 1 if a thread outlives what it may use.
template <class Body>
int exitCodeOf(Body body) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::atexit(checkAtExit);
    body();
    std::exit(2);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

std::promise<void>& exitBegun() {
  static auto* const promise = new std::promise<void>;
  return *promise;
}

/// Ends on the thread of its own some time after the exit has begun: when the process would be over
/// if nothing waited.
void outlastExit() {
  markThread();
  exitBegun().get_future().wait();
  std::promise<void> never;
  never.get_future().wait_for(100ms);
}

/// An object that static destructors destroy after all waiting for threads, and that needs its own.
struct LateUser {
  ~LateUser() {
    if (thread) {
      std::promise<void> ran;
      asio::post(thread->context(), [&] { ran.set_value(); });
      ran.get_future().wait();
    }
  }
  std::unique_ptr<IoThread> thread;
};

/// A thread of the program's that it joins when everything else is over.
struct LateJoin {
  ~LateJoin() {
    if (running) {
      ::_exit(1);
    }
    if (thread.joinable()) {
      thread.join();
    }
  }
  std::thread thread;
};

}  // namespace

TEST_CASE("a client's thread that outlives it for a moment is waited for") {
  CHECK(exitCodeOf([] {
          const WebSocketClient client{WebSocketOptions()};
          // As a dispatcher does that its own thread lets go of last.
          asio::post(client.executor(), [transport = client.transport()]() mutable {
            outlastExit();
            transport.reset();
          });
          std::atexit([] { exitBegun().set_value(); });
        }) == 0);
}

TEST_CASE("a thread that another one joins while the process exits is waited for") {
  CHECK(exitCodeOf([] {
          static LateJoin joiner;
          static auto* const thread = new IoThread;
          std::promise<void> posted;
          asio::post(thread->context(), [&] {
            posted.set_value();
            outlastExit();
          });
          posted.get_future().wait();
          thread->expectEnd();
          joiner.thread = std::thread([] { thread->end(); });
          std::atexit([] { exitBegun().set_value(); });
        }) == 0);
}

TEST_CASE("a thread that is about to end and blocks for ever holds up the exit for a while only") {
  CHECK(exitCodeOf([] {
          static auto* const thread = new IoThread;
          std::promise<void> blocks;
          asio::post(thread->context(), [&] {
            markThread();
            blocks.set_value();
            static auto* const never = new std::promise<void>;
            never->get_future().wait();
          });
          blocks.get_future().wait();
          thread->expectEnd();
        }) == 1);
}

TEST_CASE("a thread runs on for a user that is destroyed late") {
  CHECK(exitCodeOf([] {
          static LateUser user;
          user.thread = std::make_unique<IoThread>();
          asio::post(user.thread->context(), markThread);
        }) == 0);
}

TEST_CASE("a thread of an object that is never destroyed has what it uses as long as it runs") {
  CHECK(exitCodeOf([] {
          // Runs behind all that was made after it.
          std::atexit([] { std::this_thread::sleep_for(50ms); });
          static auto* const thread = new IoThread;
          static const std::function<void()>& useCategories = *new std::function<void()>([] {
            asio::error_code(asio::error::eof).message();
            make_error_code(Errc::cancelled).message();
            asio::post(thread->context(), useCategories);
          });
          asio::post(thread->context(), useCategories);
        }) == 0);
}

TEST_CASE("a thread runs on behind an exception") {
  IoThread thread;
  std::promise<std::string> told;
  thread.onException([&](const std::exception_ptr& exception) {
    told.set_value(exceptionText(exception));
    throw std::runtime_error("another");
  });
  asio::post(thread.context(), [] { throw std::runtime_error("one"); });
  CHECK(told.get_future().get() == ": one");
  std::promise<void> ran;
  asio::post(thread.context(), [&] { ran.set_value(); });
  ran.get_future().wait();
  thread.end();
}

TEST_CASE("a handler on a thread of our own may exit the process") {
  CHECK(exitCodeOf([] {
          static auto* const thread = new IoThread;
          asio::post(thread->context(), [] { std::exit(2); });
          std::promise<void> never;
          never.get_future().wait();
        }) == 0);
}
