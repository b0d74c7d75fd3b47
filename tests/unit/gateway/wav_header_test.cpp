#include "wsferry/gateway/detail/audio/wav_header.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "catch.hpp"

using wsferry::gateway::detail::WavHeader;
using wsferry::gateway::detail::WavReader;

namespace {

std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i, value >>= 8) {
    text += static_cast<char>(value & 0xFF);
  }
  return text;
}

std::string chunk(const std::string& name, const std::string& content,
                  std::optional<std::uint64_t> size = std::nullopt) {
  return name + number(size.value_or(content.size()), 4) + content +
         std::string(content.size() % 2, '\0');
}

/// The content of `fmt `.
std::string format(std::uint16_t tag, std::uint16_t channels, std::uint32_t rate,
                   std::uint32_t byteRate, std::uint16_t bits) {
  return number(tag, 2) + number(channels, 2) + number(rate, 4) + number(byteRate, 4) +
         number(channels * ((bits + 7U) / 8U), 2) + number(bits, 2);
}

const std::string mono = format(1, 1, 16'000, 32'000, 16);

std::string wav(const std::string& chunks, const std::string& form = "RIFF",
                std::uint64_t size = 0) {
  return form + number(size, 4) + "WAVE" + chunks;
}

std::optional<double> rateOf(const std::string& start) {
  const auto header = WavReader(start).header();
  return header ? header->bytesPerSecond() : std::nullopt;
}

}  // namespace

TEST_CASE("a WAV header gives the rate of its audio") {
  const auto header = WavReader(wav(chunk("fmt ", mono) + "data")).header();
  REQUIRE(header);
  CHECK(header->format == WavHeader::pcm);
  CHECK(header->channels == 1);
  CHECK(header->sampleRate == 16'000);
  CHECK(header->bitsPerSample == 16);
  CHECK(header->bytesPerSecond() == 32'000.0);
  CHECK(rateOf(wav(chunk("LIST", "abc") + chunk("fmt ", mono))) == 32'000.0);
}

TEST_CASE("a WAV header tells where its audio is, and how much, if it knows") {
  const std::string before = chunk("fmt ", mono);
  const auto dataOf = [&](std::uint64_t size) {
    return WavReader(wav(before + chunk("data", "ab", size))).data();
  };
  REQUIRE(dataOf(2));
  CHECK(dataOf(2)->offset == 12 + before.size() + 8);
  CHECK(dataOf(2)->size == 2U);
  CHECK(dataOf(1'000'000)->size == 1'000'000U);
  for (const std::uint64_t open :
       {0U, 0x7FFFEFFEU, 0x7FFFF000U, 0x7FFFFFDAU, 0x80000000U, 0xFFFFFFFFU}) {
    CAPTURE(open);
    CHECK_FALSE(dataOf(open)->size);
  }
  const std::string large =
      wav(chunk("ds64", number(0, 8) + number(0x180000000, 8) + number(0, 12)) + before +
              chunk("data", "ab", 0xFFFFFFFF),
          "RF64");
  CHECK(WavReader(large).data()->size == 0x180000000U);
  CHECK_FALSE(WavReader(wav(before)).data());
}

TEST_CASE("the rate is computed where the header has none, or a wrong one") {
  CHECK(rateOf(wav(chunk("fmt ", format(1, 2, 44'100, 0, 16)))) == 176'400.0);
  CHECK(rateOf(wav(chunk("fmt ", format(1, 1, 16'000, 16'000, 16)))) == 32'000.0);
  CHECK(rateOf(wav(chunk("fmt ", format(1, 1, 48'000, 0, 20)))) == 144'000.0);
  CHECK(rateOf(wav(chunk("fmt ", format(3, 1, 16'000, 0, 32)))) == 64'000.0);
  // ADPCM, which is compressed: the header has to know.
  CHECK(rateOf(wav(chunk("fmt ", format(0x11, 1, 8'000, 4'055, 4)))) == 4'055.0);
  CHECK_FALSE(rateOf(wav(chunk("fmt ", format(0x11, 1, 8'000, 0, 4)))));
  CHECK_FALSE(rateOf(wav(chunk("fmt ", format(1, 0, 0, 0, 0)))));
}

TEST_CASE("A-law and mu-law take a byte a sample, also where the header has no bits") {
  for (const std::uint16_t tag : {WavHeader::aLaw, WavHeader::muLaw}) {
    for (const std::uint16_t bits : {std::uint16_t{0}, std::uint16_t{8}}) {
      CHECK(rateOf(wav(chunk("fmt ", format(tag, 2, 8'000, 0, bits)))) == 16'000.0);
    }
  }
}

TEST_CASE("an extensible header says in its subformat what it is") {
  const std::string more = number(22, 2) + number(8, 2) + number(0, 4) + number(7, 2);
  const auto header =
      WavReader(wav(chunk("fmt ", format(0xFFFE, 1, 8'000, 0, 8) + more + std::string(14, 'x'))))
          .header();
  REQUIRE(header);
  CHECK(header->format == WavHeader::muLaw);
  CHECK(header->bytesPerSecond() == 8'000.0);
}

TEST_CASE("sizes of a recorder's pipe, which does not know them, do not matter") {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{0xFFFFFFFF}}) {
    const std::string start = wav(chunk("fmt ", mono) + chunk("data", "....", size), "RIFF", size);
    CHECK(rateOf(start) == 32'000.0);
  }
}

TEST_CASE("RF64 and BW64 have their sizes in the first chunk") {
  const std::string sizes = number(5'000'000'000, 8) + number(6, 8) + number(0, 8) + number(0, 4);
  for (const char* form : {"RF64", "BW64"}) {
    CHECK(rateOf(wav(chunk("ds64", sizes) + chunk("fmt ", mono), form, 0xFFFFFFFF)) == 32'000.0);
    // The format behind the audio, whose size is in there.
    const std::string late =
        chunk("ds64", sizes) + chunk("data", "123456", 0xFFFFFFFF) + chunk("fmt ", mono);
    CHECK(rateOf(wav(late, form, 0xFFFFFFFF)) == 32'000.0);
  }
}

TEST_CASE("what is no WAV file, and a start that is too short, have no header") {
  const std::string whole = wav(chunk("fmt ", mono));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(WavReader(whole.substr(0, size)).header());
  }
  CHECK(WavReader(whole).header());
  CHECK_FALSE(WavReader("RIFF....AVI " + chunk("fmt ", mono)).header());
  CHECK_FALSE(WavReader(wav(chunk("fmt ", "short"))).header());
  CHECK_FALSE(WavReader(wav(chunk("junk", "", 0xFFFFFFFF) + chunk("fmt ", mono))).header());
}

TEST_CASE("a WAV file has audio from the first byte in its data on") {
  const std::string header = wav(chunk("fmt ", mono) + chunk("LIST", "abc"));
  CHECK_FALSE(WavReader(header).hasAudio());
  CHECK_FALSE(WavReader(header + "data").hasAudio());
  CHECK_FALSE(WavReader(header + chunk("data", "", 0)).hasAudio());
  CHECK_FALSE(WavReader(header + chunk("data", "", 32'000)).hasAudio());
  CHECK(WavReader(header + chunk("data", "", 0) + "a").hasAudio());
  CHECK(WavReader(header + chunk("data", "ab")).hasAudio());
  CHECK_FALSE(WavReader("no WAV").hasAudio());
}

TEST_CASE("a WAV header tells where the file ends, unless a recorder has left that open") {
  CHECK(WavReader(wav("", "RIFF", 100)).end() == 108U);
  CHECK_FALSE(WavReader(wav("", "RIFF", 0)).end());
  CHECK_FALSE(WavReader(wav("", "RIFF", 0x7FFFFFDA)).end());
  CHECK_FALSE(WavReader(wav("", "RIFF", 0xFFFFFFFF)).end());
  CHECK_FALSE(WavReader("fLaC and no such file").end());
  const std::uint64_t large = 5'000'000'000;
  const std::string sizes = chunk("ds64", number(large, 8) + number(large - 72, 8) + number(0, 12));
  CHECK(WavReader(wav(sizes, "RF64", 0xFFFFFFFF)).end() == large + 8);
}
