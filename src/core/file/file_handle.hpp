#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wsferry/export.hpp"

namespace wsferry {

/// An open file descriptor and the name that messages give it. Retries interrupted and short calls.
class WSFERRY_API FileHandle {
 public:
  FileHandle() = default;
  FileHandle(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}
  FileHandle(FileHandle&& other) noexcept;
  FileHandle& operator=(FileHandle&& other) noexcept;
  ~FileHandle();

  bool isOpen() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  const std::string& name() const { return name_; }

  /// @throws Error with Errc::fileFailed, as the rest.
  void write(std::string_view bytes);

  /// Up to `size` bytes from the current place. 0 at the end.
  std::size_t read(char* buffer, std::size_t size);

  /// Up to `size` bytes from `offset`. 0 at the end.
  std::size_t readAt(char* buffer, std::size_t size, std::uint64_t offset);

  /// Waits until the bytes are on the disk. What cannot be synchronised, such as a pipe, is left.
  void sync();

  /// Closes, and reports what the file system says only now.
  void close();

 private:
  int descriptor_ = -1;
  std::string name_;
};

/// Where the system wants temporary files.
WSFERRY_API std::string temporaryFolder();

/// A file without a name in `folder`, for what does not fit in memory.
WSFERRY_API FileHandle openUnnamedFile(const std::string& folder);

/// Synchronises the folder that holds `path`, so that a new name survives a power failure.
WSFERRY_API void syncFolderOf(const std::string& path);

/// The folder that holds `path`; "." if it names none.
WSFERRY_API std::string folderOf(const std::string& path);

}  // namespace wsferry
