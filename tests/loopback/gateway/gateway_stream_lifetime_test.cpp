#include <asio/post.hpp>
#include <asio/thread_pool.hpp>
#include <atomic>
#include <functional>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "support/scripted_server.hpp"
#include "wsferry/gateway/stream.hpp"
#include "wsferry/testing/gateway_server.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::gateway;
using wsferry::testing::GatewayServer;
using wsferry::testing::GatewayServerOptions;
using SecretCompletion = Completion<std::error_code, std::string>;

namespace {

StreamOptions optionsFor(const std::string& url) {
  StreamOptions options;
  options.baseUrl = url;
  options.templateId = "template";
  options.credentials.kind = Credentials::Kind::bearer;
  options.credentials.secret = "testing-token";
  return options;
}

StreamOptions optionsFor(const GatewayServer& server) {
  return optionsFor(server.url());
}

/// Counts verdicts, from any thread.
struct Verdicts {
  std::atomic<int> count{0};
  std::promise<Verdict> promise;
  std::future<Verdict> first = promise.get_future();

  StreamEvents events() {
    StreamEvents result;
    result.onVerdict = [this](const Verdict& verdict) {
      if (count++ == 0) {
        promise.set_value(verdict);
      }
    };
    return result;
  }

  Verdict get() { return support::get(std::move(first)); }
};

}  // namespace

TEST_CASE("a stream runs on threads of its own, in blocking calls") {
  GatewayServer server;
  Verdicts verdicts;
  Stream stream(optionsFor(server), verdicts.events());
  stream.connect();
  for (int i = 0; i < 200; ++i) {
    stream.sendAudio(std::string(1024, 'a'));
  }
  const Verdict verdict = stream.finish();
  CHECK(verdict.outcome == Outcome::complete);
  CHECK(verdict.audioBytesSent == 200 * 1024);
  CHECK(verdict.audioBytesUnsent == 0);
  // finish() returns behind the last event.
  CHECK(verdicts.count == 1);
  CHECK(server.log().audioBytes == 200 * 1024);
  CHECK_THROWS_AS(stream.sendAudio("late"), Error);
  CHECK(stream.finish().outcome == Outcome::complete);
}

TEST_CASE("a blocking sender waits for room") {
  GatewayServer server;
  StreamOptions options = optionsFor(server);
  options.sendQueueBytes = 1000;
  Stream stream(options, {});
  stream.connect();
  for (int i = 0; i < 500; ++i) {
    stream.sendAudio(std::string(997, 'a'));
  }
  CHECK(stream.finish().audioBytesSent == 500 * 997);
  CHECK(server.log().audioBytes == 500 * 997);
}

TEST_CASE("blocking streams share one thread that the program gives them") {
  GatewayServer server;
  asio::io_context context;
  auto work = asio::make_work_guard(context);
  std::thread runner([&] { context.run(); });
  {
    std::vector<Stream> streams;
    for (int i = 0; i < 20; ++i) {
      streams.emplace_back(context, optionsFor(server), StreamEvents());
      streams.back().connect();
    }
    for (Stream& stream : streams) {
      stream.sendAudio(std::string(1'000, 'a'));
    }
    for (Stream& stream : streams) {
      CHECK(stream.finish().outcome == Outcome::complete);
    }
  }
  work.reset();
  runner.join();
  CHECK(server.log().audioBytes == 20'000);
}

TEST_CASE("several threads send on one stream") {
  GatewayServer server;
  asio::io_context context;
  auto work = asio::make_work_guard(context);
  std::thread first([&] { context.run(); });
  std::thread second([&] { context.run(); });
  {
    Verdicts verdicts;
    StreamOptions options = optionsFor(server);
    options.sendQueueBytes = 10'000;
    Stream stream(context, options, verdicts.events());
    stream.connect();
    std::atomic<int> completions{0};
    std::vector<std::thread> senders;
    for (int i = 0; i < 3; ++i) {
      senders.emplace_back([&] {
        for (int k = 0; k < 200; ++k) {
          stream.sendAudio(std::string(100, 'a'),
                           [&](std::error_code error) { completions += error ? 0 : 1; });
        }
      });
    }
    for (auto& sender : senders) {
      sender.join();
    }
    CHECK(stream.finish().audioBytesSent == 60'000);
    CHECK(completions == 600);
    CHECK(verdicts.count == 1);
  }
  work.reset();
  first.join();
  second.join();
  CHECK(server.log().audioBytes == 60'000);
}

TEST_CASE("the context has work as long as the stream, and no longer") {
  GatewayServer server;
  asio::io_context context;
  asio::thread_pool pool(1);
  Verdicts verdicts;
  Stream stream(context, pool.get_executor(), optionsFor(server), verdicts.events());
  stream.connect([](std::error_code, ErrorInfo) {});
  std::promise<Verdict> finished;
  stream.finish([&](Verdict verdict) { finished.set_value(std::move(verdict)); });
  context.run();
  CHECK(get(finished.get_future()).outcome == Outcome::complete);
  CHECK(verdicts.get().outcome == Outcome::complete);
  pool.join();
}

TEST_CASE("a stream may be destroyed at any moment, by its owner or in its handlers") {
  GatewayServer server;
  SECTION("unused") {
    Stream stream(optionsFor(server), {});
  }
  Verdicts verdicts;
  SECTION("while it connects") {
    std::promise<std::error_code> connected;
    {
      Stream stream(optionsFor(server), verdicts.events());
      stream.connect([&](std::error_code error, ErrorInfo) { connected.set_value(error); });
    }
    // Destruction has waited for the last event.
    CHECK(verdicts.count == 1);
    const auto error = get(connected.get_future());
    CHECK((!error || error == Errc::cancelled));
    CHECK(verdicts.get().outcome == Outcome::cancelled);
  }
  SECTION("while audio flows and a finish() waits") {
    std::promise<Verdict> finished;
    {
      Stream stream(optionsFor(server), verdicts.events());
      stream.connect();
      stream.sendAudio(std::string(1 << 20, 'a'));
      stream.finish([&](Verdict verdict) { finished.set_value(std::move(verdict)); });
    }
    CHECK(verdicts.count == 1);
    CHECK(get(finished.get_future()).outcome == verdicts.get().outcome);
  }
  SECTION("in an event") {
    std::optional<Stream> stream;
    std::promise<void> constructed;
    const auto ready = constructed.get_future().share();
    StreamEvents events = verdicts.events();
    events.onMetadata = [&](const StreamMetadata&) {
      ready.wait();
      stream.reset();
    };
    stream.emplace(optionsFor(server), events);
    stream->connect([](std::error_code, ErrorInfo) {});
    constructed.set_value();
    CHECK(verdicts.get().outcome == Outcome::cancelled);
  }
  SECTION("in its verdict") {
    std::optional<Stream> stream;
    std::promise<void> done;
    StreamEvents events;
    events.onVerdict = [&](const Verdict&) {
      stream.reset();
      done.set_value();
    };
    stream.emplace(optionsFor(server), events);
    stream->connect([](std::error_code, ErrorInfo) {});
    stream->finish([](Verdict) {});
    get(done.get_future());
  }
  CHECK(server.waitUntilIdle(Duration(60'000)));
}

TEST_CASE("a blocking call that would wait for itself is refused") {
  GatewayServer server;
  std::vector<std::error_code> refusals;
  const auto refusal = [&](const std::function<void()>& call) {
    try {
      call();
      refusals.emplace_back();
    } catch (const Error& error) {
      refusals.push_back(error.code());
    }
  };
  const auto callAll = [&](Stream& stream) {
    refusal([&] { stream.connect(); });
    refusal([&] { static_cast<void>(stream.finish()); });
    // The first one has room and need not wait.
    refusal([&] { stream.sendAudio(std::string(2'000'000, 'a')); });
    refusal([&] { stream.sendAudio(std::string(2'000'000, 'a')); });
  };
  // A thread of its own for what is sent may make room meanwhile.
  bool mayHaveRoom = true;
  StreamOptions options = optionsFor(server);
  options.sendQueueBytes = 1'000;
  Verdicts verdicts;
  StreamEvents events = verdicts.events();
  asio::io_context context;
  std::optional<Stream> stream;
  std::promise<void> made;
  const auto ready = made.get_future().share();
  events.onMetadata = [&](const StreamMetadata&) {
    ready.wait();
    callAll(*stream);
    stream->finish([](Verdict) {});
  };
  SECTION("in an event, on a thread of the stream's own") {
    stream.emplace(options, events);
    stream->connect([](std::error_code, ErrorInfo) {});
    made.set_value();
    CHECK(verdicts.get().outcome == Outcome::complete);
  }
  SECTION("in an event, on the program's context") {
    mayHaveRoom = false;
    stream.emplace(context, options, events);
    stream->connect([](std::error_code, ErrorInfo) {});
    made.set_value();
    context.run();
    CHECK(verdicts.get().outcome == Outcome::complete);
  }
  SECTION("in another handler of the program's context") {
    mayHaveRoom = false;
    events.onMetadata = nullptr;
    stream.emplace(context, options, events);
    asio::post(context, [&] {
      callAll(*stream);
      stream->connect([](std::error_code, ErrorInfo) {});
      stream->finish([](Verdict) {});
    });
    context.run();
    CHECK(verdicts.get().outcome == Outcome::complete);
  }
  SECTION("in a completion") {
    events.onMetadata = nullptr;
    stream.emplace(options, events);
    stream->connect([&](std::error_code, const ErrorInfo&) {
      ready.wait();
      callAll(*stream);
      stream->finish([](Verdict) {});
    });
    made.set_value();
    CHECK(verdicts.get().outcome == Outcome::complete);
  }
  REQUIRE(refusals.size() == 4);
  CHECK(refusals[0] == Errc::invalidState);
  CHECK(refusals[1] == Errc::invalidState);
  CHECK_FALSE(refusals[2]);
  CHECK((refusals[3] == Errc::invalidState || (mayHaveRoom && !refusals[3])));
}

TEST_CASE("what a stream's own thread cannot give to anybody is in the verdict") {
  GatewayServer server;
  Verdicts verdicts;
  StreamEvents events = verdicts.events();
  SECTION("thrown by onVerdict") {
    events.onVerdict = [](const Verdict&) { throw std::runtime_error("no"); };
    Stream stream(optionsFor(server), events);
    stream.connect();
    const Verdict verdict = stream.finish();
    CHECK(verdict.outcome == Outcome::complete);
    CHECK(verdict.exception);
    CHECK_FALSE(verdict.isSuccess());
    CHECK(stream.finish().exception);
  }
  SECTION("thrown by a completion") {
    Stream stream(optionsFor(server), events);
    stream.connect([](std::error_code, const ErrorInfo&) { throw std::runtime_error("no"); });
    const Verdict verdict = verdicts.get();
    CHECK(verdict.outcome == Outcome::cancelled);
    CHECK(verdict.exception);
    CHECK(verdict.info.message.find("no") != std::string::npos);
  }
}

TEST_CASE("what onVerdict throws on the program's context is the program's") {
  GatewayServer server;
  asio::io_context context;
  StreamEvents events;
  events.onVerdict = [](const Verdict&) { throw std::runtime_error("no"); };
  Stream stream(context, optionsFor(server), events);
  Verdict told;
  stream.connect([](std::error_code, ErrorInfo) {});
  stream.finish([&](Verdict verdict) { told = std::move(verdict); });
  CHECK_THROWS_AS(context.run(), std::runtime_error);
  context.run();
  CHECK(told.outcome == Outcome::complete);
  CHECK(told.exception);
}

TEST_CASE("destruction while the upgrade is not answered") {
  std::promise<void> accepted;
  support::ScriptedServer server([&](asio::ip::tcp::socket& socket) {
    std::array<char, 1> byte;
    socket.read_some(asio::buffer(byte));
    accepted.set_value();
    support::readToEnd(socket);
  });
  Verdicts verdicts;
  {
    Stream stream(optionsFor("ws://" + server.authority() + "/"), verdicts.events());
    stream.connect([](std::error_code, ErrorInfo) {});
    get(accepted.get_future());
  }
  CHECK(verdicts.get().outcome == Outcome::cancelled);
  CHECK(verdicts.count == 1);
}

TEST_CASE("a connection that is refused is the verdict") {
  Verdicts verdicts;
  Stream stream(optionsFor("ws://127.0.0.1:1/"), verdicts.events());
  CHECK_THROWS_AS(stream.connect(), Error);
  const Verdict verdict = verdicts.get();
  CHECK(verdict.outcome == Outcome::refused);
  CHECK(verdict.error == Errc::connectFailed);
  CHECK(verdict.retryable);
  CHECK(stream.state() == StreamState::closed);
  CHECK(stream.finish().outcome == Outcome::refused);
}

TEST_CASE("the server's last word counts, though audio of ours meets its reset") {
  const bool fails = GENERATE(true, false);
  // Whether the reset is seen before the word is a matter of chance.
  for (int i = 0; i < 30; ++i) {
    support::ScriptedServer server([fails](asio::ip::tcp::socket& socket) {
      support::ServerPeer<asio::ip::tcp::socket> peer(socket);
      peer.send(MessageType::text, R"({"type":"STREAM_METADATA","stream":{}})");
      for (int k = 0; k < 5; ++k) {
        peer.receive();
      }
      peer.send(MessageType::text, fails ? R"({"type":"ERROR","error":{"title":"No"}})"
                                         : R"({"type":"END_OF_STREAM"})");
      // Closed with audio unread: a reset.
    });
    StreamOptions options = optionsFor("ws://" + server.authority() + "/");
    options.sendQueueBytes = 1 << 18;
    Stream stream(options, {});
    stream.connect();
    const auto sendUntilRefused = [&stream] {
      while (true) {
        stream.sendAudio(std::string(20'000, 'a'));
      }
    };
    CHECK_THROWS_AS(sendUntilRefused(), Error);
    const Verdict verdict = stream.finish();
    CHECK(verdict.outcome == (fails                          ? Outcome::failed
                              : verdict.audioBytesUnsent > 0 ? Outcome::endedEarly
                                                             : Outcome::complete));
  }
}

// The provider of the secret.

TEST_CASE("the secret is asked for once per connection, and may come from any thread, late") {
  GatewayServer server;
  StreamOptions options = optionsFor(server);
  options.credentials.secret.clear();
  std::atomic<int> asked{0};
  std::thread provider;
  options.credentials.secretProvider = [&](SecretCompletion done) {
    ++asked;
    provider = std::thread([done = std::move(done)]() mutable { done({}, "testing-token"); });
  };
  Stream stream(options, {});
  stream.connect();
  CHECK(stream.finish().outcome == Outcome::complete);
  CHECK(asked == 1);
  provider.join();
}

TEST_CASE("without a secret there is no connection") {
  GatewayServer server;
  StreamOptions options = optionsFor(server);
  options.credentials.secret.clear();
  std::error_code expected = Errc::invalidOption;
  std::optional<SecretCompletion> kept;
  bool throws = false;
  SECTION("an error") {
    expected = Errc::notAuthenticated;
    options.credentials.secretProvider = [](SecretCompletion done) {
      done(Errc::notAuthenticated, {});
    };
  }
  SECTION("an empty one") {
    options.credentials.secretProvider = [](SecretCompletion done) { done({}, {}); };
  }
  SECTION("one that no header can hold") {
    options.credentials.secretProvider = [](SecretCompletion done) { done({}, "a\nb"); };
  }
  SECTION("an exception") {
    throws = true;
    expected = Errc::invalidState;
    options.credentials.secretProvider = [](SecretCompletion) {
      throw std::runtime_error("no vault");
    };
  }
  SECTION("an error that is thrown") {
    throws = true;
    expected = Errc::timedOut;
    options.credentials.secretProvider = [](SecretCompletion) {
      throw Error(Errc::timedOut, "the vault sleeps");
    };
  }
  SECTION("never") {
    expected = Errc::connectTimedOut;
    options.connection.connectTimeout = Duration(10);
    options.credentials.secretProvider = [&](SecretCompletion done) { kept = std::move(done); };
  }
  SECTION("never, and it is thrown away") {
    expected = Errc::connectTimedOut;
    options.connection.connectTimeout = Duration(10);
    options.credentials.secretProvider = [](SecretCompletion) {};
  }
  Verdicts verdicts;
  {
    Stream stream(options, verdicts.events());
    CHECK_THROWS_AS(stream.connect(), Error);
    const Verdict verdict = verdicts.get();
    CHECK(verdict.outcome == Outcome::refused);
    CHECK(verdict.error == expected);
    CHECK_FALSE(verdict.info.message.empty());
    CHECK((verdict.exception != nullptr) == throws);
    if (kept) {
      (*kept)({}, "testing-token");
    }
  }
  CHECK(verdicts.count == 1);
  CHECK(server.log().connections == 0);
}

TEST_CASE("a secret may come when stream and context are gone") {
  GatewayServer server;
  StreamOptions options = optionsFor(server);
  options.credentials.secret.clear();
  std::promise<SecretCompletion> asked;
  options.credentials.secretProvider = [&](SecretCompletion done) {
    asked.set_value(std::move(done));
  };
  Verdicts verdicts;
  std::optional<SecretCompletion> completion;
  SECTION("of its own") {
    Stream stream(options, verdicts.events());
    stream.connect([](std::error_code, ErrorInfo) {});
    completion = get(asked.get_future());
  }
  SECTION("of the program") {
    asio::io_context context;
    {
      Stream stream(context, options, verdicts.events());
      stream.connect([](std::error_code, ErrorInfo) {});
      context.poll();
      completion = get(asked.get_future());
    }
    // The pending completion is no work.
    context.run();
  }
  SECTION("of the program, which does not run it any more") {
    asio::io_context context;
    Stream stream(context, options, verdicts.events());
    stream.connect([](std::error_code, ErrorInfo) {});
    context.poll();
    completion = get(asked.get_future());
    (*completion)({}, "testing-token");
    completion.reset();
    stream = Stream(context, options, {});
    context.run();
  }
  CHECK(verdicts.get().outcome == Outcome::cancelled);
  CHECK(verdicts.count == 1);
  if (completion) {
    (*completion)({}, "testing-token");
  }
  CHECK(server.log().connections == 0);
}

TEST_CASE("closing while the secret is asked for") {
  GatewayServer server;
  StreamOptions options = optionsFor(server);
  options.credentials.secret.clear();
  std::promise<SecretCompletion> asked;
  options.credentials.secretProvider = [&](SecretCompletion done) {
    asked.set_value(std::move(done));
  };
  Verdicts verdicts;
  Stream stream(options, verdicts.events());
  stream.connect([](std::error_code, ErrorInfo) {});
  auto completion = get(asked.get_future());
  stream.close();
  CHECK(verdicts.get().outcome == Outcome::cancelled);
  completion({}, "testing-token");
  CHECK(stream.finish().outcome == Outcome::cancelled);
  CHECK(server.log().connections == 0);
}
