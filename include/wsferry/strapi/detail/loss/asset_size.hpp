#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/json/json_number.hpp"
#include "wsferry/core/detail/text/counted.hpp"

namespace wsferry::strapi {

/// The size of a file, according to its metadata.
struct AnnouncedSize {
  std::optional<std::string> bytes;  ///< As written.
  std::optional<double> kilobytes;   ///< Rounded.
};

/// Reads it from metadata as JSON text. @throws Error as JsonCursor.
AnnouncedSize readAnnouncedSize(std::string_view metadata);

/// A file whose size differs from its metadata.
struct SizeProblem {
  bool isShort = false;  ///< It has fewer bytes: truncated, or shrunk on purpose, because a server
                         ///< does not enforce the size.
  std::string text;      ///< To follow the file's name.
};

/// Nothing for a size that fits what was announced, exactly or rounded.
[[nodiscard]] std::optional<SizeProblem> sizeProblem(const AnnouncedSize& announced,
                                                     std::uint64_t size);

namespace detail {

// `size` has two decimals, in kilobytes of 1000 bytes (Strapi's bytesToKbytes, in 4.26 as in 5.54).
// Kilobytes of 1024 would let truncated files pass.
inline bool isRoundedTo(double kilobytes, std::uint64_t actual) {
  constexpr double rounding = 0.005 + 1e-9;
  return std::abs(static_cast<double>(actual) / 1000 - kilobytes) <= rounding;
}

}  // namespace detail

inline AnnouncedSize readAnnouncedSize(std::string_view metadata) {
  AnnouncedSize size;
  JsonCursor cursor(metadata);
  forEachMember(cursor, [&](std::string_view key) {
    const bool isBytes = key == "sizeInBytes";
    const bool isKilobytes = key == "size";
    const std::string_view value = cursor.skipValue();
    const bool isNumber = isJsonNumber(value);
    if (isBytes) {
      size.bytes = isNumber ? std::optional<std::string>(value) : std::nullopt;
    } else if (isKilobytes) {
      size.kilobytes = isNumber ? std::optional(jsonNumberOf(value)) : std::nullopt;
    }
  });
  return size;
}

inline std::optional<SizeProblem> sizeProblem(const AnnouncedSize& announced, std::uint64_t size) {
  const std::string text = "has " + counted(size, "byte", "bytes");
  if (announced.bytes) {
    if (*announced.bytes == std::to_string(size)) {
      return std::nullopt;
    }
    return SizeProblem{static_cast<double>(size) < jsonNumberOf(*announced.bytes),
                       text + ", its metadata say " + *announced.bytes};
  }
  if (!announced.kilobytes || detail::isRoundedTo(*announced.kilobytes, size)) {
    return std::nullopt;
  }
  return SizeProblem{static_cast<double>(size) < *announced.kilobytes * 1000,
                     text + ", which is not the size in its metadata"};
}

}  // namespace wsferry::strapi
