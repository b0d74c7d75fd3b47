#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wsferry/archive/archive_reader.hpp"

namespace wsferry::archive {

/// Gives the lines of an archive's current entry, in the memory of the longest.
class LineSplitter {
 public:
  explicit LineSplitter(ArchiveReader& reader) : reader_(reader) {}

  /// The next line, valid until the next call. False at the end; a line end before it is not
  /// followed by an empty line. @throws Error with Errc::invalidArchive for one over 512 MiB.
  bool next(std::string_view& line);

  /// Of the line that next() gave, from 1.
  std::uint64_t number() const { return number_; }

 private:
  ArchiveReader& reader_;
  std::string_view bytes_;
  std::string carried_;
  std::uint64_t number_ = 0;
};

}  // namespace wsferry::archive
