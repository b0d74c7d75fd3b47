#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace wsferry::archive {

/// The next bytes of something, valid until the next call; empty at its end.
using ReadBytes = std::function<std::string_view()>;

/// Gives the lines of an entry, in the memory of the longest.
class LineSplitter {
 public:
  explicit LineSplitter(ReadBytes read) : read_(std::move(read)) {}

  /// The next line without its end (LF or CR LF), valid until the next call. False at the end; a
  /// line end before it is not followed by an empty line. @throws Error with Errc::invalidArchive
  /// for one over 512 MiB.
  bool next(std::string_view& line);

  /// Of the line that next() gave, from 1.
  std::uint64_t number() const { return number_; }

 private:
  bool readLine(std::string_view& line);

  ReadBytes read_;
  std::string_view bytes_;
  std::string carried_;
  std::uint64_t number_ = 0;
};

}  // namespace wsferry::archive
