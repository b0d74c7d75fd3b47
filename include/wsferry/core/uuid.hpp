#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "wsferry/export.hpp"

namespace wsferry {

/// A UUID as its 16 bytes; text only on the wire.
struct WSFERRY_API Uuid {
  std::array<std::uint8_t, 16> bytes{};

  /// A random (version 4) UUID from the operating system's generator, buffered per thread.
  [[nodiscard]] static Uuid random();

  /// Reads the 36-character form, either letter case; nothing else.
  [[nodiscard]] static std::optional<Uuid> parse(std::string_view text) noexcept;

  /// The 36-character lower-case form.
  std::string toString() const;

  friend bool operator==(const Uuid& a, const Uuid& b) noexcept { return a.bytes == b.bytes; }
  friend bool operator!=(const Uuid& a, const Uuid& b) noexcept { return !(a == b); }
};

}  // namespace wsferry

template <>
struct std::hash<wsferry::Uuid> {
  std::size_t operator()(const wsferry::Uuid& id) const noexcept {
    // Random already: any eight bytes are a hash. Those at the end avoid the version bits.
    std::uint64_t tail;
    std::memcpy(&tail, id.bytes.data() + 8, sizeof tail);
    return static_cast<std::size_t>(tail);
  }
};
