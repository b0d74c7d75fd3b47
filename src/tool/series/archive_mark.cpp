// POSIX: when a file was changed.
#include "tool/series/archive_mark.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string_view>
#include <tuple>

#include "archive/file/part_names.hpp"
#include "core/file/file_error.hpp"
#include "core/file/file_handle.hpp"
#include "tool/terminal/printable_text.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

std::string markOf(const std::string& archive) {
  return archive::companionPath(archive, ".incomplete");
}

// One with half a text would be an empty one, which says something else.
void writeMark(const std::string& mark, std::string_view text) {
  FileHandle file(::open(mark.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666),
                  mark);
  if (!file.isOpen()) {
    throwFileError("create", mark, errno);
  }
  try {
    file.write(text);
    file.close();
  } catch (const Error&) {
    ::unlink(mark.c_str());
    throw;
  }
}

// Its bytes cannot have changed since then without a later time.
bool isUnchangedSince(const std::string& archive, const struct stat& mark) {
  struct stat content {};
  if (::lstat(archive.c_str(), &content) != 0 || !S_ISREG(content.st_mode)) {
    return false;
  }
  const auto orderOf = [](const timespec& time) { return std::tuple(time.tv_sec, time.tv_nsec); };
  return orderOf(content.st_ctim) <= orderOf(mark.st_mtim);
}

}  // namespace

void markIncomplete(const std::string& archive) {
  writeMark(markOf(archive), {});
}

void markDamaged(const std::string& archive, const std::string& damage) {
  writeMark(markOf(archive), damage);
}

void markComplete(const std::string& archive) {
  const std::string mark = markOf(archive);
  if (::unlink(mark.c_str()) != 0 && errno != ENOENT) {
    throwFileError("remove", mark, errno);
  }
}

bool isMarkedIncomplete(const std::string& archive) {
  struct stat mark {};
  if (::lstat(markOf(archive).c_str(), &mark) != 0) {
    return false;
  }
  const auto damage = damageMarkOf(archive);
  return !damage || damage->isCurrent;
}

std::optional<DamageMark> damageMarkOf(const std::string& archive) {
  constexpr std::size_t most = 300;
  const std::string mark = markOf(archive);
  FileHandle file(::open(mark.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), mark);
  struct stat information {};
  if (!file.isOpen() || ::fstat(file.descriptor(), &information) != 0 ||
      !S_ISREG(information.st_mode) || information.st_size == 0) {
    return std::nullopt;
  }
  std::string text(most, '\0');
  text.resize(file.read(text.data(), text.size()));
  return DamageMark{printable(text.substr(0, text.find('\n')), most),
                    isUnchangedSince(archive, information)};
}

}  // namespace wsferry::tool
