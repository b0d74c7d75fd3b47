// What a program hears of a stream that it has destroyed: its verdict, and nothing else.
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "support/stream_recorder.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::gateway;
using wsferry::testing::GatewayServer;
using wsferry::testing::GatewayServerOptions;

namespace {

// Long enough for a wait that should not be there to be seen to end.
constexpr std::chrono::milliseconds notYet{100};

/// A gateway that has hundreds of events for a second of audio.
GatewayServerOptions talkative() {
  GatewayServerOptions options;
  options.extraMessages.assign(
      500, R"({"type":"RESPONSE","response":{"frameType":"final","messageId":"m"}})");
  return options;
}

/// A stream in its owner's hands, and what it told before and after it was destroyed.
struct Owned {
  std::unique_ptr<Stream> stream;
  std::function<void()> onFirstResponse;
  std::atomic<bool> destroyed{false};
  std::atomic<int> before{0};
  std::atomic<int> after{0};
  std::atomic<int> verdicts{0};
  std::promise<void> over;

  StreamEvents events() {
    StreamEvents events;
    events.onResponse = [this](const Response&) {
      const int count = destroyed ? after++ : before++;
      if (!destroyed && count == 0) {
        begun_.wait();  // Results come with the audio, perhaps before finish() is called.
        onFirstResponse();
      }
    };
    events.onVerdict = [this](const Verdict&) {
      ++verdicts;
      over.set_value();
    };
    return events;
  }

  void make(const GatewayServer& server) {
    stream = std::make_unique<Stream>(optionsFor(server), events());
    start();
  }

  void make(const GatewayServer& server, asio::io_context& context) {
    stream = std::make_unique<Stream>(context, optionsFor(server), events());
    start();
  }

  void destroy() {
    // Moved out first: the handlers look at it.
    auto going = std::move(stream);
    going.reset();
    destroyed = true;
  }

 private:
  void start() {
    std::promise<void> begun;
    begun_ = begun.get_future().share();
    stream->connect([](std::error_code, const ErrorInfo&) {});
    stream->sendAudio(std::string(32'000, 'a'), [](std::error_code) {});
    stream->finish([](Verdict) {});
    begun.set_value();
  }

  std::shared_future<void> begun_;
};

void runOn(asio::io_context& context, int threads) {
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&context] { context.run(); });
  }
  for (auto& thread : running) {
    thread.join();
  }
}

}  // namespace

TEST_CASE("no event comes after a stream is destroyed in an event of its own") {
  GatewayServer server(talkative());
  Owned owned;
  owned.onFirstResponse = [&] { owned.destroy(); };
  SECTION("on a thread of its own") {
    owned.make(server);
    get(owned.over.get_future());
  }
  SECTION("on the program's context") {
    asio::io_context context;
    owned.make(server, context);
    context.run();
  }
  SECTION("on the program's context, run by two threads") {
    asio::io_context context;
    owned.make(server, context);
    runOn(context, 2);
  }
  CHECK(owned.before == 1);
  CHECK(owned.after == 0);
  CHECK(owned.verdicts == 1);
  CHECK(server.waitUntilIdle(Duration(60'000)));
}

TEST_CASE("no event comes after a stream is destroyed in another handler of its context") {
  GatewayServer server(talkative());
  asio::io_context context;
  Owned owned;
  owned.onFirstResponse = [&] { asio::post(context, [&] { owned.destroy(); }); };
  owned.make(server, context);
  runOn(context, GENERATE(1, 2));
  CHECK(owned.before > 0);
  CHECK(owned.after == 0);
  CHECK(owned.verdicts == 1);
}

TEST_CASE("destruction waits for the handler that runs, and for no other") {
  GatewayServer server(talkative());
  asio::io_context context;
  auto work = asio::make_work_guard(context);
  std::promise<void> runs;
  std::promise<void> isBack;
  auto back = isBack.get_future();
  std::future_status seen = std::future_status::ready;
  Owned owned;
  owned.onFirstResponse = [&] {
    runs.set_value();
    seen = back.wait_for(notYet);
  };
  std::thread runner;
  SECTION("on a thread of its own") {
    owned.make(server);
  }
  SECTION("on the program's context") {
    owned.make(server, context);
    runner = std::thread([&] { context.run(); });
  }
  get(runs.get_future());
  owned.destroy();
  isBack.set_value();
  CHECK(seen == std::future_status::timeout);
  CHECK(owned.before == 1);
  work.reset();
  if (runner.joinable()) {
    runner.join();
  }
  get(owned.over.get_future());
  CHECK(owned.after == 0);
  CHECK(owned.verdicts == 1);
}

TEST_CASE("a handler of one stream destroys another one, whose handler runs") {
  GatewayServer server(talkative());
  std::promise<void> runs;
  std::promise<void> isBack;
  auto back = isBack.get_future();
  std::future_status seen = std::future_status::ready;
  Owned first;
  first.onFirstResponse = [&] {
    runs.set_value();
    seen = back.wait_for(notYet);
  };
  Owned second;
  second.onFirstResponse = [&, running = runs.get_future().share()] {
    running.wait();
    first.destroy();
    isBack.set_value();
  };
  first.make(server);
  second.make(server);
  get(first.over.get_future());
  get(second.over.get_future());
  CHECK(seen == std::future_status::timeout);
  CHECK(first.before == 1);
  CHECK(first.after == 0);
}

TEST_CASE("streams whose handlers destroy each other at one time do not wait for each other") {
  GatewayServer server(talkative());
  Owned first;
  Owned second;
  std::promise<void> firstRuns;
  std::promise<void> secondRuns;
  first.onFirstResponse = [&, other = secondRuns.get_future().share()] {
    firstRuns.set_value();
    other.wait();
    second.destroy();
  };
  second.onFirstResponse = [&, other = firstRuns.get_future().share()] {
    secondRuns.set_value();
    other.wait();
    first.destroy();
  };
  first.make(server);
  second.make(server);
  get(first.over.get_future());
  get(second.over.get_future());
  CHECK(first.before + first.after == 1);
  CHECK(second.before + second.after == 1);
}

TEST_CASE("a stream that is replaced tells no more, while the new one does") {
  GatewayServer server(talkative());
  Owned first;
  Owned second;
  second.onFirstResponse = [] {};
  first.onFirstResponse = [&] {
    second.make(server);
    *first.stream = std::move(*second.stream);
    first.destroyed = true;
  };
  first.make(server);
  get(first.over.get_future());
  get(second.over.get_future());
  CHECK(first.after == 0);
  CHECK(second.before > 500);
}

TEST_CASE("the secret is not asked for once the stream is destroyed") {
  GatewayServer server;
  asio::io_context context;
  int asked = 0;
  StreamOptions options = optionsFor(server);
  options.credentials.secretProvider = [&](Completion<std::error_code, std::string>) { ++asked; };
  std::error_code result;
  {
    Stream stream(context, options, {});
    stream.connect([&](std::error_code error, const ErrorInfo&) { result = error; });
  }
  context.run();
  CHECK(asked == 0);
  CHECK(result == Errc::cancelled);
}
