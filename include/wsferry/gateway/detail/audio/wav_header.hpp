#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace wsferry::gateway::detail {

/// What the start of a WAV file says of its audio.
struct WavHeader {
  // Of `fmt `: wFormatTag, or of WAVE_FORMAT_EXTENSIBLE what it stands for.
  static constexpr std::uint16_t pcm = 1;
  static constexpr std::uint16_t ieeeFloat = 3;
  static constexpr std::uint16_t aLaw = 6;
  static constexpr std::uint16_t muLaw = 7;
  static constexpr std::uint16_t extensible = 0xFFFE;

  std::uint16_t format = 0;
  std::uint16_t channels = 0;
  std::uint32_t sampleRate = 0;
  std::uint32_t byteRate = 0;  ///< As given there; recorders omit it, or get it wrong.
  std::uint16_t bitsPerSample = 0;

  bool isLaw() const { return format == aLaw || format == muLaw; }
  bool isUncompressed() const { return format == pcm || format == ieeeFloat || isLaw(); }

  /// How many bytes a second of audio takes; nothing if unknown.
  std::optional<double> bytesPerSecond() const {
    const unsigned bytes = isLaw() ? 1U : (bitsPerSample + 7U) / 8U;
    const double computed =
        isUncompressed() ? static_cast<double>(sampleRate) * channels * bytes : 0.0;
    const double rate = computed > 0 ? computed : static_cast<double>(byteRate);
    return rate > 0 ? std::optional(rate) : std::nullopt;
  }
};

/// Finds the chunk `fmt ` of a WAV file (RIFF, RF64 or BW64).
class WavReader {
 public:
  /// `start`: as much of the file as there is.
  explicit WavReader(std::string_view start) : start_(start) {}

  bool isWav() const {
    const std::string_view form = start_.substr(0, 4);
    return (form == "RIFF" || form == "RF64" || form == "BW64") && start_.size() >= formSize &&
           start_.substr(8, 4) == "WAVE";
  }

  /// Nothing for another file, and where the start is too short.
  std::optional<WavHeader> header() const {
    const auto chunk = find("fmt ");
    return chunk && number(*chunk + 4, 4).value_or(0) >= formatSize
               ? format(*chunk + chunkHeaderSize)
               : std::nullopt;
  }

  /// Where the audio is.
  struct Data {
    std::size_t offset = 0;
    std::optional<std::uint64_t> size;  ///< Nothing: recorders leave it open.
  };

  /// Nothing for another file, and where the start is too short.
  std::optional<Data> data() const {
    const auto chunk = find("data");
    const auto size = chunk ? number(*chunk + 4, 4) : std::nullopt;
    if (!size) {
      return std::nullopt;
    }
    const std::uint64_t known = wholeSize(*chunk, *size);
    // 0, or the largest number less a header: placeholders written before the size is known. With
    // 64 bits there is no such placeholder.
    const bool isOpen = known == 0 || (known == *size && known >= openSize);
    return Data{static_cast<std::size_t>(*chunk + chunkHeaderSize),
                isOpen ? std::nullopt : std::optional(known)};
  }

  /// Where the file ends according to its header; nothing for another file, and if a recorder left
  /// it open.
  std::optional<std::uint64_t> end() const {
    const auto size = isWav() ? number(formSize - 8, 4) : std::nullopt;
    if (!size || *size == 0) {
      return std::nullopt;
    }
    if (*size == unknownSize && start_.substr(formSize, 4) == "ds64") {
      const auto whole = number(formSize + chunkHeaderSize, 8);
      return whole ? std::optional(*whole + chunkHeaderSize) : std::nullopt;
    }
    return *size < openSize ? std::optional(*size + chunkHeaderSize) : std::nullopt;
  }

  /// Whether the start includes some of the WAV file's audio, not only its header.
  bool hasAudio() const {
    const auto chunk = find("data");
    return chunk && start_.size() > *chunk + chunkHeaderSize;
  }

 private:
  static constexpr std::uint64_t formSize = 12;
  static constexpr std::uint64_t chunkHeaderSize = 8;
  static constexpr std::uint64_t formatSize = 16;
  static constexpr std::uint64_t unknownSize = 0xFFFFFFFF;
  // And anything above: a program that cannot know the size writes the largest one, or a little
  // less, such as sox with 0x7FFFF000, rounded down to whole samples.
  static constexpr std::uint64_t openSize = 0x7FFE0000;

  // Where the chunk begins; nothing for another file, and where the start is too short.
  std::optional<std::uint64_t> find(std::string_view name) const {
    if (!isWav()) {
      return std::nullopt;
    }
    std::uint64_t chunk = formSize;
    while (const auto size = number(chunk + 4, 4)) {
      if (start_.substr(static_cast<std::size_t>(chunk), 4) == name) {
        return chunk;
      }
      // Chunks are padded to an even size.
      chunk += chunkHeaderSize + chunkSize(chunk, *size);
    }
    return std::nullopt;
  }

  // In RF64 and BW64 a chunk's size of 64 bits is in the first chunk, `ds64`.
  std::uint64_t wholeSize(std::uint64_t chunk, std::uint64_t size) const {
    constexpr std::uint64_t dataSizeOffset = formSize + chunkHeaderSize + 8;
    const bool isData = start_.substr(static_cast<std::size_t>(chunk), 4) == "data";
    if (isData && size == unknownSize && start_.substr(formSize, 4) == "ds64") {
      size = number(dataSizeOffset, 8).value_or(size);
    }
    return size;
  }

  std::uint64_t chunkSize(std::uint64_t chunk, std::uint64_t size) const {
    size = wholeSize(chunk, size);
    return size > start_.size() ? start_.size() : size + size % 2;
  }

  std::optional<WavHeader> format(std::uint64_t at) const {
    constexpr std::uint64_t subformatOffset = 24;
    WavHeader header;
    const auto tag = number(at, 2);
    const auto bits = number(at + 14, 2);
    if (!tag || !bits) {
      return std::nullopt;
    }
    header.format = static_cast<std::uint16_t>(*tag);
    header.channels = static_cast<std::uint16_t>(*number(at + 2, 2));
    header.sampleRate = static_cast<std::uint32_t>(*number(at + 4, 4));
    header.byteRate = static_cast<std::uint32_t>(*number(at + 8, 4));
    header.bitsPerSample = static_cast<std::uint16_t>(*bits);
    if (header.format == WavHeader::extensible) {
      header.format = static_cast<std::uint16_t>(number(at + subformatOffset, 2).value_or(0));
    }
    return header;
  }

  // Little-endian; nothing where the start is too short.
  std::optional<std::uint64_t> number(std::uint64_t offset, std::size_t bytes) const {
    if (offset + bytes > start_.size()) {
      return std::nullopt;
    }
    std::uint64_t value = 0;
    for (std::size_t i = bytes; i-- > 0;) {
      value = value << 8 | static_cast<unsigned char>(start_[static_cast<std::size_t>(offset) + i]);
    }
    return value;
  }

  std::string_view start_;
};

}  // namespace wsferry::gateway::detail
