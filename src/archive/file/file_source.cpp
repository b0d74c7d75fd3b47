#include "archive/file/file_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/file/file_error.hpp"

namespace wsferry::archive {
namespace {
constexpr std::size_t readSize = 256u << 10;
}

FileSource::FileSource(const std::string& path)
    : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC), path) {
  if (!file_.isOpen()) {
    throwFileError("open", path, errno);
  }
}

std::string_view FileSource::read() {
  buffer_.resize(readSize);  // Not before: of a folder's files many are opened and never read.
  // Filled up, so that who looks at the start of the file sees enough of it, from a pipe too.
  std::size_t size = 0;
  while (size < buffer_.size()) {
    const std::size_t count = file_.read(buffer_.data() + size, buffer_.size() - size);
    if (count == 0) {
      break;
    }
    size += count;
  }
  return std::string_view(buffer_).substr(0, size);
}

std::uint64_t FileSource::skip(std::uint64_t count) {
  struct stat information {};
  const off_t place = ::lseek(file_.descriptor(), 0, SEEK_CUR);
  if (place < 0 || ::fstat(file_.descriptor(), &information) != 0 ||
      !S_ISREG(information.st_mode) || information.st_size <= place) {
    return 0;
  }
  const auto rest = static_cast<std::uint64_t>(information.st_size - place);
  const std::uint64_t skipped = std::min(count, rest);
  if (::lseek(file_.descriptor(), static_cast<off_t>(skipped), SEEK_CUR) < 0) {
    throwFileError("read", file_.name(), errno);
  }
  return skipped;
}

}  // namespace wsferry::archive
