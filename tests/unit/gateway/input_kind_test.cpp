#include "wsferry/gateway/detail/audio/input_kind.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"

using wsferry::gateway::detail::InputKind;
using namespace std::string_literals;

namespace {

const std::string some(200, '\x01');

}  // namespace

TEST_CASE("containers of audio are passed on") {
  for (const std::string& begin :
       {"RIFF\0\0\0\0WAVEfmt "s, "RF64\xFF\xFF\xFF\xFFWAVEds64"s, "BW64\xFF\xFF\xFF\xFFWAVEds64"s,
        "fLaC"s, "OggS"s, "ID3\x04"s, "\xFF\xFB\x90\x64"s, "\xFF\xF1\x50\x80"s, "\x1A\x45\xDF\xA3"s,
        "\0\0\0\x20"s + "ftypM4A "s, "\0\0\0\x18"s + "ftypmp42"s, "\0\0\0\x18"s + "ftyp3gp4"s,
        "FORM\0\0\0\0AIFF"s, "FORM\0\0\0\0AIFC"s, ".snd"s, "#!AMR\n"s, "#!AMR-WB\n"s, "caff"s,
        "\x30\x26\xB2\x75\x8E\x66"s}) {
    CAPTURE(begin);
    CHECK(InputKind(begin + some).otherThanAudio().empty());
    CHECK_FALSE(InputKind(begin + some).needsMore());
    // Whatever the rest looks like.
    CHECK(InputKind(begin + "only letters from here on").otherThanAudio().empty());
  }
}

TEST_CASE("what is not known may be audio without a header") {
  for (const std::string& raw : {std::string(600, '\0'), std::string(600, '\xFF'),
                                 std::string(600, '\x80'), std::string(600, '\xD5'), some}) {
    CHECK(InputKind(raw).otherThanAudio().empty());
    CHECK_FALSE(InputKind(raw).needsMore());
  }
  CHECK(InputKind("text, but for one byte\x01").otherThanAudio().empty());
}

TEST_CASE("what is no audio is told by its first bytes") {
  const std::vector<std::pair<std::string, std::string_view>> others = {
      {"PK\x03\x04" + some, "a ZIP archive"},
      {"\x1F\x8B\x08" + some, "a gzip file"},
      {"%PDF-1.7\n" + some, "a PDF document"},
      {"\x89PNG\r\n\x1A\n" + some, "a PNG image"},
      {"\xFF\xD8\xFF\xE0" + some, "a JPEG image"},
      {"GIF89a" + some, "a GIF image"},
      {"RIFF....WEBPVP8L" + some, "a WebP image"},
      {"\0\0\0\x20"s + "ftypavif" + some, "an AVIF image"},
      {"\0\0\0\x20"s + "ftypheic" + some, "a HEIF image"},
      {"\x7F\x45LF" + some, "a program"},
      {"export.tar"s + std::string(247, '\0') + "ustar", "a tar archive"},
      {"<!DOCTYPE html><title>Not found</title>", "an HTML page"},
      {"\n <HTML>", "an HTML page"},
      {"<?xml version='1.0'?>", "XML"},
      {" {\"error\":1}", "JSON"},
      {"[{\"a\":1}]", "JSON"},
      {"\xEF\xBB\xBF{}", "JSON"},
      {"error: no such device\n", "text"},
      {"[00:01] hello", "text"},
      {"caf\xC3\xA9 cr\xC3", "text"},
      {"x", "text"}};
  for (const auto& other : others) {
    CAPTURE(other.first);
    CHECK(InputKind(other.first).otherThanAudio() == other.second);
  }
  CHECK(InputKind(std::string(511, 'a') + "\xC3" + some).otherThanAudio() == "text");
}

TEST_CASE("a text in UTF-16 or Latin-1 is no audio") {
  const auto wide = [](const std::string& text, bool isBig) {
    std::string bytes;
    for (const char c : text) {
      bytes += isBig ? std::string("\0", 1) + c : c + std::string("\0", 1);
    }
    return bytes;
  };
  const std::string text = "Notes of a meeting,\r\nas an editor saves them.";
  const std::string korean = "\x55\xD6\x6D\xAD\xB4\xC5 \0"s;
  for (const std::string& start :
       {"\xFF\xFE"s + wide(text, false), "\xFE\xFF"s + wide(text, true), wide(text, false),
        wide(text, true), "\xFF\xFE"s + korean, "R\xE9sum\xE9 of the caf\xE9s\n"s,
        "f\xFCr die gr\xF6\xDF"
        "ere Sache"s}) {
    CAPTURE(start);
    CHECK(InputKind(start).otherThanAudio() == "text");
  }
  // Layer I of MPEG; small samples of both signs; silence in A-law and mu-law, with a click.
  for (const std::string& start :
       {"\xFF\xFE\x90\xC4"s + std::string(200, '\0'), "\x20\0\x21\0\xFF\xFF\x20\0"s + some,
        "\x20\0"s + some, std::string(100, '\xD5') + std::string(100, '\x55') + " ",
        std::string(100, '\xFF') + std::string(100, '\x20')}) {
    CAPTURE(start);
    CHECK(InputKind(start).otherThanAudio().empty());
  }
}

TEST_CASE("more is needed only where it could change what is told") {
  CHECK(InputKind("").needsMore());
  CHECK(InputKind("RIF").needsMore());
  CHECK(InputKind("text so far, which may go on as audio").needsMore());
  CHECK_FALSE(InputKind(std::string(512, 'a')).needsMore());
  CHECK_FALSE(InputKind("PK\x03\x04 and on, and on, and on").needsMore());
  CHECK_FALSE(InputKind(std::string(16, '\x01')).needsMore());
  // The mark of a tar archive comes late.
  CHECK(InputKind("name" + std::string(100, '\0')).needsMore());
  CHECK_FALSE(InputKind("name" + std::string(300, '\0')).needsMore());
}

TEST_CASE("a container is told by its header, and quiet samples are none") {
  CHECK(InputKind("RIFF\0\0\0\0WAVEfmt "s).container() == "a WAV header");
  CHECK(InputKind("fLaC" + some).container() == "a FLAC header");
  CHECK(InputKind("\0\0\0\x20"s + "ftypM4A " + some).container() == "an MP4 header");
  CHECK(InputKind(std::string(600, '\xFF')).container().empty());
  CHECK(InputKind("RIFF").mayBecomeContainer());
  CHECK_FALSE(InputKind(some).mayBecomeContainer());
}
