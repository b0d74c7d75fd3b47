#pragma once

#include <string>

#include "core/file/file_handle.hpp"

namespace wsferry::archive {

/// A file or folder with a temporary name beside its final one. Removed with all it holds, unless
/// it was moved into place; what a killed process has left of the same target is removed first.
class TemporaryPath {
 public:
  /// Makes the file, empty and open for writing. @throws Error with Errc::fileFailed.
  static TemporaryPath file(const std::string& target);

  /// Makes the folder. @throws Error with Errc::fileFailed.
  static TemporaryPath folder(const std::string& target);

  TemporaryPath(TemporaryPath&& other) noexcept;
  ~TemporaryPath();

  const std::string& path() const { return path_; }

  /// The open file; not for a folder.
  FileHandle& handle() { return handle_; }

  /// Gives it its final name, lastingly: that of the target, or another one in its folder. What
  /// exists there is replaced only if `overwrite`; otherwise throws Error with Errc::fileExists,
  /// even if it appeared in the last moment. Returns what is to be told of a folder that was
  /// replaced and could not be removed; empty for nothing.
  [[nodiscard]] std::string moveIntoPlace(const std::string& name, bool overwrite);

  /// Leaves it as it is, with its temporary name, as a killed process does.
  void leave();

 private:
  TemporaryPath() = default;
  bool claim(int descriptor, const std::string& path);
  std::string replaceFolder(const std::string& name);

  std::string path_;
  FileHandle handle_;
  FileHandle claim_;  ///< Open as long as the temporary name is this object's.
};

/// Throws unless `path` is a folder that holds an export or nothing, and may be replaced by
/// another.
void requireExportFolder(const std::string& path);

/// Throws Errc::invalidOption if `path` is inside a folder that holds an export, which what is made
/// there would damage.
void requireOutsideExport(const std::string& path);

/// Throws Errc::fileExists for `path`, with what to do about it.
[[noreturn]] void throwFileExists(const std::string& path);

}  // namespace wsferry::archive
