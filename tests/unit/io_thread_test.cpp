// What becomes of threads of our own when the process exits. Each case is a process: it exits.
#include "core/io_thread.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>

#include "catch.hpp"

namespace wsferry {
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

}  // namespace

TEST_CASE("a thread whose last user lets go of it while the process exits is waited for") {
  CHECK(exitCodeOf([] {
          auto thread = std::make_shared<IoThread>();
          asio::io_context& context = thread->context();
          asio::post(context, [thread = std::move(thread)]() mutable {
            markThread();
            exitBegun().get_future().wait();
            // Time for the process to be over, if nothing waits.
            std::promise<void> never;
            never.get_future().wait_for(100ms);
            thread.reset();
          });
          std::atexit([] { exitBegun().set_value(); });
        }) == 0);
}

TEST_CASE("a thread whose user is never destroyed ends before the process exits") {
  CHECK(exitCodeOf([] {
          static auto* const thread = new IoThread;
          std::promise<void> marked;
          asio::post(thread->context(), [&] {
            markThread();
            marked.set_value();
          });
          marked.get_future().wait();
        }) == 0);
}

TEST_CASE("a handler that blocks for ever holds up the exit for a while only") {
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
        }) == 1);
}

TEST_CASE("a handler on a thread of our own may exit the process") {
  CHECK(exitCodeOf([] {
          static auto* const thread = new IoThread;
          asio::post(thread->context(), [] { std::exit(2); });
          std::promise<void> never;
          never.get_future().wait();
        }) == 0);
}

TEST_CASE("a user that is destroyed after the threads' end is not held up") {
  CHECK(exitCodeOf([] {
          static std::unique_ptr<IoThread> thread;
          thread = std::make_unique<IoThread>();
          asio::post(thread->context(), markThread);
        }) == 0);
}

}  // namespace wsferry
