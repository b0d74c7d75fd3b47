#include "strapi/loss/asset_size.hpp"

#include <algorithm>
#include <cmath>

#include "core/json/json_members.hpp"
#include "core/json/json_number.hpp"

namespace wsferry::strapi {
namespace {

constexpr double smallestSize = 10;  // In bytes, of what `size` tells: it has two decimals.

// `size` is rounded, and versions differ in whether a kilobyte has 1000 or 1024 bytes.
bool isFarFrom(std::uint64_t actual, double announced) {
  const double difference = std::abs(static_cast<double>(actual) - announced);
  const bool isEmpty = actual == 0 && announced >= smallestSize;
  return isEmpty || difference > std::max(1024.0, 0.05 * announced);
}

}  // namespace

AnnouncedSize readAnnouncedSize(std::string_view metadata) {
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

std::optional<SizeProblem> sizeProblem(const AnnouncedSize& announced, std::uint64_t size) {
  const std::string text = "has " + std::to_string(size) + " bytes";
  if (announced.bytes) {
    if (*announced.bytes == std::to_string(size)) {
      return std::nullopt;
    }
    return SizeProblem{static_cast<double>(size) < jsonNumberOf(*announced.bytes),
                       text + ", its metadata say " + *announced.bytes};
  }
  const double rounded = announced.kilobytes.value_or(0) * 1000;
  if (!announced.kilobytes || !isFarFrom(size, rounded)) {
    return std::nullopt;
  }
  return SizeProblem{static_cast<double>(size) < rounded,
                     text + ", which is not the size in its metadata"};
}

}  // namespace wsferry::strapi
