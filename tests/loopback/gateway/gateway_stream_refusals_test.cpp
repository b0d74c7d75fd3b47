// What is refused before anything is sent.
#include <functional>
#include <string>

#include "catch.hpp"
#include "support/stream_recorder.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::testing;

namespace {

using gateway::Credentials;
using gateway::Outcome;
using gateway::Stream;
using gateway::StreamOptions;

/// The error of making and connecting the stream.
std::error_code errorOfStream(const StreamOptions& options) {
  StreamRecorder recorder;
  return errorOf([&] {
    Stream stream(options, recorder.events());
    stream.connect();
  });
}

/// Whether no connection has come. The server accepts them in order: with another one it is sure.
bool wasNotReached(const GatewayServer& server) {
  if (errorOfStream(optionsFor(server))) {
    return false;
  }
  return server.log().connections == 1;
}

/// The server by an address that counts as another host's.
StreamOptions remoteOptionsFor(const GatewayServer& server) {
  StreamOptions options = optionsFor(server);
  options.baseUrl = "ws://0.0.0.0:" + std::to_string(server.port()) + "/ws-gateway/api/v1/";
  return options;
}

}  // namespace

TEST_CASE("credentials do not cross a plaintext connection to another host") {
  const GatewayServer server;
  StreamOptions options = remoteOptionsFor(server);
  Credentials& credentials = options.credentials;
  credentials = {};
  credentials.secret = "testing-token";
  SECTION("a header") {
    credentials.kind = Credentials::Kind::bearer;
  }
  SECTION("two headers") {
    credentials.kind = Credentials::Kind::twoHeaders;
    credentials.id = "testing-id";
  }
  SECTION("the query") {
    credentials.kind = Credentials::Kind::bearer;
    credentials.placement = Credentials::Placement::query;
  }
  SECTION("a subprotocol") {
    credentials.kind = Credentials::Kind::bearer;
    credentials.placement = Credentials::Placement::subprotocol;
    credentials.subprotocols = {"bearer.{token}"};
  }
  SECTION("a provider's") {
    credentials = {};
    credentials.kind = Credentials::Kind::bearer;
    credentials.secretProvider = [](auto completion) { completion({}, "testing-token"); };
  }
  CHECK(errorOfStream(options) == Errc::plaintextCredentials);
  CHECK(wasNotReached(server));
}

TEST_CASE("credentials cross a plaintext connection if that is allowed") {
  const GatewayServer server;
  StreamOptions options = remoteOptionsFor(server);
  options.connection.allowPlaintextCredentials = true;
  CHECK_FALSE(errorOfStream(options));
  CHECK(server.log().connections == 1);
}

TEST_CASE("what would not be a request is refused before connecting") {
  const GatewayServer server;
  StreamOptions options = optionsFor(server);
  SECTION("control characters in a header") {
    options.connection.headers = {{"X-Name", GENERATE("a\r\nX-Other: b", "a\nb", "\x01")}};
  }
  SECTION("control characters in a key") {
    options.credentials.secret = "a\r\nX-Other: b";
  }
  SECTION("a subprotocol that is no token") {
    options.credentials.placement = Credentials::Placement::subprotocol;
    options.credentials.subprotocols = {GENERATE("{scheme} {token}", "{token}=", "a/{token}", "")};
  }
  SECTION("control characters in a raw subprotocol") {
    options.credentials.placement = Credentials::Placement::subprotocol;
    options.credentials.subprotocols = {"{token}\r\nX-Other: b"};
    options.connection.rawSubprotocols = true;
  }
  SECTION("no subprotocols to put a key into") {
    options.credentials.placement = Credentials::Placement::subprotocol;
  }
  SECTION("no template") {
    options.templateId.clear();
  }
  SECTION("raw results by a parameter that nobody named") {
    options.format = gateway::EgressFormat::raw;
  }
  SECTION("a configuration that is no object") {
    options.configuration = GENERATE("[]", "{", "1");
  }
  CHECK(errorOfStream(options) == Errc::invalidOption);
  CHECK(wasNotReached(server));
}

TEST_CASE("a provider that has no secret, or throws, is told of, and nothing is sent") {
  const GatewayServer server;
  StreamOptions options = optionsFor(server);
  options.credentials.secret.clear();
  StreamRecorder recorder;
  bool throws = false;
  SECTION("an error") {
    options.credentials.secretProvider = [](auto completion) {
      completion(std::make_error_code(std::errc::permission_denied), "");
    };
  }
  SECTION("nothing") {
    options.credentials.secretProvider = [](auto completion) { completion({}, ""); };
  }
  SECTION("control characters") {
    options.credentials.secretProvider = [](auto completion) { completion({}, "a\r\nb"); };
  }
  SECTION("an exception") {
    throws = true;
    options.credentials.secretProvider = [](auto) { throw std::runtime_error("no token"); };
  }
  {
    Stream stream(options, recorder.events());
    CHECK(errorOf([&] { stream.connect(); }));
  }
  CHECK(recorder.verdict().outcome == Outcome::refused);
  CHECK(static_cast<bool>(recorder.verdict().exception) == throws);
  CHECK(wasNotReached(server));
}

TEST_CASE("no error repeats a secret") {
  GatewayServerOptions settings;
  settings.fault.moment = GENERATE(GatewayFault::Moment::upgrade, GatewayFault::Moment::metadata);
  settings.fault.kind = GatewayFault::Kind::error;
  settings.fault.error = R"({"statusCode":401,"title":"No","message":"bad key testing-key"})";
  const GatewayServer server(settings);
  StreamOptions options = optionsFor(server);
  options.credentials.placement =
      GENERATE(Credentials::Placement::header, Credentials::Placement::query);
  StreamRecorder recorder;
  Stream stream(options, recorder.events());
  std::string what;
  try {
    stream.connect();
  } catch (const Error& error) {
    what = error.what();
  }
  CHECK_FALSE(what.empty());
  const auto verdict = recorder.verdict();
  for (const std::string& text :
       {what, verdict.info.message, verdict.info.httpBody, verdict.info.remoteMessage,
        verdict.info.remoteDetails, verdict.response.message, verdict.response.json}) {
    CHECK(text.find("testing-key") == std::string::npos);
  }
}
