#include "wsferry/core/uuid.hpp"

#include <openssl/rand.h>

#include <algorithm>

#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/thread/process_mark.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry {
namespace {

constexpr std::array<std::size_t, 4> dashes = {8, 13, 18, 23};

bool isDash(std::size_t index) {
  return std::find(dashes.begin(), dashes.end(), index) != dashes.end();
}

// One request to the generator serves many ids.
class RandomPool {
 public:
  std::array<std::uint8_t, 16> take() {
    // What is left was copied, where the process was forked off, and is used by the other as well.
    if (used_ == pool_.size() || process_.isOther()) {
      if (RAND_bytes(pool_.data(), static_cast<int>(pool_.size())) != 1) {
        throw Error(Errc::outOfResources, "The random generator of this system failed.");
      }
      used_ = 0;
      process_ = ProcessMark();
    }
    std::array<std::uint8_t, 16> bytes{};
    std::copy_n(pool_.begin() + static_cast<std::ptrdiff_t>(used_), bytes.size(), bytes.begin());
    used_ += bytes.size();
    return bytes;
  }

 private:
  std::array<std::uint8_t, 1024> pool_{};
  std::size_t used_ = sizeof pool_;
  ProcessMark process_;
};

}  // namespace

Uuid Uuid::random() {
  thread_local RandomPool pool;
  Uuid id{pool.take()};
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

std::optional<Uuid> Uuid::parse(std::string_view text) noexcept {
  if (text.size() != 36) {
    return std::nullopt;
  }
  Uuid id;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (isDash(i)) {
      if (text[i] != '-') {
        return std::nullopt;
      }
      continue;
    }
    const int value = hexValue(text[i]);
    if (value < 0) {
      return std::nullopt;
    }
    auto& byte = id.bytes[digits / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
    ++digits;
  }
  return id;
}

std::string Uuid::toString() const {
  constexpr char hex[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (const std::uint8_t byte : bytes) {
    if (isDash(text.size())) {
      text += '-';
    }
    text += hex[byte >> 4];
    text += hex[byte & 15];
  }
  return text;
}

}  // namespace wsferry
