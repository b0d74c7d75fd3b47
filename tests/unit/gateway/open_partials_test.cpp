#include "wsferry/gateway/detail/session/open_partials.hpp"

#include "catch.hpp"
#include "support/stream_session_fixture.hpp"
#include "wsferry/gateway/detail/messages/covered_audio.hpp"
#include "wsferry/gateway/detail/messages/response_reader.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::gateway;

namespace {

Response result(const std::string& frameType, const std::string& text, int channel = 0,
                const std::string& processor = "p") {
  const std::string message = resultMessage(frameType, text, channel, processor);
  const std::size_t begin = message.find(R"({"messageId")");
  return readResponse(std::string_view(message).substr(begin, message.size() - 1 - begin));
}

std::vector<std::string> textsOf(OpenPartials& partials) {
  std::vector<std::string> texts;
  for (const Response& partial : partials.take()) {
    texts.push_back(transcriptionOf(partial)->text);
  }
  return texts;
}

}  // namespace

TEST_CASE("of partial results the last is open, until a final one follows") {
  OpenPartials partials;
  partials.note(result("partial", "a"));
  partials.note(result("partial", "a b"));
  SECTION("none follows") {
    CHECK(textsOf(partials) == std::vector<std::string>{"a b"});
    CHECK(partials.take().empty());
  }
  SECTION("one follows") {
    partials.note(result("final", "a b c"));
    CHECK(partials.take().empty());
  }
  SECTION("one of another channel or processor follows") {
    partials.note(result("final", "x", 1));
    partials.note(result("final", "x", 0, "q"));
    CHECK(textsOf(partials) == std::vector<std::string>{"a b"});
  }
  SECTION("one without text takes it back") {
    partials.note(result("partial", ""));
    CHECK(partials.take().empty());
  }
}

TEST_CASE("each channel and processor has its open partial, up to a limit") {
  OpenPartials partials;
  const int most = static_cast<int>(OpenPartials::most);
  for (int channel = 0; channel < most + 10; ++channel) {
    partials.note(result("partial", std::to_string(channel), channel));
  }
  partials.note(result("partial", "anew", 0));
  const auto texts = textsOf(partials);
  REQUIRE(texts.size() == OpenPartials::most);
  CHECK(texts.front() == "anew");
  CHECK(texts.back() == std::to_string(most - 1));
}

TEST_CASE("final results cover audio up to the channel that is furthest behind") {
  CoveredAudio covered;
  const auto note = [&](std::int32_t channel, bool isFinal, std::optional<std::int64_t> end,
                        const std::string& text = "text") {
    Response response;
    response.transcripts.emplace();
    Transcript& transcript = response.transcripts->emplace_back();
    transcript.text = text;
    transcript.channel = channel;
    transcript.isFinal = isFinal;
    transcript.endMilliseconds = end;
    covered.note(response);
    return covered.position().count();
  };
  CHECK(covered.position() == Duration(0));
  CHECK(note(0, false, 500) == 0);
  CHECK(note(0, true, std::nullopt) == 0);
  CHECK(note(0, true, 1'000) == 1'000);
  CHECK(note(0, true, 900) == 1'000);
  // Silence is covered as well.
  CHECK(note(0, true, 2'000, "") == 2'000);
  CHECK(note(1, true, 1'500) == 1'500);
  CHECK(note(1, true, 9'000) == 2'000);
}

TEST_CASE("transcriptions cover audio by their processor and channel") {
  CoveredAudio covered;
  const auto note = [&](const std::string& frameType, const std::string& processor, int end) {
    Response response = result(frameType, "text", 0, processor);
    response.payload = R"({"transcription":"a","end":)" + std::to_string(end) + "}";
    covered.note(response);
    return covered.position().count();
  };
  CHECK(note("partial", "p", 700) == 0);
  CHECK(note("final", "p", 700) == 700);
  CHECK(note("final", "q", 300) == 300);
}
