#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "wsferry/export.hpp"

namespace wsferry::archive {

/// The next bytes of something, valid until the next call; empty at its end.
using ReadBytes = std::function<std::string_view()>;

/// `text` without the byte order mark that some editors put before it.
WSFERRY_API std::string_view withoutByteOrderMark(std::string_view text);

/// Gives the lines of an entry that hold something, in the memory of the longest.
class WSFERRY_API LineSplitter {
 public:
  explicit LineSplitter(ReadBytes read) : read_(std::move(read)) {}
  ~LineSplitter();
  LineSplitter(const LineSplitter&) = delete;
  LineSplitter& operator=(const LineSplitter&) = delete;

  /// The next line that is not blank, without its end (LF or CR LF) and without a byte order mark
  /// before the first; valid until the next call. False at the end. @throws Error with
  /// ArchiveErrc::invalidArchive for one over 512 MiB.
  bool next(std::string_view& line);

  /// Of the line that next() gave, from 1. Blank ones count.
  std::uint64_t number() const { return number_; }

  // What was passed over so far.
  std::uint64_t blankLines() const { return blankLines_; }
  bool hadByteOrderMark() const { return hadByteOrderMark_; }
  bool hadCarriageReturns() const { return hadCarriageReturns_; }

 private:
  bool readLine(std::string_view& line);
  void carry(std::string_view piece);
  std::string_view carried() const { return {carried_, carriedSize_}; }

  ReadBytes read_;
  std::string_view bytes_;
  char* carried_ = nullptr;  ///< The start of a line that goes on in the next bytes.
  std::size_t carriedSize_ = 0;
  std::size_t carriedRoom_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t blankLines_ = 0;
  bool hadByteOrderMark_ = false;
  bool hadCarriageReturns_ = false;
};

}  // namespace wsferry::archive
