#pragma once

#include <memory>
#include <ostream>
#include <streambuf>
#include <string>

#include "core/file/file_handle.hpp"

namespace wsferry::tool {

/// A file that text is appended to by lines, each with the time (UTC) and the process before it.
/// A line is one write to the end of the file, wherever that is by then: several runs may share a
/// log, and whoever rotates it may cut it off.
class LogFile {
 public:
  /// Opens it, and makes it if need be. @throws Error: invalidOption for a pipe and the like, and
  /// for a file that has something in it, and no line of a log; fileFailed.
  explicit LogFile(const std::string& path);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  std::ostream& stream() { return stream_; }

  /// What kept lines from the file, for a person; empty if all are there.
  const std::string& failure() const;

 private:
  class Lines;
  std::unique_ptr<Lines> lines_;
  std::ostream stream_;
};

}  // namespace wsferry::tool
