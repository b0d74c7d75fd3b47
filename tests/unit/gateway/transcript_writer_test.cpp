#include "wsferry/gateway/detail/captions/transcript_writer.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "wsferry/gateway/detail/captions/transcript_assembly.hpp"

using namespace wsferry::gateway;
using detail::TranscriptForm;
using detail::TranscriptWriter;

namespace {

Word word(std::string text, std::int64_t start, std::int64_t end, std::string speaker = {},
          double confidence = 0) {
  Word result;
  result.text = std::move(text);
  result.startMilliseconds = start;
  result.endMilliseconds = end;
  result.speaker = std::move(speaker);
  result.confidence = confidence;
  return result;
}

Transcript said(std::string text, std::vector<Word> words = {}) {
  Transcript transcript;
  transcript.text = std::move(text);
  transcript.isFinal = true;
  transcript.words = std::move(words);
  return transcript;
}

Transcript saidAt(std::string text, std::int64_t start, std::int64_t end) {
  Transcript transcript = said(std::move(text));
  transcript.startMilliseconds = start;
  transcript.endMilliseconds = end;
  return transcript;
}

std::string written(TranscriptForm form, const Transcript& transcript) {
  return TranscriptWriter(form).write(transcript);
}

}  // namespace

TEST_CASE("a text is one line, whatever is in it") {
  CHECK(written(TranscriptForm::text, said("  one\n\n two\t\x01three ")) == "one two three\n");
  CHECK(written(TranscriptForm::text, said(" \n")).empty());
  CHECK(written(TranscriptForm::timedText, saidAt("one", 1'234, 3'605'001)) ==
        "[00:00:01.234 --> 01:00:05.001] one\n");
}

TEST_CASE("a subtitle has a number, times, and its text") {
  TranscriptWriter srt(TranscriptForm::srt);
  CHECK(srt.head().empty());
  CHECK(srt.write(saidAt("one <b>&", 0, 1'500)) ==
        "1\n00:00:00,000 --> 00:00:01,500\none <b>&\n\n");
  CHECK(srt.write(saidAt("two", 360'000'000, 360'001'000)) ==
        "2\n100:00:00,000 --> 100:00:01,000\ntwo\n\n");
  TranscriptWriter vtt(TranscriptForm::vtt);
  CHECK(vtt.head() == "WEBVTT\n\n");
  CHECK(vtt.write(saidAt("a --> <b> & c", 0, 1'500)) ==
        "1\n00:00:00.000 --> 00:00:01.500\na --&gt; &lt;b&gt; &amp; c\n\n");
}

TEST_CASE("no text can end a subtitle early") {
  CHECK(written(TranscriptForm::srt, saidAt("a\n\n2\r\n00:00:05,000", 0, 1'000)) ==
        "1\n00:00:00,000 --> 00:00:01,000\na 2 00:00:05,000\n\n");
}

TEST_CASE("speakers have their own subtitles") {
  const Transcript two =
      said("Hello. Hi there.", {word("hello", 0, 400, "A"), word("hi", 500, 700, "B&>\n"),
                                word("there", 700, 900, "B&>\n")});
  CHECK(written(TranscriptForm::vtt, two) ==
        "1\n00:00:00.000 --> 00:00:00.400\n<v A>Hello.\n\n"
        "2\n00:00:00.500 --> 00:00:00.900\n<v B&amp;&gt;>Hi there.\n\n");
  CHECK(written(TranscriptForm::srt, two) ==
        "1\n00:00:00,000 --> 00:00:00,400\nA: Hello.\n\n"
        "2\n00:00:00,500 --> 00:00:00,900\nB&>: Hi there.\n\n");
}

TEST_CASE("with times, a line of text has its speaker, and each speaker a line") {
  const auto timed = [](const Transcript& transcript) {
    return written(TranscriptForm::timedText, transcript);
  };
  CHECK(timed(said("Yes. No, never.", {word("yes", 0, 400, "A"), word("no", 500, 700, "B"),
                                       word("never", 800, 1'200, "B")})) ==
        "[00:00:00.000 --> 00:00:00.400] A: Yes.\n"
        "[00:00:00.500 --> 00:00:01.200] B: No, never.\n");
  CHECK(timed(said("Yes, no.", {word("yes", 0, 400, "A"), word("no", 500, 700, "A")})) ==
        "[00:00:00.000 --> 00:00:00.700] A: Yes, no.\n");
  Transcript whole = saidAt("one", 0, 1'000);
  whole.speaker = "A";
  CHECK(timed(whole) == "[00:00:00.000 --> 00:00:01.000] A: one\n");
  CHECK(timed(said("Yes. No.", {word("yes", 0, 0, "A"), word("no", 0, 0, "B")})) == "Yes. No.\n");
}

TEST_CASE("a long text is divided at its words, into two lines of 42 characters at most") {
  std::string text;
  std::vector<Word> words;
  for (std::int64_t i = 0; i < 40; ++i) {
    text += "wörd" + std::to_string(10 + i) + " ";
    words.push_back(word("wörd" + std::to_string(10 + i), 100 * i, 100 * i + 90, "Speaker"));
  }
  for (const bool isTimed : {true, false}) {
    detail::CueTrack track(true);
    Transcript transcript = isTimed ? said(text, words) : saidAt(text, 0, 4'000);
    transcript.speaker = "Speaker";
    std::string joined;
    std::int64_t last = 0;
    for (const detail::Cue& cue : track.add(transcript)) {
      CHECK(cue.lines.size() <= 2);
      CHECK(cue.time.start >= last);
      CHECK(cue.time.end > cue.time.start);
      CHECK(cue.time.end <= 4'000);
      last = cue.time.end;
      for (std::size_t i = 0; i < cue.lines.size(); ++i) {
        const std::string line = (i == 0 ? "Speaker: " : "") + cue.lines[i];
        CHECK(line.size() <= 42 + 6);  // Six letters of two bytes at most.
        joined += cue.lines[i] + " ";
      }
    }
    CHECK(joined == text);
    CHECK(last > 3'900);
  }
}

TEST_CASE("a word of more than a line is divided between characters") {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    text += "漢";
  }
  detail::CueTrack track(false);
  const auto cues = track.add(saidAt(text, 1'000, 11'000));
  std::string joined;
  for (const detail::Cue& cue : cues) {
    for (const std::string& line : cue.lines) {
      CHECK(line.size() <= 42 * 3);
      CHECK(line.size() % 3 == 0);
      joined += line;
    }
  }
  CHECK(joined == text);
  CHECK(cues.back().time.end == 11'000);
}

TEST_CASE("a subtitle lasts seven seconds at most, and ends at a pause") {
  detail::CueTrack track(false);
  const auto cues = track.add(said("a b c d", {word("a", 0, 500), word("b", 3'000, 3'500),
                                               word("c", 5'000, 6'900), word("d", 6'900, 20'000)}));
  REQUIRE(cues.size() == 3);
  CHECK(cues[0].lines == std::vector<std::string>{"a"});
  CHECK(cues[1].lines == std::vector<std::string>{"b c"});
  CHECK(cues[1].time.start == 3'000);
  CHECK(cues[2].time.end == 13'900);
}

TEST_CASE("subtitles do not overlap, and those that had to move are counted") {
  TranscriptWriter srt(TranscriptForm::srt);
  srt.write(saidAt("one", 0, 2'000));
  CHECK(srt.write(saidAt("two", 1'990, 3'000)) == "2\n00:00:02,000 --> 00:00:03,000\ntwo\n\n");
  CHECK(srt.moved() == 0);
  CHECK(srt.write(saidAt("at once", 500, 2'500)) ==
        "3\n00:00:03,000 --> 00:00:03,100\nat once\n\n");
  CHECK(srt.moved() == 1);
}

TEST_CASE("words are those of the text, with what the gateway says of them") {
  CHECK(written(TranscriptForm::words,
                said("Hello, “Wörld” - 25!",
                     {word(" hel", 0, 400, "A", 0.9), word("lo", 400, 500, "A", 0.25),
                      word(",", 500, 500), word(" WÖRLD", 600, 900), word(" 25", 1'000, 1'200),
                      word("!", 1'200, 1'200)})) ==
        "0.000\t0.500\tHello,\tA\t0.250\n"
        "0.600\t0.900\t“Wörld” -\t\t\n"
        "1.000\t1.200\t25!\t\t\n");
}

TEST_CASE("marks before the first word belong to it, and marks alone are a text") {
  CHECK(written(TranscriptForm::vtt, said("- Hi", {word("hi", 100, 200, "A")})) ==
        "1\n00:00:00.100 --> 00:00:00.200\n<v A>- Hi\n\n");
  CHECK(written(TranscriptForm::srt, saidAt("...", 0, 500)) ==
        "1\n00:00:00,000 --> 00:00:00,500\n...\n\n");
  CHECK(written(TranscriptForm::words, saidAt("...", 0, 500)) == "\t\t...\t\t\n");
}

TEST_CASE("words that are not those of the text are as the gateway lists them") {
  const Transcript transcript = said(
      "It is $25.",
      {word("it", 0, 100), word("is", 100, 200), word("twenty", 200, 300), word("five", 300, 400)});
  CHECK(written(TranscriptForm::words, transcript) ==
        "0.000\t0.100\tit\t\t\n0.100\t0.200\tis\t\t\n0.200\t0.300\ttwenty\t\t\n"
        "0.300\t0.400\tfive\t\t\n");
  CHECK(written(TranscriptForm::srt, transcript) ==
        "1\n00:00:00,000 --> 00:00:00,400\nIt is $25.\n\n");
}

TEST_CASE("what has no times is told of") {
  for (const Transcript& transcript :
       {said("one two"), said("one two", {word("one", 0, 0), word("two", 0, 0)}),
        saidAt("one two", 0, 0), saidAt("one two", 5, 4), saidAt("one two", -9, 4),
        saidAt("one two", 0, INT64_MAX)}) {
    TranscriptWriter srt(TranscriptForm::srt);
    CHECK(srt.write(transcript).empty());
    CHECK(srt.lacksTimes());
    CHECK(srt.write(said("")).empty());
    CHECK_FALSE(srt.lacksTimes());
    TranscriptWriter words(TranscriptForm::words);
    CHECK(words.write(transcript) == "\t\tone\t\t\n\t\ttwo\t\t\n");
    CHECK(words.lacksTimes());
    TranscriptWriter timed(TranscriptForm::timedText);
    CHECK(timed.write(transcript) == "one two\n");
    CHECK(timed.lacksTimes());
    TranscriptWriter text(TranscriptForm::text);
    CHECK(text.write(transcript) == "one two\n");
    CHECK_FALSE(text.lacksTimes());
  }
}

TEST_CASE("parts of a sentence become one transcript") {
  detail::TranscriptAssembly assembly;
  Transcript first = saidAt("Hel", 100, 200);
  first.words = {word("Hel", 100, 200)};
  first.speaker = "A";
  first.continues = true;
  CHECK_FALSE(assembly.add(first));
  CHECK(assembly.begun() == "Hel");
  Transcript second = saidAt("lo", 200, 300);
  second.words = {word("lo", 200, 300)};
  second.speaker = "A";
  second.continues = true;
  CHECK_FALSE(assembly.add(second));
  const auto whole = assembly.add(said(""));
  REQUIRE(whole);
  CHECK(whole->text == "Hello");
  CHECK(whole->startMilliseconds == 100);
  CHECK(whole->endMilliseconds == 300);
  CHECK(whole->words.size() == 2);
  CHECK(whole->words[1].speaker == "A");
  CHECK(whole->speaker == "A");
  CHECK(assembly.begun().empty());
  CHECK(assembly.rest().text.empty());
}

TEST_CASE("a sentence that never ends is ended") {
  detail::TranscriptAssembly assembly;
  Transcript part = said(std::string(detail::TranscriptAssembly::longest - 1, 'a'));
  part.continues = true;
  CHECK_FALSE(assembly.add(part));
  part.text = "b";
  CHECK(assembly.add(part));
}
