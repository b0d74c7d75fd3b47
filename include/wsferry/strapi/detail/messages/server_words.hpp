#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/strapi/diagnostic.hpp"

namespace wsferry::strapi {

// Servers describe their losses in words for people: these functions parse them.

/// The text between `before` and the next `after`; empty if there is none.
inline std::string_view between(std::string_view text, std::string_view before,
                                std::string_view after) {
  const auto place = text.find(before);
  if (place == std::string_view::npos) {
    return {};
  }
  text.remove_prefix(place + before.size());
  const auto end = text.find(after);
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end);
}

/// A number as written; 1 if it is not a number, because a report means at least one.
inline std::uint64_t countOf(std::string_view number) {
  std::uint64_t count = 1;
  std::from_chars(number.data(), number.data() + number.size(), count);
  return count;
}

/// The folder that a server names when it has set its old upload files aside.
inline std::optional<std::string> readFilesBackup(const Diagnostic& diagnostic) {
  constexpr std::string_view words = "created assets backup directory ";
  if (diagnostic.message.compare(0, words.size(), words) != 0) {
    return std::nullopt;
  }
  return printable(std::string_view(diagnostic.message).substr(words.size()), 1000);
}

}  // namespace wsferry::strapi
