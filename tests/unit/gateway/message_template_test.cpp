#include "wsferry/gateway/detail/messages/message_template.hpp"

#include "catch.hpp"
#include "support/error_of.hpp"
#include "wsferry/core/error.hpp"

using namespace wsferry;
using namespace wsferry::gateway;

TEST_CASE("placeholders are replaced, numbers as numbers, and what has no value is left out") {
  const std::string text =
      R"({"a":"{encoding:auto}","rate":"{sampleRate}","hints":["{language}"],"n":[],"x":{"y":"{raw}"}})";
  CHECK(fillIn(text, {}) == R"({"a":"auto","n":[]})");
  CHECK(fillIn(text, {{"encoding", "pcm"}, {"sampleRate", "16000"}, {"language", "ro"}}) ==
        R"({"a":"pcm","rate":16000,"hints":["ro"],"n":[]})");
  CHECK(fillIn(R"({"a":"{language}-{raw:x}"})", {{"language", "\"{raw}"}}) ==
        R"({"a":"\"{raw}-x"})");
}

TEST_CASE("a message without placeholders stays as it is, byte for byte") {
  const char* text = GENERATE(R"({"eof" : 1})", "EOS", "", R"({"a":{},"b":"{}"})");
  CHECK(fillIn(text, {{"language", "ro"}}) == text);
  CHECK(placeholdersOf(text).empty());
}

TEST_CASE("an unknown placeholder, and one outside of JSON, are refused") {
  const char* text = GENERATE(R"({"a":"{no}"})", "{language}", R"(["{language}"])");
  CHECK(support::errorOf([&] { static_cast<void>(placeholdersOf(text)); }) == Errc::invalidOption);
}

TEST_CASE("a message that nests too deeply is refused") {
  const auto nested = [](std::size_t depth) {
    return R"({"b":"{language}","a":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  CHECK(placeholdersOf(nested(100)).size() == 1);
  for (const std::size_t depth : {std::size_t{600}, std::size_t{32'000}}) {
    CHECK(support::errorOf([&] { static_cast<void>(placeholdersOf(nested(depth))); }) ==
          Errc::invalidOption);
  }
}

TEST_CASE("a message for audio has one place for it") {
  CHECK(splitAtAudio(R"({"audio":"{audio}"})") ==
        std::pair<std::string, std::string>(R"({"audio":")", R"("})"));
  const char* text =
      GENERATE("", "{}", R"({"a":"{audio}","b":"{audio}"})", R"({"a":"{audio}","b":"{language}"})");
  CHECK(support::errorOf([&] { static_cast<void>(splitAtAudio(text)); }) == Errc::invalidOption);
}
