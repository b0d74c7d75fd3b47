// A sender that is faster than the network, a reader that is slower than the server, and handlers
// that throw.
#include <algorithm>
#include <asio/io_context.hpp>
#include <atomic>
#include <future>
#include <stdexcept>
#include <string>

#include "catch.hpp"
#include "support/stream_recorder.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::testing;

namespace {

using gateway::LossCause;
using gateway::Outcome;
using gateway::Stream;
using gateway::StreamOptions;
using gateway::Verdict;
using gateway::WhenFull;

constexpr std::size_t pieceSize = 64 * 1024;
constexpr std::size_t queueSize = 256 * 1024;
constexpr unsigned pieces = 400;  // More than the system's buffers take.

/// A server that reads the first audio and nothing after that.
GatewayServerOptions freezing() {
  GatewayServerOptions options;
  options.fault.moment = GatewayFault::Moment::audio;
  options.fault.kind = GatewayFault::Kind::freeze;
  return options;
}

StreamOptions boundedOptionsFor(const GatewayServer& server, WhenFull whenFull) {
  StreamOptions options = optionsFor(server);
  options.sendQueueBytes = queueSize;
  options.whenFull = whenFull;
  options.sendTimeout = Duration(500);
  return options;
}

/// What came of many offers.
struct Offers {
  std::atomic<unsigned> taken{0};
  std::atomic<unsigned> refused{0};
  std::atomic<std::size_t> mostQueued{0};
};

}  // namespace

TEST_CASE("audio for a server that takes none waits in a bounded queue until the stream is lost") {
  const GatewayServer server(freezing());
  StreamRecorder recorder;
  Offers offers;
  Stream stream(boundedOptionsFor(server, WhenFull::block), recorder.events());
  // Before it connects: an offer that a slow machine makes after the stream's end is answered
  // later.
  for (unsigned i = 0; i < pieces; ++i) {
    stream.sendAudio(std::string(pieceSize, 'a'), [&](const std::error_code& error) {
      ++(error ? offers.refused : offers.taken);
      offers.mostQueued = std::max<std::size_t>(offers.mostQueued, stream.queuedBytes());
    });
  }
  stream.connect();
  const Verdict verdict = recorder.verdict();
  CHECK(verdict.outcome == Outcome::lost);
  CHECK(verdict.cause == LossCause::transport);
  CHECK(verdict.error == Errc::connectionLost);
  // Of each offer one answer, and they come before the verdict does.
  CHECK(offers.taken + offers.refused == pieces);
  CHECK(offers.taken > 0);
  CHECK(offers.refused > 0);
  CHECK(offers.mostQueued <= queueSize);
  CHECK(verdict.audioBytesSent + verdict.audioBytesUnsent == pieces * pieceSize);
  CHECK(stream.queuedBytes() == 0);
}

TEST_CASE("a blocking sender is held back, and let go by the end of the stream") {
  const GatewayServer server(freezing());
  StreamRecorder recorder;
  Stream stream(boundedOptionsFor(server, WhenFull::block), recorder.events());
  stream.connect();
  unsigned taken = 0;
  const auto error = errorOf([&] {
    for (; taken < pieces; ++taken) {
      stream.sendAudio(std::string(pieceSize, 'a'));
    }
  });
  CHECK(error == Errc::connectionLost);
  CHECK(taken < pieces);
}

TEST_CASE("a full queue can refuse audio") {
  const GatewayServer server(freezing());
  StreamRecorder recorder;
  StreamOptions options = boundedOptionsFor(server, WhenFull::reject);
  options.sendTimeout = Duration(60'000);
  Stream stream(options, recorder.events());
  stream.connect();
  unsigned taken = 0;
  const auto error = errorOf([&] {
    for (;; ++taken) {
      stream.sendAudio(std::string(pieceSize, 'a'));
      REQUIRE(taken < 100 * pieces);
    }
  });
  CHECK(error == Errc::queueFull);
  CHECK(stream.queuedBytes() <= queueSize);
  stream.close();
  const Verdict verdict = recorder.verdict();
  CHECK(verdict.outcome == Outcome::cancelled);
  CHECK(verdict.audioBytesSent + verdict.audioBytesUnsent == taken * pieceSize);
}

TEST_CASE("a full queue can drop what waits longest") {
  const GatewayServer server(freezing());
  StreamRecorder recorder;
  StreamOptions options = boundedOptionsFor(server, WhenFull::dropOldest);
  // What is left of the audio may be little enough for the system's buffers.
  options.keepAliveInterval = Duration(100);
  options.sendTimeout = options.pongTimeout = Duration(1'000);
  Stream stream(options, recorder.events());
  stream.connect();
  std::size_t mostQueued = 0;
  unsigned offered = 0;
  errorOf([&] {  // Of a slow machine: the stream's end comes before the last offer.
    for (; offered < pieces; ++offered) {
      stream.sendAudio(std::string(pieceSize, 'a'));
      mostQueued = std::max(mostQueued, stream.queuedBytes());
    }
  });
  CHECK(offered > queueSize / pieceSize);
  CHECK(mostQueued <= queueSize);
  const Verdict verdict = recorder.verdict();
  CHECK(verdict.outcome == Outcome::lost);
  CHECK(verdict.audioBytesUnsent > 0);
  CHECK(verdict.audioBytesSent + verdict.audioBytesUnsent == offered * pieceSize);
}

TEST_CASE("a sender that is faster than a server which reads loses nothing") {
  const GatewayServer server;
  StreamOptions options = boundedOptionsFor(server, WhenFull::block);
  options.sendTimeout = Duration(60'000);
  options.egress = false;
  StreamRecorder recorder;
  Stream stream(options, recorder.events());
  stream.connect();
  for (unsigned i = 0; i < pieces; ++i) {
    stream.sendAudio(std::string(pieceSize, 'a'));
  }
  const Verdict verdict = stream.finish();
  CHECK(verdict.outcome == Outcome::uploaded);
  CHECK(verdict.audioBytesSent == pieces * pieceSize);
  CHECK(server.log().audioBytes == pieces * pieceSize);
}

TEST_CASE("a handler that blocks holds the server back, and not the keep-alive") {
  constexpr unsigned results = 300;
  GatewayServerOptions settings;
  settings.bytesPerResult = 1;
  // 30 MB, more than the system's buffers take: else the server ends, and does not wait for its
  // client for ever.
  settings.extraMessages = {R"({"type":"PADDING","text":")" + std::string(100'000, 'a') + "\"}"};
  const GatewayServer server(settings);
  StreamOptions options = optionsFor(server);
  options.eventQueueBytes = 256 * 1024;
  options.keepAliveInterval = Duration(10);
  // An answer that is not read must not end the stream; one that a busy machine is late with
  // neither.
  options.pongTimeout = Duration(2'000);
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::atomic<unsigned> padding{0};
  StreamRecorder recorder;
  gateway::StreamEvents events = recorder.events();
  events.onUnknown = [&](std::string_view) {
    ++padding;
    released.wait();
  };
  Stream stream(options, events);
  stream.connect();
  stream.sendAudio(std::string(results, 'a'));
  stream.finish([](const Verdict&) {});
  // Time enough for everything, were it not held back.
  CHECK(server.waitUntil([](const GatewayServerLog& log) { return log.pings >= 250; }, patience));
  CHECK(padding == 1);
  CHECK(server.log().results < results);
  CHECK(server.log().openConnections == 1);
  release.set_value();
  // The thread sanitizer takes a tenth of a second for each.
  while (!recorder.record().verdict) {
    const unsigned before = padding;
    REQUIRE(recorder.waitUntil(
        [&](const StreamRecord& record) { return record.verdict || padding >= before + 20; }));
  }
  CHECK(recorder.verdict().outcome == Outcome::complete);
  CHECK(padding == results);
  CHECK(recorder.record().responses.size() == results);
  CHECK(server.log().completed == 1);
}

TEST_CASE("an exception in a handler closes the stream, and its verdict carries it") {
  GatewayServerOptions settings;
  settings.bytesPerResult = 10;
  settings.extraMessages = {R"({"type":"FUTURE"})", "no JSON"};
  settings.drainDelay = Duration(60'000);
  const GatewayServer server(settings);
  StreamOptions options = optionsFor(server);
  StreamRecorder recorder;
  gateway::StreamEvents events = recorder.events();
  const auto fail = [](auto&&...) { throw std::runtime_error("the program's own"); };
  SECTION("of the metadata") {
    events.onMetadata = fail;
  }
  SECTION("of a result") {
    events.onResponse = fail;
  }
  SECTION("of an unknown message") {
    events.onUnknown = fail;
  }
  SECTION("of what is no message") {
    events.onProtocolError = fail;
  }
  SECTION("of raw results") {
    options.format = gateway::EgressFormat::raw;
    options.formatParameter = "format";
    GENERATE(false, true) ? events.onBinary = fail : events.onRawText = fail;
  }
  SECTION("of a warning") {
    options.keepAliveInterval = options.inactivityLimit;
    events.onWarning = fail;
  }
  Stream stream(options, events);
  stream.sendAudio(std::string(100, 'a'));
  errorOf([&] { stream.connect(); });
  const Verdict verdict = recorder.verdict();
  CHECK(verdict.outcome == Outcome::cancelled);
  REQUIRE(verdict.exception);
  CHECK_THROWS_AS(std::rethrow_exception(verdict.exception), std::runtime_error);
  const auto order = recorder.record().order;
  CHECK(order.back() == "verdict");
  CHECK(std::count(order.begin(), order.end(), "verdict") == 1);
  CHECK(server.waitUntilIdle(patience));
}

TEST_CASE("what the verdict's handler throws passes to who runs the executor") {
  const GatewayServer server;
  asio::io_context context;
  StreamRecorder recorder;
  gateway::StreamEvents events = recorder.events();
  unsigned verdicts = 0;
  events.onVerdict = [&](const Verdict&) {
    ++verdicts;
    throw std::runtime_error("the program's own");
  };
  Stream stream(context, optionsFor(server), events);
  bool finished = false;
  stream.connect([](const std::error_code&, const ErrorInfo&) {});
  stream.finish([&](const Verdict& verdict) {
    finished = true;
    CHECK(verdict.outcome == Outcome::complete);
  });
  CHECK_THROWS_AS(context.run_for(patience), std::runtime_error);
  context.run_for(patience);
  CHECK(verdicts == 1);
  CHECK(finished);
}
