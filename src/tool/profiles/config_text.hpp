#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

/// How a value is written: `3` and `true` without quotes, a text in quotes, or an array of any.
enum class ConfigValue { word, text, array };

/// `key = value` of a configuration file, and where it stands.
struct ConfigEntry {
  std::string section;
  std::string key;
  std::vector<std::string> values;  ///< One, or those of an array.
  std::size_t line = 0;             ///< From 1.
  ConfigValue kind = ConfigValue::text;

  /// The one value, or the first of an array, which may have none.
  std::string value() const { return values.empty() ? std::string() : values.front(); }
};

/// A `[section]`.
struct ConfigSection {
  std::string name;
  std::size_t line = 0;
};

/// Reads a configuration file: TOML with sections of one name, and strings, whole numbers, `true`,
/// `false` and arrays of them as values. The parser's own reader (CLI11) cuts strings at `#` and
/// knows no lines.
class ConfigText {
 public:
  /// `name` is the file's, for messages. @throws Error with Errc::invalidOption, with the line.
  ConfigText(std::string_view text, std::string name) : rest_(text), name_(std::move(name)) {
    constexpr std::string_view byteOrderMark = "\xEF\xBB\xBF";
    if (startsWith(rest_, byteOrderMark)) {
      rest_.remove_prefix(byteOrderMark.size());
    }
    while (!rest_.empty()) {
      readLine();
    }
  }

  const std::vector<ConfigSection>& sections() const { return sections_; }
  const std::vector<ConfigEntry>& entries() const { return entries_; }

  /// @throws Error with Errc::invalidOption, always.
  [[noreturn]] static void refuse(const std::string& name, std::size_t line,
                                  const std::string& what) {
    throw Error(Errc::invalidOption, name + ", line " + std::to_string(line) + ": " + what);
  }

  static bool isBareName(std::string_view text) {
    return !text.empty() && text.find_first_not_of(
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-_") == std::string_view::npos;
  }

 private:
  std::string_view takeLine() {
    const std::size_t end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    ++line_;
    if (!line.empty() && line.back() == '\r') {
      line.remove_suffix(1);
    }
    return trimmed(line);
  }

  void readLine() {
    const std::string_view line = takeLine();
    if (line.empty() || line.front() == '#') {
      return;
    }
    if (line.front() == '[') {
      readSection(line);
    } else {
      readEntry(line);
    }
  }

  void readSection(std::string_view line) {
    const std::size_t end = line.find(']');
    const std::string_view section =
        trimmed(line.substr(1, end == std::string_view::npos ? end : end - 1));
    if (end == std::string_view::npos || !isBareName(section)) {
      fail("a section is [NAME], of letters, digits, - and _");
    }
    requireEnd(line.substr(end + 1));
    for (const ConfigSection& other : sections_) {
      if (other.name == section) {
        fail("[" + other.name + "] is already defined in line " + std::to_string(other.line));
      }
    }
    sections_.push_back({std::string(section), line_});
  }

  void readEntry(std::string_view line) {
    const std::size_t equals = line.find('=');
    const std::string_view key = trimmed(line.substr(0, equals));
    if (equals == std::string_view::npos || !isBareName(key)) {
      fail("this is neither [NAME] nor KEY = VALUE");
    }
    if (sections_.empty()) {
      fail(std::string(key) + " comes before the first [NAME]");
    }
    ConfigEntry entry{sections_.back().name, std::string(key), {}, line_, ConfigValue::text};
    for (const ConfigEntry& other : entries_) {
      if (other.section == entry.section && other.key == entry.key) {
        fail(entry.key + " is given in line " + std::to_string(other.line) + " already");
      }
    }
    std::string_view value = trimmed(line.substr(equals + 1));
    if (!value.empty() && value.front() == '[') {
      entry.kind = ConfigValue::array;
      readArray(value.substr(1), entry.values);
    } else {
      const bool isQuoted = !value.empty() && (value.front() == '"' || value.front() == '\'');
      entry.kind = isQuoted ? ConfigValue::text : ConfigValue::word;
      entry.values.push_back(takeValue(value));
      requireEnd(value);
    }
    entries_.push_back(std::move(entry));
  }

  // Of one line or several.
  void readArray(std::string_view text, std::vector<std::string>& values) {
    const std::size_t begin = line_;
    bool needsComma = false;
    for (;;) {
      text = trimmed(text);
      if (text.empty() || text.front() == '#') {
        if (rest_.empty()) {
          line_ = begin;
          fail("the array has no ] at its end");
        }
        text = takeLine();
      } else if (text.front() == ']') {
        requireEnd(text.substr(1));
        return;
      } else if (text.front() == ',') {
        if (!needsComma) {
          fail("there is a comma too many");
        }
        needsComma = false;
        text.remove_prefix(1);
      } else if (needsComma) {
        fail("a comma is missing between two values");
      } else {
        values.push_back(takeValue(text));
        needsComma = true;
      }
    }
  }

  // One value, which is taken off the text.
  std::string takeValue(std::string_view& text) {
    if (text.empty() || text.front() == '#') {
      fail("a value is missing");
    }
    if (text.front() == '"') {
      return takeString(text);
    }
    if (text.front() == '\'') {
      const std::size_t end = text.find('\'', 1);
      if (end == std::string_view::npos) {
        fail("the string has no ' at its end");
      }
      std::string value(text.substr(1, end - 1));
      text.remove_prefix(end + 1);
      return value;
    }
    const std::size_t end = std::min(text.find_first_of(" \t,]#"), text.size());
    std::string value(text.substr(0, end));
    if (value != "true" && value != "false" &&
        value.find_first_not_of("0123456789") != std::string::npos) {
      fail("a value is a string in quotes, a whole number, true or false, or an array of strings");
    }
    if (value.size() > 1 && value.front() == '0') {  // In other languages it would be octal.
      fail("a whole number does not begin with 0");
    }
    text.remove_prefix(end);
    return value;
  }

  std::string takeString(std::string_view& text) {
    std::string value;
    std::size_t at = 1;
    for (; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] != '\\') {
        value += text[at];
        continue;
      }
      constexpr std::string_view names = "\"\\nt";
      constexpr std::string_view characters = "\"\\\n\t";
      const std::size_t which = ++at < text.size() ? names.find(text[at]) : std::string_view::npos;
      if (which == std::string_view::npos) {
        fail("\\ must be followed by one of \" \\ n t; a string in ' has no such escapes");
      }
      value += characters[which];
    }
    if (at >= text.size()) {
      fail("the string has no \" at its end");
    }
    text.remove_prefix(at + 1);
    return value;
  }

  void requireEnd(std::string_view text) const {
    text = trimmed(text);
    if (!text.empty() && text.front() != '#') {
      fail("something follows the value, which must end the line");
    }
  }

  // What stands there may be a secret, and is not repeated.
  [[noreturn]] void fail(const std::string& what) const { refuse(name_, line_, what); }

  std::string_view rest_;
  const std::string name_;
  std::size_t line_ = 0;
  std::vector<ConfigSection> sections_;
  std::vector<ConfigEntry> entries_;
};

}  // namespace wsferry::tool
