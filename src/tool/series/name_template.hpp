#pragma once

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/error.hpp"

namespace wsferry::tool {

/// The name of a folder may be written with slashes at its end.
inline std::string withoutSlashes(const std::string& path) {
  return path.substr(0, path.find_last_not_of('/') + 1);
}

/// The path of archives that are made one after another: `{host}`, `{date}` (20261129) and `{time}`
/// (014530) of UTC in the name are filled in. Without any of them it is the path of one archive.
class NameTemplate {
 public:
  /// What a path says that matches.
  struct Match {
    std::string host;  ///< As it stands in the name; empty without {host}.
    std::time_t time;  ///< The second, or where there is no {time} the begin of the day.
  };

  /// @throws Error with Errc::invalidOption for an unknown placeholder, and one in a folder's name:
  /// archives that belong together stand in one folder.
  explicit NameTemplate(const std::string& path);

  bool hasDate() const { return has(Kind::date); }
  bool hasTime() const { return has(Kind::time); }
  bool hasHost() const { return has(Kind::host); }

  /// With the slash at its end; empty for the working folder.
  const std::string& folder() const { return folder_; }

  /// `host` is what hostInName() gives, `now` in UTC.
  std::string path(std::string_view host, const std::tm& now) const;

  /// The same template with the host filled in.
  NameTemplate ofHost(std::string_view host) const;

  /// How it is written, without the folder.
  std::string name() const;

  /// Whether a name, without its folder, may be of this template, and what it says. Nothing for a
  /// template without {date}.
  std::optional<Match> match(std::string_view name) const;

  /// Whether a name, without its folder, has a date as {date} is filled in, so that some template
  /// may match it.
  static bool tellsDate(std::string_view name);

 private:
  enum class Kind { text, host, date, time };
  struct Piece {
    Kind kind;
    std::string text;  ///< Of a placeholder its name.
  };
  struct Reading {
    std::string host;
    std::string digits;  ///< YYYYMMDDHHMMSS
  };

  static constexpr std::size_t dateSize = 8;
  static constexpr std::size_t timeSize = 6;

  static Kind kindOf(std::string_view placeholder);
  static bool isOfHost(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  }
  static std::optional<std::time_t> timeOf(const std::string& digits);
  bool has(Kind kind) const {
    return std::any_of(pieces_.begin(), pieces_.end(),
                       [kind](const Piece& piece) { return piece.kind == kind; });
  }
  void parse(std::string_view name);
  bool read(std::size_t piece, std::string_view rest, Reading& reading) const;
  bool readHost(std::size_t piece, std::string_view rest, Reading& reading) const;
  bool readDigits(std::size_t piece, std::string_view rest, Reading& reading) const;

  std::string folder_;
  std::vector<Piece> pieces_;
};

inline NameTemplate::NameTemplate(const std::string& path) {
  // What makes a folder may end in slashes.
  const std::size_t end = path.find_last_not_of('/');
  const std::size_t slash = end == std::string::npos ? end : path.rfind('/', end);
  const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
  folder_ = path.substr(0, begin);
  parse(std::string_view(folder_));
  if (std::any_of(pieces_.begin(), pieces_.end(),
                  [](const Piece& piece) { return piece.kind != Kind::text; })) {
    throw Error(Errc::invalidOption, folder_ +
                                         " has a placeholder in the name of a folder: {host}, "
                                         "{date} and {time} belong in the name of the archive");
  }
  pieces_.clear();
  parse(std::string_view(path).substr(begin));
}

inline NameTemplate::Kind NameTemplate::kindOf(std::string_view placeholder) {
  if (placeholder == "{host}") {
    return Kind::host;
  }
  if (placeholder == "{date}") {
    return Kind::date;
  }
  if (placeholder == "{time}") {
    return Kind::time;
  }
  throw Error(Errc::invalidOption, "a name has no placeholder " + std::string(placeholder) +
                                       ": there are {host}, {date} and {time}");
}

inline void NameTemplate::parse(std::string_view name) {
  while (!name.empty()) {
    const std::size_t text = std::min(name.find('{'), name.size());
    if (text > 0) {
      pieces_.push_back({Kind::text, std::string(name.substr(0, text))});
      name.remove_prefix(text);
      continue;
    }
    const std::size_t end = std::min(name.find('}'), name.size() - 1) + 1;
    const std::string_view placeholder = name.substr(0, end);
    const Kind kind = kindOf(placeholder);
    if (has(kind)) {
      throw Error(Errc::invalidOption,
                  "a name has " + std::string(placeholder) + " once, and not twice");
    }
    pieces_.push_back({kind, std::string(placeholder)});
    name.remove_prefix(end);
  }
}

inline std::string NameTemplate::path(std::string_view host, const std::tm& now) const {
  const auto padded = [](int number, std::size_t width) {
    std::string digits = std::to_string(number);
    return std::string(width - std::min(width, digits.size()), '0') + digits;
  };
  std::string path = folder_;
  for (const Piece& piece : pieces_) {
    switch (piece.kind) {
      case Kind::text:
        path += piece.text;
        break;
      case Kind::host:
        path += host;
        break;
      case Kind::date:
        path += padded(now.tm_year + 1900, 4) + padded(now.tm_mon + 1, 2) + padded(now.tm_mday, 2);
        break;
      case Kind::time:
        path += padded(now.tm_hour, 2) + padded(now.tm_min, 2) + padded(now.tm_sec, 2);
        break;
    }
  }
  return path;
}

inline NameTemplate NameTemplate::ofHost(std::string_view host) const {
  NameTemplate filled = *this;
  for (Piece& piece : filled.pieces_) {
    if (piece.kind == Kind::host) {
      piece = {Kind::text, std::string(host)};
    }
  }
  return filled;
}

inline std::string NameTemplate::name() const {
  std::string name;
  for (const Piece& piece : pieces_) {
    name += piece.text;
  }
  return name;
}

inline std::optional<NameTemplate::Match> NameTemplate::match(std::string_view name) const {
  Reading reading{{}, std::string(dateSize, ' ') + std::string(timeSize, '0')};
  if (!hasDate() || !read(0, name, reading)) {
    return std::nullopt;
  }
  const std::optional<std::time_t> time = timeOf(reading.digits);
  return time ? std::optional(Match{reading.host, *time}) : std::nullopt;
}

inline bool NameTemplate::tellsDate(std::string_view name) {
  for (std::size_t at = 0; at + dateSize <= name.size(); ++at) {
    const std::string digits(name.substr(at, dateSize));
    if (digits.find_first_not_of("0123456789") == std::string::npos &&
        timeOf(digits + std::string(timeSize, '0'))) {
      return true;
    }
  }
  return false;
}

inline bool NameTemplate::read(std::size_t piece, std::string_view rest, Reading& reading) const {
  if (piece == pieces_.size()) {
    return rest.empty();
  }
  const Piece& wanted = pieces_[piece];
  switch (wanted.kind) {
    case Kind::text: {
      const std::string text = withoutSlashes(wanted.text);
      return rest.substr(0, text.size()) == text &&
             read(piece + 1, rest.substr(text.size()), reading);
    }
    case Kind::host:
      return readHost(piece, rest, reading);
    default:
      return readDigits(piece, rest, reading);
  }
}

// The longest that leaves what is to follow.
inline bool NameTemplate::readHost(std::size_t piece, std::string_view rest,
                                   Reading& reading) const {
  const auto end = std::find_if_not(rest.begin(), rest.end(), isOfHost);
  for (auto size = static_cast<std::size_t>(end - rest.begin()); size > 0; --size) {
    if (read(piece + 1, rest.substr(size), reading)) {
      reading.host = rest.substr(0, size);
      return true;
    }
  }
  return false;
}

inline bool NameTemplate::readDigits(std::size_t piece, std::string_view rest,
                                     Reading& reading) const {
  const bool isDate = pieces_[piece].kind == Kind::date;
  const std::size_t size = isDate ? dateSize : timeSize;
  const std::string_view digits = rest.substr(0, size);
  if (digits.size() < size || digits.find_first_not_of("0123456789") != std::string_view::npos ||
      !read(piece + 1, rest.substr(size), reading)) {
    return false;
  }
  reading.digits.replace(isDate ? 0 : dateSize, size, digits);
  return true;
}

// Nothing for a 31st of February.
inline std::optional<std::time_t> NameTemplate::timeOf(const std::string& digits) {
  const auto number = [&digits](std::size_t at, std::size_t size) {
    return std::stoi(digits.substr(at, size));
  };
  std::tm parts{};
  parts.tm_year = number(0, 4) - 1900;
  parts.tm_mon = number(4, 2) - 1;
  parts.tm_mday = number(6, 2);
  parts.tm_hour = number(8, 2);
  parts.tm_min = number(10, 2);
  parts.tm_sec = number(12, 2);
  const std::tm written = parts;
  const std::time_t time = timegm(&parts);
  const bool isReal = parts.tm_mon == written.tm_mon && parts.tm_mday == written.tm_mday &&
                      parts.tm_hour == written.tm_hour && parts.tm_min == written.tm_min &&
                      parts.tm_sec == written.tm_sec;
  return isReal ? std::optional(time) : std::nullopt;
}

}  // namespace wsferry::tool
