#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "wsferry/gateway/detail/audio/wav_header.hpp"

namespace wsferry::gateway::detail {

/// Recognises, by the first bytes of a file, what is not audio. Anything unknown may be audio
/// without a header.
class InputKind {
 public:
  /// This many bytes are enough.
  static constexpr std::size_t enough = 512;

  /// `start`: as much as there is, of which the first `enough` bytes are looked at.
  explicit InputKind(std::string_view start) : start_(start.substr(0, enough)) {}

  /// Whether more bytes could change the result.
  bool needsMore() const {
    return start_.size() < enough && !isAudio() &&
           (start_.size() < longestMark || (marked().empty() && (isAnyText() || mayBeTar())));
  }

  /// Whether more bytes could change the result of container().
  bool mayBecomeContainer() const { return start_.size() < longestMark; }

  /// The header of a container of audio that begins here, such as "a WAV header"; empty for none.
  /// MP3 and AAC without tags do not count: their first bits are also those of quiet samples.
  std::string_view container() const {
    using namespace std::string_view_literals;
    static constexpr std::array<Mark, 13> marks = {{
        {0, "fLaC"sv, "a FLAC header"},
        {0, "OggS"sv, "an Ogg header"},
        {0, "ID3"sv, "an ID3 header"},
        {0, "\x1A\x45\xDF\xA3"sv, "a WebM header"},
        {0, ".snd"sv, "an AU header"},
        {0, "#!AMR"sv, "an AMR header"},
        {0, "caff"sv, "a CAF header"},
        {0, "wvpk"sv, "a WavPack header"},
        {0, "MAC "sv, "an APE header"},
        {0, "\x30\x26\xB2\x75"sv, "a WMA header"},
        {0, "#!SILK"sv, "a SILK header"},
        {0, "\x02#!SILK"sv, "a SILK header"},
        {0, "FLV\x01"sv, "an FLV header"},
    }};
    if (WavReader(start_).isWav()) {
      return "a WAV header";
    }
    if (has(0, "FORM") && (has(8, "AIFF") || has(8, "AIFC"))) {
      return "an AIFF header";
    }
    return isMedia() ? std::string_view("an MP4 header") : nameOf(marks);
  }

  /// The header of a container at the beginning of audio declared as raw, where it would be sent as
  /// sound. For an encoding that may have one, such as flac, only a WAV header; `isSamples` for
  /// others.
  std::string_view headerInRaw(bool isSamples) const {
    return isSamples || WavReader(start_).isWav() ? container() : std::string_view();
  }

  /// The name of what is not audio, such as "a ZIP archive"; empty for audio, and for anything
  /// unknown.
  std::string_view otherThanAudio() const {
    if (isAudio()) {
      return {};
    }
    if (const std::string_view name = marked(); !name.empty()) {
      return name;
    }
    if (isText()) {
      return textKind();
    }
    return isAnyText() ? "text" : std::string_view();
  }

 private:
  struct Mark {
    std::size_t offset;
    std::string_view bytes;
    std::string_view name;
  };

  static constexpr std::size_t longestMark = 16;
  static constexpr std::size_t tarMark = 257;

  bool has(std::size_t offset, std::string_view bytes) const {
    return start_.size() >= offset && start_.substr(offset, bytes.size()) == bytes;
  }

  template <std::size_t Size>
  std::string_view nameOf(const std::array<Mark, Size>& marks) const {
    const auto* found = std::find_if(
        marks.begin(), marks.end(), [&](const Mark& mark) { return has(mark.offset, mark.bytes); });
    return found == marks.end() ? std::string_view() : found->name;
  }

  bool isAudio() const { return !container().empty() || isMpegFrame(); }

  // MP3 and the like, and AAC as ADTS: a frame begins with eleven bits that are set. So does the
  // byte order mark of a text.
  bool isMpegFrame() const {
    return start_.size() >= 2 && !isWideText() && static_cast<unsigned char>(start_[0]) == 0xFF &&
           (static_cast<unsigned char>(start_[1]) & 0xE0U) == 0xE0U;
  }

  // MP4, M4A, 3GP, MOV; of the same family are images.
  bool isMedia() const {
    const std::string_view brand = start_.substr(std::min<std::size_t>(start_.size(), 8), 4);
    return has(4, "ftyp") && brand != "avif" && brand != "heic" && brand != "heix" &&
           brand != "mif1";
  }

  std::string_view marked() const {
    using namespace std::string_view_literals;
    static constexpr std::array<Mark, 27> marks = {{
        {0, "PK\x03\x04"sv, "a ZIP archive"},
        {0, "PK\x05\x06"sv, "a ZIP archive"},
        {0, "PK\x07\x08"sv, "a ZIP archive"},
        {0, "\x1F\x8B"sv, "a gzip file"},
        {0, "BZh"sv, "a bzip2 file"},
        {0, "\xFD\x37zXZ\x00"sv, "an xz file"},
        {0, "\x28\xB5\x2F\xFD"sv, "a zstd file"},
        {0, "7z\xBC\xAF\x27\x1C"sv, "a 7z archive"},
        {0, "Rar!\x1A\x07"sv, "a RAR archive"},
        {tarMark, "ustar"sv, "a tar archive"},
        {0, "%PDF-"sv, "a PDF document"},
        {0, "\x89PNG\r\n\x1A\n"sv, "a PNG image"},
        {0, "GIF87a"sv, "a GIF image"},
        {0, "GIF89a"sv, "a GIF image"},
        {0, "\xFF\xD8\xFF"sv, "a JPEG image"},
        {0, "II*\x00"sv, "a TIFF image"},
        {0, "MM\x00*"sv, "a TIFF image"},
        {8, "WEBPVP8"sv, "a WebP image"},
        {4, "ftypavif"sv, "an AVIF image"},
        {4, "ftyphei"sv, "a HEIF image"},
        {4, "ftypmif1"sv, "a HEIF image"},
        {0, "\x7F\x45LF"sv, "a program"},
        {0, "MThd\x00\x00\x00\x06"sv, "a MIDI file, which has notes but no sound"},
        {0, "SQLite format 3\x00"sv, "a database"},
        {0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, "an Office document"},
        {0, "{\\rtf"sv, "an RTF document"},
        {0, "wOF2"sv, "a font"},
    }};
    return nameOf(marks);
  }

  // It begins with the name of its first file, followed by zeros.
  bool mayBeTar() const {
    return start_.size() < tarMark + 5 && !start_.empty() && start_[0] >= ' ' &&
           start_.substr(0, 100).find('\0') != std::string_view::npos;
  }

  bool isAnyText() const { return isText() || isWideText() || isLatinText(); }

  // UTF-16: behind its mark, characters of any language; without it, those of ASCII. With a space:
  // neither companded noise nor samples with an offset look like that.
  bool isWideText() const {
    const bool isBig = has(0, "\xFE\xFF") || has(0, std::string_view("\0", 1));
    const bool isMarked = has(0, "\xFE\xFF") || has(0, "\xFF\xFE");
    unsigned previous = 0;
    bool hasSpace = false;
    for (std::size_t i = isMarked ? 2 : 0; i + 1 < start_.size(); i += 2) {
      const auto first = static_cast<unsigned char>(start_[i]);
      const auto second = static_cast<unsigned char>(start_[i + 1]);
      const unsigned unit = isBig ? first * 256U + second : second * 256U + first;
      const bool isHighBefore = previous >= 0xD800 && previous < 0xDC00;
      const bool isLow = unit >= 0xDC00 && unit < 0xE000;
      if (isLow != isHighBefore || isControl(unit) || isNoCharacter(unit) ||
          (!isMarked && unit > 0x7E)) {
        return false;
      }
      hasSpace = hasSpace || unit == ' ' || unit == '\n' || unit == 0x3000 || unit == 0x3002;
      previous = unit;
    }
    return hasSpace;
  }

  // A text of words in Latin letters, few of them accented: in companded samples half of the bytes
  // have their highest bit set.
  bool isLatinText() const {
    std::size_t high = 0;
    bool hasSpace = false;
    for (const char c : start_) {
      const auto byte = static_cast<unsigned char>(c);
      if (isControl(byte) || (byte >= 0x80 && byte < 0xA0)) {
        return false;
      }
      high += byte >= 0x80 ? 1 : 0;
      hasSpace = hasSpace || c == ' ' || c == '\n';
    }
    return hasSpace && high * 4 <= start_.size();
  }

  // For private use, or none at all.
  static bool isNoCharacter(unsigned unit) {
    return (unit >= 0xE000 && unit < 0xF900) || unit == 0xFEFF || unit > 0xFFEF;
  }

  static bool isControl(unsigned character) {
    return (character < ' ' && character != '\t' && character != '\n' && character != '\r') ||
           character == 0x7F;
  }

  // UTF-8 without control characters that do not occur in text. A character may be cut at the end.
  bool isText() const {
    std::size_t following = 0;
    for (const char c : start_) {
      const auto byte = static_cast<unsigned char>(c);
      if (following > 0) {
        if ((byte & 0xC0U) != 0x80U) {
          return false;
        }
        --following;
      } else if (byte >= 0x80) {
        if (byte < 0xC2 || byte > 0xF4) {
          return false;
        }
        following = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
      } else if (isControl(byte)) {
        return false;
      }
    }
    // Silence in A-law is letters, too.
    const bool isConstant = start_.find_first_not_of(start_.substr(0, 1)) == std::string_view::npos;
    return !start_.empty() && !(isConstant && start_.size() >= longestMark);
  }

  std::string_view textKind() const {
    std::string_view text = start_;
    if (has(0, "\xEF\xBB\xBF")) {
      text.remove_prefix(3);
    }
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (begins(text, "<!doctype html") || begins(text, "<html")) {
      return "an HTML page";
    }
    if (begins(text, "<?xml")) {
      return "XML";
    }
    return begins(text, "{") || begins(text, "[{") || begins(text, "[\"") ? "JSON" : "text";
  }

  // `small` is in small letters.
  static bool begins(std::string_view text, std::string_view small) {
    return text.size() >= small.size() &&
           std::equal(small.begin(), small.end(), text.begin(), [](char a, char b) {
             return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
           });
  }

  std::string_view start_;
};

}  // namespace wsferry::gateway::detail
