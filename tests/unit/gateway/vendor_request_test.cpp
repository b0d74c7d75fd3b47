// What is asked of other vendors' gateways by their profiles, and what is refused before.
#include <algorithm>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/contains.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/detail/request/stream_request.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::gateway;

namespace {

StreamOptions ofVendor(const std::string& name) {
  StreamOptions options(profileNamed(name));
  options.baseUrl = "wss://gateway.test/path";
  options.rawAudio = RawAudio{"linear16", name == "openai" ? 24'000U : 16'000U, 1};
  return options;
}

Credentials withId(Credentials::Placement placement) {
  Credentials credentials;
  credentials.kind = Credentials::Kind::basic;
  credentials.placement = placement;
  credentials.id = "id";
  credentials.secret = "secret";
  return credentials;
}

void make(const StreamOptions& options) {
  makeStreamRequest(options, options.credentials.secret);
}

/// The message of the refusal; fails the test if there is none.
std::string refusalOf(const StreamOptions& options) {
  try {
    make(options);
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalidOption);
    CHECK_FALSE(error.info().option.empty());
    return error.info().message;
  }
  FAIL_CHECK("not refused");
  return "";
}

}  // namespace

TEST_CASE("what a request for a URL holds is kept secret without credentials, too") {
  StreamOptions options = ofVendor("gladia");
  options.baseUrl = "https://gateway.test/path?api_key=secret-in-the-query";
  options.connection.headers = {{"X-Own-Key", "secret-in-a-header"}};
  const StreamRequest request = makeStreamRequest(options, "");
  REQUIRE(request.urlRequest);
  for (const std::string secret : {"secret-in-the-query", "secret-in-a-header"}) {
    INFO(secret);
    const auto isIn = [&](const std::vector<std::string>& secrets) {
      return std::find(secrets.begin(), secrets.end(), secret) != secrets.end();
    };
    CHECK(isIn(request.urlRequest->secrets));
    CHECK(isIn(request.connection.secrets));
  }
}

TEST_CASE("a profile made in code has to pass what one in a file has to") {
  StreamOptions options = ofVendor("deepgram");
  SECTION("an end message") {
    options.profile.endMessage = "{messages}";
    CHECK(contains(refusalOf(options), "endMessage cannot be used"));
  }
  SECTION("a path") {
    options.profile.errors.code = {"a..b"};
    CHECK(contains(refusalOf(options), "errors.code is not a path"));
  }
  SECTION("rules") {
    options.profile.rules.clear();
    CHECK(contains(refusalOf(options), "rules have no end"));
  }
  SECTION("a placeholder without a value") {
    options.profile.keepAliveMessage = R"({"a":"{bytes}"})";
    CHECK(contains(refusalOf(options), "{bytes} has no value in this message"));
  }
}

TEST_CASE("raw audio that a gateway would take for other audio is refused") {
  SECTION("several channels, where it cannot be told of them") {
    StreamOptions options = ofVendor(GENERATE("assemblyai", "speechmatics", "openai", "vosk"));
    make(options);
    options.rawAudio->channels = 2;
    CHECK(contains(refusalOf(options), "no place for a number of channels"));
  }
  SECTION("several channels, which it is told of") {
    StreamOptions options = ofVendor(GENERATE("deepgram", "soniox"));
    options.rawAudio->channels = 2;
    make(options);
  }
  SECTION("a sample rate") {
    StreamOptions options = ofVendor("openai");
    options.rawAudio->sampleRate = 16'000;
    CHECK(contains(refusalOf(options), "24000 Hz only, but this has 16000"));
  }
}

TEST_CASE("a language beside a configuration that has no place for it is refused") {
  StreamOptions options = ofVendor("soniox");
  options.language = "ro";
  make(options);
  options.configuration = R"({"model":"m"})";
  CHECK(contains(refusalOf(options), "The configuration replaces the message with the language"));
}

TEST_CASE("a parameter under which results would be read wrongly is refused") {
  StreamOptions options = ofVendor("assemblyai");
  options.baseUrl += GENERATE("?format_turns=true", "?a=b&format_turns=1");
  CHECK(contains(refusalOf(options), "format_turns must be false"));
  options.baseUrl = "wss://gateway.test/?format_turns=false";
  make(options);
  options.query = {{"format_turns", "true"}};
  CHECK(contains(refusalOf(options), "format_turns must be false"));
}

TEST_CASE("a client id is dropped nowhere, and goes to no gateway that does not read it") {
  const auto refused = [](const std::string& name, Credentials::Placement placement) {
    StreamOptions options = ofVendor(name);
    options.credentials = withId(placement);
    return refusalOf(options);
  };
  CHECK(contains(refused("soniox", Credentials::Placement::firstMessage),
                 "no place there for a client id"));
  CHECK(contains(refused("assemblyai", Credentials::Placement::query),
                 "no place there for a client id"));
  CHECK(contains(refused("deepgram", Credentials::Placement::subprotocol),
                 "no place there for a client id"));
}
