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

/// Why the text of a result, or whether it is final, cannot be read where the profile says
/// (Profile::results); empty if both can, be the text an empty one or null. `json` is the result's
/// subject, and `finality` its rule's, as readIncoming() found them.
[[nodiscard]] std::string problemOfResult(const ResultMembers& members, std::string_view json,
                                          Finality finality);

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

namespace detail {

inline bool hasFullText(std::string_view json, const std::vector<std::string>& paths) {
  return std::any_of(paths.begin(), paths.end(), [json](const std::string& path) {
    return !scalarTextOf(memberTextAt(json, path)).empty();
  });
}

// Of the text alone.
inline std::string problemOfText(const ResultMembers& members, std::string_view json,
                                 std::string_view words) {
  const bool areWords = words.substr(0, 1) == "[";
  const bool textIsInWords = members.text.empty() || !members.word.finality.empty();
  const bool areAllThereIs = textIsInWords || !hasFullText(json, members.text);
  if (areWords && !haveText(words, members.word, areAllThereIs)) {
    return "a result has a word in " + members.words + " without " + joinedPaths(members.word.text);
  }
  if (!words.empty() && !areWords && words != "null") {
    return "a result has something other than words at " + members.words;
  }
  if (textIsInWords) {
    return words.empty() ? "a result has no " + members.words + ", where its words should be" : "";
  }
  return (areWords && words != "[]") || hasTextAt(json, members.text)
             ? ""
             : "a result has no " + joinedPaths(members.text) + ", where its text should be";
}

// Whether each of the words says whether it is final.
inline bool haveFinality(std::string_view words, const std::string& path) {
  bool all = true;
  JsonCursor cursor(words);
  forEachElement(cursor, [&] {
    const std::string_view value = memberTextAt(cursor.skipValue(), path);
    all = all && (value == "true" || value == "false");
  });
  return all;
}

inline std::string problemOfFinality(const ResultMembers& members, std::string_view json,
                                     std::string_view words) {
  const std::string& ofWord = members.word.finality;
  if (!ofWord.empty()) {
    return words.substr(0, 1) != "[" || haveFinality(words, ofWord)
               ? ""
               : "a result has a word in " + members.words + " whose " + ofWord +
                     " is neither true nor false";
  }
  const std::string value = scalarTextOf(memberTextAt(json, members.finality));
  if (value.empty()) {
    return "a result has no " + members.finality + ", which should say whether it is final";
  }
  return members.finalValue != "true" || value == "true" || value == "false"
             ? ""
             : "a result has something other than true or false at " + members.finality +
                   ", and the profile no finalValue for it";
}

}  // namespace detail

inline std::string problemOfResult(const ResultMembers& members, std::string_view json,
                                   Finality finality) {
  if (members.isEmpty()) {
    return {};
  }
  const std::string_view words =
      members.words.empty() ? std::string_view() : memberTextAt(json, members.words);
  std::string problem = detail::problemOfText(members, json, words);
  const bool isTold = finality != Finality::byMember;
  return problem.empty() && !isTold ? detail::problemOfFinality(members, json, words) : problem;
}

/// Whether a message that is no result by its rule has a text where results have theirs.
[[nodiscard]] inline bool hasTextOfResult(const ResultMembers& members, std::string_view json) {
  return detail::hasFullText(json, members.text);
}

}  // namespace wsferry::gateway
