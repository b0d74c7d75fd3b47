// Seven vendors' public APIs, each by its profile alone, against strict stand-ins.
#include <mutex>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/stream_recorder.hpp"
#include "support/vendors/vendors.hpp"

using namespace support;
using gateway::Credentials;
using gateway::Outcome;
using gateway::Stream;
using gateway::StreamOptions;
using gateway::Transcript;

namespace {

StreamOptions optionsFor(const VendorServer& server, const Vendor& vendor) {
  StreamOptions options(gateway::profileNamed(vendor.profile));
  options.baseUrl = server.url();
  options.rawAudio = gateway::RawAudio{"linear16", vendor.sampleRate, 1};
  const bool hasKey = vendor.profile != "vosk" && vendor.profile != "gladia";
  if (hasKey) {
    options.credentials.kind = Credentials::Kind::apiKey;
    options.credentials.secret = vendorKey;
  }
  return options;
}

/// What a stream says, and its verdict.
struct Heard {
  std::vector<Transcript> partials;
  std::vector<Transcript> finals;
  std::vector<std::string> warnings;

  gateway::StreamEvents events() {
    gateway::StreamEvents events;
    events.onPartial = [this](const Transcript& each) { partials.push_back(each); };
    events.onFinal = [this](const Transcript& each) { finals.push_back(each); };
    events.onWarning = [this](gateway::StreamWarning, std::string_view text) {
      warnings.emplace_back(text);
    };
    return events;
  }

  std::string lines() const {
    std::string text;
    for (const Transcript& each : finals) {
      text += each.text + (each.continues ? "" : "|");
    }
    return text;
  }
};

std::string anyVendor() {
  return GENERATE("deepgram", "assemblyai", "speechmatics", "soniox", "gladia", "openai", "vosk");
}

}  // namespace

TEST_CASE("each vendor's texts, finality, words and times are heard") {
  const std::string name = anyVendor();
  CAPTURE(name);
  const Vendor vendor = vendorNamed(name);
  const VendorServer server(vendor);
  Heard heard;
  Stream stream(optionsFor(server, vendor), heard.events());
  const auto verdict = transcribe(stream, 9'600);
  CAPTURE(verdict.info.message, server.log().problems());
  CHECK(verdict.outcome == Outcome::complete);
  CHECK(server.log().problems().empty());
  CHECK(verdict.audioBytesSent == 9'600);
  CHECK(verdict.openPartials.empty());
  REQUIRE_FALSE(heard.partials.empty());
  CHECK(heard.partials.back().text == (name == "soniox" ? " wor" : "hello wor"));
  // All of it is one turn where nobody ends one before.
  CHECK(heard.lines() == (name == "openai" ? "hello world|" : "hello world|good bye|"));
  REQUIRE_FALSE(heard.finals.empty());
  const Transcript& first = heard.finals.front();
  if (name == "openai") {
    CHECK(first.turn == "i");
    CHECK(heard.warnings.empty());
    return;
  }
  REQUIRE_FALSE(first.words.empty());
  CHECK(first.words[0].text == "hello");
  CHECK(first.words[0].startMilliseconds == 100);
  CHECK(first.words[0].endMilliseconds == 500);
  CHECK(first.words[0].confidence == 0.9);
  CHECK(first.speaker == std::map<std::string, std::string>{{"deepgram", "0"},
                                                            {"assemblyai", "A"},
                                                            {"speechmatics", "S1"},
                                                            {"soniox", "1"},
                                                            {"gladia", "0"}}[name]);
  if (name != "assemblyai" && name != "vosk") {
    CHECK(first.startMilliseconds == 100);
  }
}

TEST_CASE("each vendor's refusal of the credentials is one, with its words") {
  const std::string name =
      GENERATE("deepgram", "assemblyai", "speechmatics", "soniox", "gladia", "openai");
  CAPTURE(name);
  const Vendor vendor = vendorNamed(name);
  const VendorServer server(vendor);
  Heard heard;
  StreamOptions options = optionsFor(server, vendor);
  if (name == "gladia") {
    options.baseUrl.replace(options.baseUrl.find(vendorKey), std::string::npos, "another");
  } else {
    options.credentials.secret = "another";
  }
  Stream stream(options, heard.events());
  const auto verdict = transcribe(stream, 9'600);
  CAPTURE(verdict.info.message);
  CHECK(verdict.error == ErrorCondition::authentication);
  CHECK_FALSE(verdict.retryable);
  const bool hasWords = name != "speechmatics" && name != "soniox";
  CHECK((!hasWords || contains(verdict.info.message, "the reason")));
}

TEST_CASE("each vendor's error in mid-stream fails the stream with its words") {
  const std::string name = anyVendor();
  CAPTURE(name);
  const Vendor vendor = vendorNamed(name);
  const VendorServer server(vendor, VendorFault::midStream);
  Heard heard;
  Stream stream(optionsFor(server, vendor), heard.events());
  const auto verdict = transcribe(stream, 96'000);
  CAPTURE(verdict.info.message, server.log().problems());
  CHECK(server.log().problems().empty());
  CHECK_FALSE(verdict.isSuccess());
  CHECK_FALSE(contains(heard.lines(), "hello world"));
  if (name == "vosk") {
    CHECK((verdict.outcome == Outcome::lost || verdict.outcome == Outcome::incomplete));
    CHECK(verdict.info.closeReason == "the reason");
  } else {
    CHECK(verdict.outcome == Outcome::failed);
    CHECK(contains(verdict.info.message, "the reason"));
    CHECK(verdict.response.message == "the reason");
  }
}

TEST_CASE("a lost connection is no end, with each vendor") {
  const std::string name = anyVendor();
  CAPTURE(name);
  const Vendor vendor = vendorNamed(name);
  const VendorServer server(vendor, VendorFault::lost);
  Heard heard;
  Stream stream(optionsFor(server, vendor), heard.events());
  const auto verdict = transcribe(stream, 96'000);
  CAPTURE(verdict.info.message);
  CHECK((verdict.outcome == Outcome::lost || verdict.outcome == Outcome::incomplete));
  REQUIRE(verdict.openPartials.size() == 1);
  CHECK(gateway::transcriptsOf(verdict.openPartials[0]).back().text == "hello wor");
}

TEST_CASE("all audio goes to a vendor that acknowledges it slowly, in its window") {
  const Vendor vendor = vendorNamed("speechmatics");
  const VendorServer server(vendor, VendorFault::slow);
  Heard heard;
  StreamOptions options = optionsFor(server, vendor);
  options.profile.acknowledgementWindow = 4;
  Stream stream(options, heard.events());
  stream.connect();
  for (int i = 0; i < 30; ++i) {
    CHECK_FALSE(errorOf([&] { stream.sendAudio(std::string(320, 'a')); }));
  }
  const auto verdict = stream.finish();
  CAPTURE(verdict.info.message, server.log().problems());
  CHECK(verdict.outcome == Outcome::complete);
  CHECK(verdict.audioBytesSent == 9'600);
  CHECK(server.log().problems().empty());
  CHECK(heard.lines() == "hello world|good bye|");
}

TEST_CASE("audio that a vendor does not take is no complete stream") {
  const std::string name = GENERATE("openai", "gladia");
  CAPTURE(name);
  const Vendor vendor = vendorNamed(name);
  const VendorServer server(vendor, VendorFault::refusing);
  Heard heard;
  Stream stream(optionsFor(server, vendor), heard.events());
  const auto verdict = transcribe(stream, 9'600);
  CAPTURE(verdict.info.message);
  CHECK(verdict.outcome == (name == "openai" ? Outcome::incomplete : Outcome::failed));
  CHECK(contains(verdict.info.message, "the reason"));
  CHECK(verdict.response.message == "the reason");
  CHECK(verdict.error == Errc::remoteFailed);
}

TEST_CASE("the last audio is lost, and said to be, where it is too short for the vendor") {
  const Vendor vendor = vendorNamed("openai");
  const VendorServer server(vendor);
  Heard heard;
  Stream stream(optionsFor(server, vendor), heard.events());
  stream.connect();
  stream.sendAudio(std::string(9'600, 'a'));
  CHECK_FALSE(stream.flush());
  stream.sendAudio(std::string(480, 'a'));
  const auto verdict = stream.finish();
  CHECK(verdict.outcome == Outcome::incomplete);
  CHECK(contains(verdict.info.message, "buffer too small"));
  CHECK(heard.lines() == "hello world|");
}

TEST_CASE("a flush, and texts in mid-stream, are sent behind the audio") {
  const std::string name = GENERATE("deepgram", "assemblyai", "soniox");
  CAPTURE(name);
  const Vendor vendor = vendorNamed(name);
  const VendorServer server(vendor);
  Heard heard;
  Stream stream(optionsFor(server, vendor), heard.events());
  stream.connect();
  stream.sendAudio(std::string(4'800, 'a'));
  CHECK_FALSE(stream.flush());
  if (name == "assemblyai") {
    CHECK_FALSE(stream.update(R"({"min_turn_silence":400})"));
    CHECK_FALSE(stream.sendText(R"({"type":"UpdateConfiguration"})"));
  }
  CHECK(stream.finish().outcome == Outcome::complete);
  CHECK(server.log().problems().empty());
  CHECK(server.log().texts().size() >= 2);
  CHECK(stream.flush() == Errc::invalidState);
}

TEST_CASE("a profile without a flush has none") {
  const Vendor vendor = vendorNamed("vosk");
  const VendorServer server(vendor);
  Heard heard;
  Stream stream(optionsFor(server, vendor), heard.events());
  CHECK(stream.flush() == Errc::invalidOption);
}

TEST_CASE("each flush of a gateway that answers it is waited for") {
  const Vendor vendor = vendorNamed("openai");
  const VendorServer server(vendor);
  Heard heard;
  Stream stream(optionsFor(server, vendor), heard.events());
  stream.connect();
  for (int i = 0; i < 3; ++i) {
    stream.sendAudio(std::string(9'600, 'a'));
    CHECK_FALSE(stream.flush());
  }
  // Nothing is left for the last one: the server's error says so, and is the end.
  const auto verdict = stream.finish();
  CAPTURE(verdict.info.message, heard.lines());
  CHECK(verdict.outcome == Outcome::complete);
  CHECK(heard.lines() == "hello world|good bye|good bye|");
}

TEST_CASE("a configuration under which results could be lost is refused") {
  const Vendor vendor = vendorNamed("openai");
  const VendorServer server(vendor);
  StreamOptions options = optionsFor(server, vendor);
  Heard heard;
  const std::string begin =
      R"({"type":"session.update","session":{"type":"transcription","audio":{"input":{)"
      R"("format":{"type":"audio/pcm","rate":24000})";
  options.configuration =
      begin + GENERATE("}}}}", R"(,"turn_detection":{"type":"server_vad"}}}}})");
  CHECK(contains(messageOf([&] { Stream(options, heard.events()); }),
                 "session.audio.input.turn_detection must be null"));
  options.configuration = begin + R"(,"turn_detection":null}}}})";
  Stream stream(options, heard.events());
  CHECK(transcribe(stream, 9'600).outcome == Outcome::complete);
}

TEST_CASE("credentials go where the profile has a place for them, and nowhere else") {
  Vendor vendor = vendorNamed("deepgram");
  const auto isShown = [](const HttpRequest& request) {
    return request.header("Sec-WebSocket-Protocol") == "token, testing-key";
  };
  vendor.knowsKey = isShown;
  const VendorServer server(vendor);
  StreamOptions options = optionsFor(server, vendor);
  Heard heard;
  SECTION("subprotocols") {
    options.credentials.placement = Credentials::Placement::subprotocol;
    Stream stream(options, heard.events());
    CHECK(transcribe(stream, 9'600).outcome == Outcome::complete);
  }
  SECTION("a query that the vendor does not read") {
    options.credentials.placement = Credentials::Placement::query;
    CHECK(errorOf([&] { Stream(options, heard.events()); }) == Errc::invalidOption);
  }
  SECTION("a first message without a place") {
    options.credentials.placement = Credentials::Placement::firstMessage;
    CHECK(errorOf([&] { Stream(options, heard.events()); }) == Errc::invalidOption);
  }
}

TEST_CASE("credentials in the first message are repeated nowhere") {
  Vendor vendor = vendorNamed("soniox");
  vendor.knowsKey = [](const HttpRequest&) { return true; };
  const VendorServer server(vendor, VendorFault::midStream);
  StreamOptions options = optionsFor(server, vendor);
  options.credentials.placement = Credentials::Placement::firstMessage;
  Heard heard;
  Stream stream(options, heard.events());
  CHECK(transcribe(stream, 9'600).outcome == Outcome::failed);
  REQUIRE_FALSE(server.log().texts().empty());
  CHECK(contains(server.log().texts()[0], R"("api_key":"testing-key")"));
}

TEST_CASE("what a vendor has no place for is refused before connecting") {
  const Vendor vendor = vendorNamed("vosk");
  const VendorServer server(vendor);
  StreamOptions options = optionsFor(server, vendor);
  SECTION("no raw audio") {
    options.rawAudio.reset();
  }
  SECTION("an encoding") {
    options.rawAudio->encoding = "opus";
  }
  SECTION("a language") {
    options.language = "ro";
  }
  SECTION("a second channel") {
    options.rawAudio->channels = 2;
  }
  SECTION("a patch") {
    options.patches = {gateway::setPatch("a", "b")};
  }
  SECTION("a key") {
    options.credentials.kind = Credentials::Kind::apiKey;
    options.credentials.secret = "key";
  }
  Heard heard;
  CHECK(errorOf([&] { Stream(options, heard.events()); }) == Errc::invalidOption);
}
