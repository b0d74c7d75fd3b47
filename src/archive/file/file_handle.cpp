#include "archive/file/file_handle.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "archive/file/file_error.hpp"

namespace wsferry::archive {

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

}  // namespace wsferry::archive
