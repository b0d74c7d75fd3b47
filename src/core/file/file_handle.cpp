#include "core/file/file_handle.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "core/file/file_error.hpp"

namespace wsferry {

FileHandle::FileHandle(FileHandle&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), name_(std::move(other.name_)) {}

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(name_, other.name_);
  return *this;
}

FileHandle::~FileHandle() {
  if (isOpen()) {
    ::close(descriptor_);
  }
}

void FileHandle::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      throwFileError("write", name_, errno);
    }
  }
}

std::size_t FileHandle::read(char* buffer, std::size_t size) {
  for (;;) {
    const ssize_t count = ::read(descriptor_, buffer, size);
    if (count >= 0) {
      return static_cast<std::size_t>(count);
    }
    if (errno != EINTR) {
      throwFileError("read", name_, errno);
    }
  }
}

std::size_t FileHandle::readAt(char* buffer, std::size_t size, std::uint64_t offset) {
  for (;;) {
    const ssize_t count = ::pread(descriptor_, buffer, size, static_cast<off_t>(offset));
    if (count >= 0) {
      return static_cast<std::size_t>(count);
    }
    if (errno != EINTR) {
      throwFileError("read", name_, errno);
    }
  }
}

void FileHandle::sync() {
  while (::fsync(descriptor_) != 0) {
    if (errno == EINVAL || errno == ENOTSUP || errno == EROFS) {
      return;
    }
    if (errno != EINTR) {
      throwFileError("write", name_, errno);
    }
  }
}

void FileHandle::close() {
  // Whatever close() answers, the descriptor is gone: it is never closed twice.
  if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) {
    throwFileError("write", name_, errno);
  }
}

void syncFolderOf(const std::string& path) {
  const std::string folder = folderOf(path);
  FileHandle handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), folder);
  if (!handle.isOpen()) {
    throwFileError("open the folder", folder, errno);
  }
  handle.sync();
}

std::string folderOf(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) {
    return ".";
  }
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string temporaryFolder() {
  std::error_code error;
  const auto folder = std::filesystem::temp_directory_path(error);
  return error ? "/tmp" : folder.string();
}

FileHandle openUnnamedFile(const std::string& folder) {
#ifdef O_TMPFILE
  FileHandle nameless(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600),
                      "a temporary file in " + folder);
  if (nameless.isOpen()) {
    return nameless;
  }
#endif
  // Not every file system has them. This one has a name for a moment.
  std::string path = folder + "/.wsferry-XXXXXX";
  FileHandle file(::mkostemp(path.data(), O_CLOEXEC), "a temporary file in " + folder);
  if (!file.isOpen()) {
    throwFileError("create a temporary file in", folder, errno);
  }
  ::unlink(path.c_str());
  return file;
}

}  // namespace wsferry
