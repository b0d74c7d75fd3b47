#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wsferry::strapi {

/// The size of a file, as its metadata tell it.
struct AnnouncedSize {
  std::optional<std::string> bytes;  ///< As written.
  std::optional<double> kilobytes;   ///< Rounded.
};

/// Reads it from metadata as JSON text. @throws Error as JsonCursor.
AnnouncedSize readAnnouncedSize(std::string_view metadata);

/// A file of another size than its metadata say.
struct SizeProblem {
  bool isShort = false;  ///< It has fewer bytes: cut off, or made smaller by somebody, as a server
                         ///< does not keep to the size.
  std::string text;      ///< To follow the file's name.
};

/// Nothing for a size that fits what was announced, exactly or rounded.
std::optional<SizeProblem> sizeProblem(const AnnouncedSize& announced, std::uint64_t size);

}  // namespace wsferry::strapi
