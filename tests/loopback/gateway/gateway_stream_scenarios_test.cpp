// Every ending of a stream: checks 1 to 5, 8 and 11 of the protocol's section 16, and the verdict
// table of protocol section 10.
#include <future>
#include <memory>
#include <string>

#include "catch.hpp"
#include "support/stream_recorder.hpp"
#include "testing/server/json_members.hpp"
#include "wsferry/gateway/token_provider.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::testing;

namespace {

using gateway::LossCause;
using gateway::Outcome;
using gateway::Stream;
using gateway::StreamOptions;
using gateway::Verdict;
using Kind = GatewayFault::Kind;
using Moment = GatewayFault::Moment;

constexpr std::size_t second = 1'000;  // Of audio, in bytes.

GatewayServerOptions serverOptions() {
  GatewayServerOptions options;
  options.bytesPerResult = second;
  return options;
}

GatewayServerOptions withFault(Moment moment, Kind kind, std::uint16_t closeCode = 1000) {
  GatewayServerOptions options = serverOptions();
  options.fault.moment = moment;
  options.fault.kind = kind;
  options.fault.closeCode = closeCode;
  return options;
}

/// Limits that end a stream whose server says nothing more.
StreamOptions impatientOptionsFor(const GatewayServer& server, Moment moment) {
  StreamOptions options = optionsFor(server);
  options.closeTimeout = Duration(100);
  if (moment == Moment::metadata) {
    options.metadataTimeout = Duration(200);
  } else {
    options.drainTimeout = Duration(200);
  }
  return options;
}

/// Does what a client does up to a moment, and waits for the verdict.
Verdict playUpTo(Moment moment, Stream& stream, const StreamRecorder& recorder, Kind kind) {
  if (errorOf([&] { stream.connect(); })) {
    return recorder.verdict();
  }
  stream.sendAudio(std::string(second, 'a'));
  const bool endsByItself =
      moment == Moment::audio && kind != Kind::silence && kind != Kind::freeze;
  return endsByItself ? recorder.verdict() : stream.finish();
}

struct Ending {
  Kind kind;
  std::uint16_t closeCode;
  Outcome outcome;
  LossCause cause;
  std::error_code error;
};

void checkEnding(Moment moment, const Ending& ending) {
  CAPTURE(static_cast<int>(moment), static_cast<int>(ending.kind), ending.closeCode);
  const GatewayServer server(withFault(moment, ending.kind, ending.closeCode));
  StreamRecorder recorder;
  Stream stream(impatientOptionsFor(server, moment), recorder.events());
  const Verdict verdict = playUpTo(moment, stream, recorder, ending.kind);
  CHECK(verdict.outcome == ending.outcome);
  CHECK(verdict.cause == ending.cause);
  CHECK(verdict.error == ending.error);
  CHECK_FALSE(verdict.info.message.empty());
  if (ending.kind == Kind::close && ending.outcome != Outcome::complete) {
    CHECK(verdict.info.closeCode == ending.closeCode);
  }
  if (ending.kind == Kind::error) {
    CHECK(verdict.response.internalErrorName == "PROCESSOR_GENERAL_ERROR");
    CHECK(verdict.response.statusCode == 500);
    CHECK(verdict.response.title == "Stream failed");
    CHECK(verdict.response.message == "played by the testing server");
  }
  CHECK(recorder.verdict().outcome == verdict.outcome);
  CHECK(stream.state() == gateway::StreamState::closed);
}

}  // namespace

TEST_CASE("metadata, audio, end of stream, results, end of stream, close: complete") {
  const GatewayServer server(serverOptions());
  StreamRecorder recorder;
  Stream stream(optionsFor(server), recorder.events());
  const Verdict verdict = transcribe(stream, 3 * second + 1);
  CHECK(verdict.outcome == Outcome::complete);
  CHECK_FALSE(verdict.error);
  CHECK_FALSE(verdict.endedByServer);
  CHECK(verdict.audioBytesSent == 3 * second + 1);
  CHECK(verdict.audioBytesUnsent == 0);
  const auto record = recorder.record();
  CHECK(record.transcript() == "one two three four");
  REQUIRE(record.metadata.size() == 1);
  CHECK(record.metadata[0].state == "READY");
  CHECK(record.order.front() == "metadata");
  CHECK(record.order.back() == "verdict");
  REQUIRE(server.waitUntilIdle(patience));
  CHECK(server.log().completed == 1);
  CHECK(server.log().closesAnswered == 1);
  CHECK(server.log().audioBytes == 3 * second + 1);
}

TEST_CASE("the end of a stream before its metadata") {
  const Ending ending = GENERATE(
      Ending{Kind::error, 1000, Outcome::failed, LossCause::none, Errc::remoteFailed},
      Ending{Kind::close, 1000, Outcome::lost, LossCause::streamNotCreated, Errc::connectionClosed},
      Ending{Kind::close, 4001, Outcome::lost, LossCause::streamNotCreated, Errc::connectionClosed},
      Ending{Kind::reset, 1000, Outcome::lost, LossCause::streamNotCreated, Errc::connectionLost},
      Ending{Kind::disconnect, 1000, Outcome::lost, LossCause::streamNotCreated,
             Errc::connectionLost},
      Ending{Kind::silence, 1000, Outcome::lost, LossCause::streamNotCreated, Errc::timedOut},
      Ending{Kind::freeze, 1000, Outcome::lost, LossCause::streamNotCreated, Errc::timedOut},
      Ending{Kind::endOfStream, 1000, Outcome::endedEarly, LossCause::none,
             Errc::connectionClosed});
  checkEnding(Moment::metadata, ending);
}

TEST_CASE("the end of a stream in its middle") {
  const Ending ending = GENERATE(
      Ending{Kind::error, 1000, Outcome::failed, LossCause::none, Errc::remoteFailed},
      Ending{Kind::close, 1000, Outcome::lost, LossCause::closedByServer, Errc::connectionClosed},
      Ending{Kind::close, 4001, Outcome::lost, LossCause::transport, Errc::connectionClosed},
      Ending{Kind::reset, 1000, Outcome::lost, LossCause::transport, Errc::connectionLost},
      Ending{Kind::disconnect, 1000, Outcome::lost, LossCause::transport, Errc::connectionLost},
      Ending{Kind::silence, 1000, Outcome::incomplete, LossCause::none, Errc::timedOut},
      Ending{Kind::freeze, 1000, Outcome::incomplete, LossCause::none, Errc::timedOut},
      Ending{Kind::endOfStream, 1000, Outcome::complete, LossCause::none, {}});
  checkEnding(Moment::audio, ending);
}

TEST_CASE("the end of a stream after the client's end of stream") {
  const Ending ending = GENERATE(
      Ending{Kind::error, 1000, Outcome::failed, LossCause::none, Errc::remoteFailed},
      Ending{Kind::close, 1000, Outcome::incomplete, LossCause::none, Errc::connectionClosed},
      Ending{Kind::close, 4001, Outcome::incomplete, LossCause::none, Errc::connectionClosed},
      Ending{Kind::reset, 1000, Outcome::incomplete, LossCause::none, Errc::connectionLost},
      Ending{Kind::disconnect, 1000, Outcome::incomplete, LossCause::none, Errc::connectionLost},
      Ending{Kind::silence, 1000, Outcome::incomplete, LossCause::none, Errc::timedOut},
      Ending{Kind::freeze, 1000, Outcome::incomplete, LossCause::none, Errc::timedOut},
      Ending{Kind::endOfStream, 1000, Outcome::complete, LossCause::none, {}});
  checkEnding(Moment::endOfStream, ending);
}

TEST_CASE("after the server's end of stream nothing but an error changes the verdict") {
  const Ending ending =
      GENERATE(Ending{Kind::error, 1000, Outcome::failed, LossCause::none, Errc::remoteFailed},
               Ending{Kind::close, 1000, Outcome::complete, LossCause::none, {}},
               Ending{Kind::close, 4001, Outcome::complete, LossCause::none, {}},
               Ending{Kind::reset, 1000, Outcome::complete, LossCause::none, {}},
               Ending{Kind::disconnect, 1000, Outcome::complete, LossCause::none, {}},
               Ending{Kind::silence, 1000, Outcome::complete, LossCause::none, {}},
               Ending{Kind::freeze, 1000, Outcome::complete, LossCause::none, {}});
  checkEnding(Moment::serverEndOfStream, ending);
}

TEST_CASE("a frozen server is noticed by pings that it does not answer") {
  const GatewayServer server(withFault(Moment::audio, Kind::freeze));
  StreamOptions options = optionsFor(server);
  options.keepAliveInterval = Duration(20);
  options.pongTimeout = Duration(200);
  StreamRecorder recorder;
  Stream stream(options, recorder.events());
  stream.connect();
  stream.sendAudio(std::string(second, 'a'));
  const Verdict verdict = recorder.verdict();
  CHECK(verdict.outcome == Outcome::lost);
  CHECK(verdict.cause == LossCause::transport);
  CHECK(verdict.error == Errc::connectionLost);
}

TEST_CASE("no audio follows an error") {
  const Moment moment = GENERATE(Moment::metadata, Moment::audio);
  const GatewayServer server(withFault(moment, Kind::error));
  StreamRecorder recorder;
  Stream stream(optionsFor(server), recorder.events());
  // Offered before anything is known.
  constexpr std::size_t offered = 64 * second;
  for (int i = 0; i < 64; ++i) {
    stream.sendAudio(std::string(second, 'a'));
  }
  errorOf([&] { stream.connect(); });
  const Verdict verdict = recorder.verdict();
  CHECK(verdict.outcome == Outcome::failed);
  CHECK(verdict.audioBytesSent + verdict.audioBytesUnsent == offered);
  CHECK(errorOf([&] { stream.sendAudio("more"); }) == Errc::remoteFailed);
  REQUIRE(server.waitUntilIdle(patience));
  if (moment == Moment::metadata) {
    CHECK(server.log().received.empty());
    CHECK(verdict.audioBytesUnsent == offered);
  }
}

TEST_CASE("a stream that the server does not create fails with the server's words") {
  const GatewayServer server(serverOptions());
  StreamOptions options = optionsFor(server);
  options.query = {{"nothing known", "1"}};
  StreamRecorder recorder;
  Stream stream(options, recorder.events());
  CHECK(errorOf([&] { stream.connect(); }) == Errc::remoteFailed);
  const Verdict verdict = recorder.verdict();
  CHECK(verdict.outcome == Outcome::failed);
  CHECK(verdict.response.internalErrorName == "STREAM_CONFIGURATION_BAD_PATCH");
  CHECK(verdict.response.message.find("nothing known") != std::string::npos);
  CHECK_FALSE(verdict.retryable);
  CHECK_FALSE(verdict.response.json.empty());
}

TEST_CASE("an error that may pass is worth another stream as long as no audio was sent") {
  const Moment moment = GENERATE(Moment::metadata, Moment::audio);
  GatewayServerOptions faulty = withFault(moment, Kind::error);
  faulty.fault.error = R"({"statusCode":503,"internalErrorName":"PROCESSOR_CORDONED_ERROR"})";
  const GatewayServer server(faulty);
  StreamRecorder recorder;
  Stream stream(optionsFor(server), recorder.events());
  stream.sendAudio(std::string(second, 'a'));
  errorOf([&] { stream.connect(); });
  CHECK(recorder.verdict().retryable == (moment == Moment::metadata));
}

TEST_CASE("a refused upgrade is told with what the server said") {
  GatewayServerOptions faulty = withFault(Moment::upgrade, Kind::error);
  SECTION("an error of the gateway") {
    faulty.fault.error = R"({"statusCode":401,"title":"Unauthorized","message":"Who is it?",)"
                         R"("internalErrorName":"GENERAL_AUTHENTICATION_ERROR"})";
    const GatewayServer server(faulty);
    StreamRecorder recorder;
    Stream stream(optionsFor(server), recorder.events());
    CHECK(errorOf([&] { stream.connect(); }) == Errc::notAuthenticated);
    const Verdict verdict = recorder.verdict();
    CHECK(verdict.outcome == Outcome::refused);
    CHECK(verdict.info.httpStatus == 401);
    CHECK(verdict.response.internalErrorName == "GENERAL_AUTHENTICATION_ERROR");
    CHECK(verdict.response.message == "Who is it?");
  }
  SECTION("a page") {
    faulty.fault.httpBody = "<html><body>Unauthorized</body></html>";
    const GatewayServer server(faulty);
    StreamRecorder recorder;
    Stream stream(optionsFor(server), recorder.events());
    CHECK(errorOf([&] { stream.connect(); }) == Errc::notAuthenticated);
    const Verdict verdict = recorder.verdict();
    CHECK(verdict.outcome == Outcome::refused);
    CHECK(verdict.info.httpStatus == 401);
    CHECK(verdict.info.httpBody == faulty.fault.httpBody);
    CHECK(verdict.response.internalErrorName.empty());
    CHECK_FALSE(verdict.retryable);
  }
  SECTION("that another may be served") {
    faulty.fault.httpStatus = GENERATE(429, 502, 503, 504);
    faulty.fault.httpBody = "<html><body>Later</body></html>";
    const GatewayServer server(faulty);
    StreamRecorder recorder;
    Stream stream(optionsFor(server), recorder.events());
    CHECK(errorOf([&] { stream.connect(); }));
    CHECK(recorder.verdict().outcome == Outcome::refused);
    CHECK(recorder.verdict().retryable);
  }
}

TEST_CASE("an upgrade that is not answered is refused in bounded time") {
  const GatewayServer server(
      withFault(Moment::upgrade, GENERATE(Kind::silence, Kind::disconnect, Kind::reset)));
  StreamOptions options = optionsFor(server);
  options.connection.handshakeTimeout = Duration(100);
  StreamRecorder recorder;
  Stream stream(options, recorder.events());
  CHECK(errorOf([&] { stream.connect(); }) == ErrorCondition::connection);
  CHECK(recorder.verdict().outcome == Outcome::refused);
}

TEST_CASE("a subprotocol that was not offered is refused, an offered one and none are not") {
  GatewayServerOptions answering = serverOptions();
  answering.subprotocol = GENERATE("", "prefix.testing-token", "other");
  const GatewayServer server(answering);
  StreamOptions options = optionsFor(server);
  options.credentials.kind = gateway::Credentials::Kind::bearer;
  options.credentials.secret = "testing-token";
  options.credentials.placement = gateway::Credentials::Placement::subprotocol;
  options.credentials.subprotocols = {"prefix.{token}"};
  StreamRecorder recorder;
  Stream stream(options, recorder.events());
  const Verdict verdict = transcribe(stream, second);
  if (answering.subprotocol == "other") {
    CHECK(verdict.outcome == Outcome::refused);
    CHECK(verdict.error == Errc::invalidUpgrade);
  } else {
    CHECK(verdict.outcome == Outcome::complete);
  }
}

TEST_CASE("a token that is refused is dropped, whichever way the server refuses it") {
  struct Tokens final : gateway::TokenProvider {
    void provideToken(Completion<std::error_code, ErrorInfo, std::string> completion) override {
      completion({}, {}, "testing-token");
    }
    void dropToken(const std::string& token) override { dropped.set_value(token); }
    std::promise<std::string> dropped;
  };
  GatewayServerOptions refusing = serverOptions();
  refusing.fault.kind = Kind::error;
  SECTION("in its answer to the upgrade") {
    refusing.fault.moment = Moment::upgrade;
  }
  SECTION("by a message's status") {
    refusing.fault.moment = Moment::metadata;
    refusing.fault.error = R"({"statusCode":401,"title":"No","message":"who are you?"})";
  }
  SECTION("by a message's name, in the middle of the stream") {
    refusing.fault.moment = Moment::audio;
    refusing.fault.error = R"({"title":"No","message":"it is too old",)"
                           R"("internalErrorName":"GENERAL_AUTHENTICATION_ERROR"})";
  }
  const GatewayServer server(refusing);
  StreamOptions options = optionsFor(server);
  const auto tokens = std::make_shared<Tokens>();
  options.credentials = {};
  options.credentials.kind = gateway::Credentials::Kind::bearer;
  options.credentials.tokenProvider = tokens;
  StreamRecorder recorder;
  Stream stream(options, recorder.events());
  CHECK(transcribe(stream, second).error == Errc::notAuthenticated);
  CHECK(get(tokens->dropped.get_future()) == "testing-token");
}

TEST_CASE("without egress a stream is uploaded, whichever way the server ends it") {
  using UploadEnd = GatewayServerOptions::UploadEnd;
  GatewayServerOptions ending = serverOptions();
  ending.uploadEnd = GENERATE(UploadEnd::endOfStream, UploadEnd::close, UploadEnd::silence);
  const GatewayServer server(ending);
  StreamOptions options = optionsFor(server);
  options.egress = false;
  if (ending.uploadEnd == UploadEnd::silence) {
    options.uploadTimeout = Duration(100);
  }
  StreamRecorder recorder;
  Stream stream(options, recorder.events());
  const Verdict verdict = transcribe(stream, 2 * second);
  CHECK(verdict.outcome == Outcome::uploaded);
  CHECK_FALSE(verdict.error);
  CHECK(verdict.audioBytesSent == 2 * second);
  CHECK(recorder.record().responses.empty());
  REQUIRE(server.waitUntilIdle(patience));
  CHECK(server.log().audioBytes == 2 * second);
  CHECK(server.log().completed == 1);
}

TEST_CASE("without egress an error still fails, and a broken connection still loses the upload") {
  const auto [kind, outcome] = GENERATE(table<Kind, Outcome>({{Kind::error, Outcome::failed},
                                                              {Kind::reset, Outcome::lost},
                                                              {Kind::disconnect, Outcome::lost}}));
  const GatewayServer server(withFault(Moment::endOfStream, kind));
  StreamOptions options = optionsFor(server);
  options.egress = false;
  StreamRecorder recorder;
  Stream stream(options, recorder.events());
  CHECK(transcribe(stream, second).outcome == outcome);
}

TEST_CASE("a server that ends a stream by itself leaves audio unsent, and that is told") {
  const GatewayServer server(withFault(Moment::metadata, Kind::endOfStream));
  StreamRecorder recorder;
  Stream stream(optionsFor(server), recorder.events());
  stream.sendAudio(std::string(second, 'a'));
  errorOf([&] { stream.connect(); });
  const Verdict verdict = recorder.verdict();
  CHECK(verdict.outcome == Outcome::endedEarly);
  CHECK_FALSE(verdict.isSuccess());
  CHECK(verdict.endedByServer);
  CHECK(verdict.audioBytesSent == 0);
  CHECK(verdict.audioBytesUnsent == second);
}

TEST_CASE("closing ends the stream at once on both sides") {
  GatewayServerOptions slow = serverOptions();
  slow.drainDelay = Duration(60'000);
  const GatewayServer server(slow);
  StreamRecorder recorder;
  Stream stream(optionsFor(server), recorder.events());
  stream.connect();
  stream.sendAudio(std::string(second, 'a'));
  stream.close();
  CHECK(recorder.verdict().outcome == Outcome::cancelled);
  REQUIRE(server.waitUntilIdle(patience));
  CHECK(server.log().disconnected == 1);
}

TEST_CASE("audio that is offered before the metadata waits for it, unless it is not waited for") {
  GatewayServerOptions slow = serverOptions();
  slow.metadataDelay = Duration(200);
  const GatewayServer server(slow);
  StreamOptions options = optionsFor(server);
  options.waitForMetadata = GENERATE(true, false);
  StreamRecorder recorder;
  Stream stream(options, recorder.events());
  stream.sendAudio(std::string(second, 'a'));
  CHECK(stream.queuedBytes() == second);
  CHECK(transcribe(stream, second).outcome == Outcome::complete);
  CHECK(server.log().audioBytes == 2 * second);
  CHECK(recorder.record().transcript() == "one two");
}
