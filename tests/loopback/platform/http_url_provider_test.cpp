// Streams whose URL is asked for by HTTP, against the stand-in of a vendor that wants that.
#include "wsferry/platform/http_url_provider.hpp"

#include <memory>
#include <string>
#include <utility>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/error_of.hpp"
#include "support/stream_recorder.hpp"
#include "support/vendors/vendors.hpp"
#include "wsferry/http/http_error.hpp"
#include "wsferry/platform/platform_error.hpp"

using namespace support;
using gateway::Credentials;
using gateway::Outcome;
using gateway::Stream;
using gateway::StreamOptions;
using platform::HttpUrlProvider;

namespace {

StreamOptions optionsFor(const VendorServer& server) {
  StreamOptions options(gateway::profileNamed("gladia"));
  options.baseUrl = server.requestUrl();
  options.rawAudio = gateway::RawAudio{"linear16", 16'000, 1};
  options.credentials = Credentials::apiKey(vendorKey);
  options.urlProvider = std::make_shared<HttpUrlProvider>();
  return options;
}

/// A stand-in whose answer to the request is this one.
Vendor answering(int status, std::string body) {
  Vendor vendor = vendorNamed("gladia");
  vendor.sessionRequest = [status, body = std::move(body)](VendorLog&, const HttpRequest&,
                                                           const std::string&) {
    return httpResponse(status, "Answer", "application/json", body);
  };
  return vendor;
}

gateway::Verdict verdictOf(const StreamOptions& options, StreamRecorder& recorder) {
  Stream stream(options, recorder.events());
  return transcribe(stream, 9'600);
}

}  // namespace

TEST_CASE("a stream asks for its URL, with the key and what the audio is, and has the id") {
  const VendorServer server(vendorNamed("gladia"));
  StreamOptions options = optionsFor(server);
  SECTION("linear16") {}
  SECTION("mulaw") {
    options.rawAudio->encoding = "mulaw";
  }
  SECTION("a region") {
    options.query = {{"region", "eu-west"}};
  }
  StreamRecorder recorder;
  const auto verdict = verdictOf(options, recorder);
  CAPTURE(verdict.info.message, server.log().problems());
  CHECK(verdict.outcome == Outcome::complete);
  CHECK(server.log().problems().empty());
  const StreamRecord record = recorder.record();
  REQUIRE(record.metadata.size() == 1);
  CHECK(record.metadata[0].streamId == "s-1");
}

TEST_CASE("a configuration is the request's body") {
  const VendorServer server(vendorNamed("gladia"));
  StreamOptions options = optionsFor(server);
  options.configuration =
      R"({"encoding":"wav/pcm","bit_depth":16,"sample_rate":16000,"channels":1,"model":"solaria-1"})";
  StreamRecorder recorder;
  CHECK(verdictOf(options, recorder).outcome == Outcome::complete);
  REQUIRE_FALSE(server.log().texts().empty());
  CHECK(server.log().texts()[0] == options.configuration);
}

TEST_CASE("what a vendor answers in place of a URL is told with its words") {
  struct Case {
    int status;
    std::error_code error;
    bool retryable;
  };
  const auto [status, error, retryable] = GENERATE(
      Case{400, http::HttpErrc::statusRefused, false}, Case{401, Errc::notAuthenticated, false},
      Case{403, Errc::notAuthorized, false}, Case{422, http::HttpErrc::statusRefused, false},
      Case{429, platform::PlatformErrc::unavailable, true},
      Case{503, platform::PlatformErrc::unavailable, true});
  CAPTURE(status);
  const VendorServer server(answering(status, R"({"message":"the reason for testing-key"})"));
  StreamRecorder recorder;
  const auto verdict = verdictOf(optionsFor(server), recorder);
  CHECK(verdict.outcome == Outcome::refused);
  CHECK(verdict.error == error);
  CHECK(verdict.retryable == retryable);
  CHECK(verdict.info.httpStatus == status);
  CHECK(contains(verdict.info.message, "the reason for"));
  CHECK_FALSE(
      contains(verdict.info.message + verdict.info.httpBody + verdict.response.message, vendorKey));
}

TEST_CASE("an answer whose URL may not be connected to is refused, the URL not shown") {
  const auto* const body = GENERATE(R"({"id":"s-1"})", R"({"url":7})", "<html>", "[]",
                                    R"({"url":"ws://stt.example/v2/live?token=secret-token-1"})",
                                    R"({"url":"https://stt.example/v2/live?token=secret-token-1"})",
                                    R"({"url":"wss://user:secret-token-1@stt.example/v2"})",
                                    R"({"url":"secret-token-1"})");
  CAPTURE(body);
  const VendorServer server(answering(201, body));
  StreamRecorder recorder;
  const auto verdict = verdictOf(optionsFor(server), recorder);
  CHECK(verdict.outcome == Outcome::refused);
  CHECK(verdict.error == Errc::protocolViolation);
  CHECK_FALSE(contains(verdict.info.message + verdict.info.httpBody, "secret-token-1"));
}

TEST_CASE("the token of a URL that cannot be connected to is not repeated") {
  const VendorServer server(
      answering(201, R"({"url":"ws://127.0.0.1:1/secret-token-in-path?k=secret-token-in-query"})"));
  StreamRecorder recorder;
  const auto verdict = verdictOf(optionsFor(server), recorder);
  CHECK(verdict.outcome == Outcome::refused);
  CHECK(verdict.error == Errc::connectFailed);
  CHECK_FALSE(contains(verdict.info.message + verdict.info.address, "secret-token"));
}

TEST_CASE("a URL that does not come in time, or is waited for no longer, is no stream") {
  ScriptedServer silent([](tcp::socket& socket) { readToEnd(socket); });
  const VendorServer server(vendorNamed("gladia"));
  StreamOptions options = optionsFor(server);
  options.baseUrl = "http://" + silent.authority() + "/";
  StreamRecorder recorder;
  SECTION("the time is over") {
    options.connection.connectTimeout = Duration(100);
    const auto verdict = verdictOf(options, recorder);
    CHECK(verdict.outcome == Outcome::refused);
    CHECK(verdict.error == Errc::connectTimedOut);
    CHECK(contains(verdict.info.message, "The urlProvider gave no URL within 100 ms"));
  }
  SECTION("the stream is closed") {
    Stream stream(options, recorder.events());
    stream.connect([](const std::error_code&, const ErrorInfo&) {});
    stream.close();
    CHECK(stream.finish().outcome == Outcome::cancelled);
  }
  SECTION("the stream is destroyed") {
    Stream stream(options, recorder.events());
    stream.connect([](const std::error_code&, const ErrorInfo&) {});
  }
}

TEST_CASE("a vendor that hangs up brings no URL") {
  Vendor vendor = vendorNamed("gladia");
  vendor.sessionRequest = [](VendorLog&, const HttpRequest&, const std::string&) {
    return std::string();
  };
  const VendorServer server(vendor);
  StreamRecorder recorder;
  const auto verdict = verdictOf(optionsFor(server), recorder);
  CHECK(verdict.outcome == Outcome::refused);
  CHECK(verdict.error == ErrorCondition::connection);
}

TEST_CASE("a request for a URL that cannot be made is refused before anything is sent") {
  const VendorServer server(vendorNamed("gladia"));
  StreamOptions options = optionsFor(server);
  std::error_code expected = Errc::invalidOption;
  SECTION("without a provider") {
    options.urlProvider = nullptr;
  }
  SECTION("without raw audio") {
    options.rawAudio.reset();
  }
  SECTION("an encoding") {
    options.rawAudio->encoding = "opus";
  }
  SECTION("another place for the key") {
    options.credentials.placement = Credentials::Placement::query;
  }
  SECTION("a client id") {
    options.credentials = Credentials::basic("id", "secret");
  }
  SECTION("a header twice") {
    options.connection.headers = {{"X-Gladia-Key", "other"}};
  }
  SECTION("a configuration that is no object") {
    options.configuration = "[]";
  }
  SECTION("the key in plain text") {
    options.baseUrl = "http://stt.example/v2/live";
    expected = Errc::plaintextCredentials;
  }
  SECTION("a configuration for a URL that was brought") {
    options.baseUrl = server.url();
    options.credentials = {};
    options.configuration = "{}";
  }
  SECTION("a key for a URL that was brought") {
    options.baseUrl = server.url();
  }
  StreamRecorder recorder;
  CHECK(errorOf([&] { Stream(options, recorder.events()); }) == expected);
  CHECK(server.log().texts().empty());
}
