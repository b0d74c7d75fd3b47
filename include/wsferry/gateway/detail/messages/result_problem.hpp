#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/gateway/detail/messages/json_values.hpp"
#include "wsferry/gateway/detail/messages/member_path.hpp"
#include "wsferry/gateway/profile.hpp"

namespace wsferry::gateway {

/// Why the text of a result is not where the profile says (Profile::results); empty if it is, be it
/// an empty one or null. `json` is the result's subject, as readIncoming() found it.
[[nodiscard]] std::string problemOfResult(const ResultMembers& members, std::string_view json);

namespace detail {

inline bool hasTextAt(std::string_view json, const std::vector<std::string>& paths) {
  return std::any_of(paths.begin(), paths.end(), [json](const std::string& path) {
    const std::string_view value = memberTextAt(json, path);
    return !value.empty() && value.front() != '{' && value.front() != '[';
  });
}

inline std::string joinedPaths(const std::vector<std::string>& paths) {
  std::string all;
  for (const std::string& path : paths) {
    all += (all.empty() ? "" : " or ") + path;
  }
  return all;
}

// Whether each of the words has its text; or one, where they are not all that there is of the text.
inline bool haveText(std::string_view words, const WordMembers& members, bool areAllThereIs) {
  std::size_t with = 0;
  std::size_t without = 0;
  JsonCursor cursor(words);
  forEachElement(cursor, [&] { ++(hasTextAt(cursor.skipValue(), members.text) ? with : without); });
  return without == 0 || (!areAllThereIs && with > 0);
}

}  // namespace detail

inline std::string problemOfResult(const ResultMembers& members, std::string_view json) {
  if (members.isEmpty()) {
    return {};
  }
  const std::string_view words =
      members.words.empty() ? std::string_view() : memberTextAt(json, members.words);
  const bool areWords = words.substr(0, 1) == "[";
  const bool textIsInWords = members.text.empty() || !members.word.finality.empty();
  if (areWords && !detail::haveText(words, members.word, textIsInWords)) {
    return "a result has a word in " + members.words + " without " +
           detail::joinedPaths(members.word.text);
  }
  if (!words.empty() && !areWords && words != "null") {
    return "a result has something other than words at " + members.words;
  }
  if (textIsInWords) {
    return words.empty() ? "a result has no " + members.words + ", where its words should be" : "";
  }
  const bool hasText = areWords && words != "[]";
  return hasText || detail::hasTextAt(json, members.text)
             ? ""
             : "a result has no " + detail::joinedPaths(members.text) +
                   ", where its text should be";
}

}  // namespace wsferry::gateway
