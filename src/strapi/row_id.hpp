#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace wsferry::strapi {

/// The row's id that the JSON text is; nothing for a document's id, and for what is none.
inline std::optional<std::uint64_t> rowIdOf(std::string_view json) {
  std::uint64_t id = 0;
  const char* end = json.data() + json.size();
  const auto result = std::from_chars(json.data(), end, id);
  return result.ec == std::errc() && result.ptr == end ? std::optional(id) : std::nullopt;
}

}  // namespace wsferry::strapi
