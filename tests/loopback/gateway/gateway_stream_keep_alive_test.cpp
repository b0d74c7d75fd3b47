// Time limits of the server: check 6 of the protocol's section 16.
#include <memory>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/stream_recorder.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::testing;

namespace {

using gateway::KeepAliveMode;
using gateway::LossCause;
using gateway::Outcome;
using gateway::Stream;
using gateway::StreamOptions;
using gateway::Verdict;

constexpr std::size_t second = 1'000;  // Of audio, in bytes.

GatewayServerOptions drainingOptions() {
  GatewayServerOptions options;
  options.bytesPerResult = second;
  options.drainDelay = Duration(60'000);
  return options;
}

GatewayServerOptions drainingOptions(Duration inactivityLimit) {
  GatewayServerOptions options = drainingOptions();
  options.inactivityLimit = inactivityLimit;
  return options;
}

/// Those of a client that knows the server's limit.
StreamOptions optionsFor(const GatewayServer& server, Duration inactivityLimit,
                         KeepAliveMode keepAlive) {
  StreamOptions options = support::optionsFor(server);
  options.inactivityLimit = inactivityLimit;
  options.keepAlive = keepAlive;
  return options;
}

/// A stream and what it tells.
struct Listener {
  explicit Listener(const StreamOptions& options) : stream(options, recorder.events()) {}

  StreamRecorder recorder;
  Stream stream;
};

}  // namespace

TEST_CASE("keep-alive holds a quiet stream, also while it drains") {
  constexpr Duration limit{1'000};
  const GatewayServer server(drainingOptions(limit));
  StreamOptions options = optionsFor(
      server, limit, GENERATE(KeepAliveMode::ping, KeepAliveMode::message, KeepAliveMode::both));
  options.keepAliveInterval = Duration(20);
  Listener quiet(options);
  Listener draining(options);
  quiet.stream.connect();
  draining.stream.connect();
  draining.stream.finish([](const Verdict&) {});
  // Both say it at most every 20 ms: together for far more than the limit.
  constexpr unsigned enough = 150;
  CHECK(server.waitUntil(
      [&](const GatewayServerLog& log) {
        const bool pinged = options.keepAlive == KeepAliveMode::message || log.pings >= enough;
        const bool told = options.keepAlive == KeepAliveMode::ping || log.keepAlives >= enough;
        return (pinged && told) || log.timedOut > 0;
      },
      patience));
  const auto log = server.log();
  CHECK(log.timedOut == 0);
  CHECK(log.openConnections == 2);
  CHECK((log.pings > 0) == (options.keepAlive != KeepAliveMode::message));
  CHECK((log.keepAlives > 0) == (options.keepAlive != KeepAliveMode::ping));
  CHECK(quiet.stream.state() == gateway::StreamState::streaming);
  CHECK(draining.stream.state() == gateway::StreamState::draining);
}

TEST_CASE("without keep-alive a quiet stream is lost, and the cause is known") {
  constexpr Duration limit{100};
  const GatewayServer server(drainingOptions(limit));
  const StreamOptions options = optionsFor(server, limit, KeepAliveMode::off);
  Listener listener(options);
  listener.stream.sendAudio(std::string(second, 'a'));
  listener.stream.connect();
  const Verdict verdict = listener.recorder.verdict();
  CHECK(verdict.outcome == Outcome::lost);
  CHECK(verdict.cause == LossCause::inactivity);
  CHECK(verdict.error == Errc::connectionLost);
  CHECK(server.log().timedOut == 1);
  CHECK(server.log().pings == 0);
}

TEST_CASE("that it never said anything is the cause for a stream of which that is true") {
  constexpr Duration limit{3'000};
  const GatewayServer server(drainingOptions(limit));
  const StreamOptions options = optionsFor(server, limit, KeepAliveMode::off);
  // Several, because the clocks of both sides begin at about the same time.
  std::vector<std::unique_ptr<Listener>> listeners;
  for (int i = 0; i < 20; ++i) {
    listeners.push_back(std::make_unique<Listener>(options));
    listeners.back()->stream.connect();
  }
  for (const auto& listener : listeners) {
    CHECK(listener->recorder.verdict().cause == LossCause::inactivity);
  }
}

TEST_CASE("without keep-alive results are cut off while a stream drains") {
  constexpr Duration limit{100};
  const GatewayServer server(drainingOptions(limit));
  const StreamOptions options = optionsFor(server, limit, KeepAliveMode::off);
  Listener listener(options);
  const Verdict verdict = transcribe(listener.stream, second);
  CHECK(verdict.outcome == Outcome::incomplete);
  CHECK(verdict.error == Errc::connectionLost);
  CHECK(server.log().timedOut == 1);
}

TEST_CASE("keep-alive does not hold a stream that is idle for too long") {
  GatewayServerOptions settings = drainingOptions();
  settings.idleLimit = Duration(300);
  const GatewayServer server(settings);
  StreamOptions options = support::optionsFor(server);
  options.keepAlive = GENERATE(KeepAliveMode::ping, KeepAliveMode::message);
  options.keepAliveInterval = Duration(20);
  options.idleLimit = settings.idleLimit;
  options.idleWarning = Duration(50);
  Listener listener(options);
  listener.stream.sendAudio(std::string(second, 'a'));
  listener.stream.connect();
  const Verdict verdict = listener.recorder.verdict();
  CHECK(verdict.outcome == Outcome::lost);
  CHECK(verdict.cause == LossCause::idle);
  CHECK(listener.recorder.record().warnings ==
        std::vector<gateway::StreamWarning>{gateway::StreamWarning::idle});
}

TEST_CASE("a keep-alive that is too slow for the server is warned of") {
  const GatewayServer server;
  StreamOptions options = support::optionsFor(server);
  options.keepAliveInterval = options.inactivityLimit;
  Listener listener(options);
  listener.stream.connect();
  CHECK(listener.recorder.waitUntil([](const StreamRecord& record) {
    return record.warnings ==
           std::vector<gateway::StreamWarning>{gateway::StreamWarning::keepAliveTooSlow};
  }));
}
