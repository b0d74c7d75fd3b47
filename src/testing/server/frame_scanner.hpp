#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wsferry::testing {

/// Counts the ping frames in a client's bytes; the engine answers them without telling.
class FrameScanner {
 public:
  /// The pings whose headers end in these bytes.
  unsigned countPings(std::string_view bytes) {
    unsigned pings = 0;
    while (!bytes.empty()) {
      if (payloadLeft_ > 0) {
        const auto skipped = std::min<std::uint64_t>(payloadLeft_, bytes.size());
        bytes.remove_prefix(static_cast<std::size_t>(skipped));
        payloadLeft_ -= skipped;
        continue;
      }
      onHeaderByte(static_cast<unsigned char>(bytes.front()));
      bytes.remove_prefix(1);
      if (position_ == headerSize_) {
        pings += opcode_ == pingOpcode ? 1 : 0;
        position_ = 0;
        headerSize_ = 2;
      }
    }
    return pings;
  }

 private:
  static constexpr unsigned pingOpcode = 9;
  static constexpr std::size_t maskBytes = 4;

  void onHeaderByte(unsigned char byte) {
    if (position_ == 0) {
      opcode_ = byte & 0x0fu;
    } else if (position_ == 1) {
      const unsigned length = byte & 0x7fu;
      lengthBytes_ = length == 127 ? 8 : length == 126 ? 2 : 0;
      payloadLeft_ = lengthBytes_ == 0 ? length : 0;
      headerSize_ = 2 + lengthBytes_ + ((byte & 0x80u) != 0 ? maskBytes : 0);
    } else if (position_ < 2 + lengthBytes_) {
      length_ = length_ << 8 | byte;
    }
    ++position_;
    if (position_ == headerSize_ && lengthBytes_ > 0) {
      payloadLeft_ = length_;
      length_ = 0;
    }
  }

  std::size_t position_ = 0;
  std::size_t headerSize_ = 2;
  std::size_t lengthBytes_ = 0;
  std::uint64_t length_ = 0;
  std::uint64_t payloadLeft_ = 0;
  unsigned opcode_ = 0;
};

}  // namespace wsferry::testing
