#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace wsferry {

/// The number that the whole text is, in decimal digits, with a minus sign before them for a signed
/// Integer; nothing for any other text, and for a number that does not fit.
template <class Integer = std::uint64_t>
std::optional<Integer> wholeNumber(std::string_view text) {
  Integer number = 0;
  const char* const textEnd = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), textEnd, number);
  return error == std::errc() && end == textEnd ? std::optional(number) : std::nullopt;
}

}  // namespace wsferry
