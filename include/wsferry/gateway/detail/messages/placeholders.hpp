#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace wsferry::gateway {

/// What placeholders of a message stand for (Profile): those that have a value.
using PlaceholderValues = std::map<std::string, std::string, std::less<>>;

namespace detail {

// Of placeholders; of the second a value is a number, where one is all that a string holds.
inline constexpr std::array<std::string_view, 11> placeholderNames = {
    "language", "encoding", "sampleRate", "channels", "bitDepth", "raw",
    "token",    "audio",    "messages",   "bytes",    "changes"};
inline constexpr std::array<std::string_view, 5> numberPlaceholders = {
    "sampleRate", "channels", "bitDepth", "messages", "bytes"};

struct Placeholder {
  std::size_t begin = 0;
  std::size_t end = 0;  ///< Behind the closing brace.
  std::string_view name;
  std::optional<std::string_view> byDefault;
};

// The next one from `from` on. Braces around anything but a word are no placeholder.
inline std::optional<Placeholder> nextPlaceholder(std::string_view text, std::size_t from) {
  for (std::size_t open = text.find('{', from); open != std::string_view::npos;
       open = text.find('{', open + 1)) {
    const std::size_t close = text.find('}', open);
    if (close == std::string_view::npos) {
      break;
    }
    const std::string_view inner = text.substr(open + 1, close - open - 1);
    const std::size_t colon = std::min(inner.find(':'), inner.size());
    const std::string_view name = inner.substr(0, colon);
    const bool isWord = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
    if (isWord) {
      Placeholder found{open, close + 1, name, std::nullopt};
      if (colon < inner.size()) {
        found.byDefault = inner.substr(colon + 1);
      }
      return found;
    }
  }
  return std::nullopt;
}

// The string with its placeholders replaced; nothing if one has no value.
inline std::optional<std::string> withValues(std::string_view text,
                                             const PlaceholderValues& values) {
  std::string result;
  std::size_t done = 0;
  while (const auto found = nextPlaceholder(text, done)) {
    result += text.substr(done, found->begin - done);
    const auto value = values.find(found->name);
    if (value != values.end()) {
      result += value->second;
    } else if (found->byDefault) {
      result += *found->byDefault;
    } else {
      return std::nullopt;
    }
    done = found->end;
  }
  return result += text.substr(done);
}

template <class Names>
bool isPlaceholderAmong(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

inline bool isOneNumberPlaceholder(std::string_view text) {
  const auto found = nextPlaceholder(text, 0);
  return found && found->begin == 0 && found->end == text.size() &&
         isPlaceholderAmong(numberPlaceholders, found->name);
}

}  // namespace detail

}  // namespace wsferry::gateway
