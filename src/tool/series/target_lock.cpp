// POSIX: locks, and who has them.
#include "tool/series/target_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "tool/report/tool_error.hpp"
#include "tool/series/series_archive.hpp"
#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/utc_text.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

// One that leads nowhere is told by who writes there.
std::string placeOf(const NameTemplate& target) {
  std::string place = target.folder() + withoutSlashes(target.name());
  try {
    return archive::followLink(place);
  } catch (const Error&) {
    return place;
  }
}

// `1234 on host, started 2026-11-29 01:45:30 UTC`
std::string introduction() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) {
    host = {};
  }
  return std::to_string(::getpid()) + (host.front() == '\0' ? "" : " on ") + host.data() +
         ", started " + utcText(std::time(nullptr), "%Y-%m-%d %H:%M:%S UTC") + "\n";
}

bool isStillNamed(const FileHandle& file, const std::string& path) {
  struct stat open {};
  struct stat named {};
  return ::fstat(file.descriptor(), &open) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

}  // namespace

TargetLock::TargetLock(const NameTemplate& target, std::function<void(const std::string&)> tell)
    : target_(target),
      place_(placeOf(target)),
      tell_(std::move(tell)),
      path_(archive::companionPath(place_, ".lock")) {
  Attempt attempt = Attempt::again;
  // Again, if who had it removes the file in that moment.
  while (attempt == Attempt::again) {
    attempt = take();
  }
  if (attempt == Attempt::done) {
    introduce();
    removeLostMarks();
  } else if (const int error = errno; attempt == Attempt::impossible) {
    const bool hasNone =
        error == ENOLCK || error == EOPNOTSUPP || error == ENOSYS || error == EINVAL;
    tell_((hasNone ? std::string("the file system has no locks")
                   : "cannot lock " + path_ + ": " + std::generic_category().message(error)) +
          ": nothing keeps a second run from " + target_.folder() + target_.name());
  }
}

TargetLock::~TargetLock() {
  if (file_.isOpen()) {
    ::unlink(path_.c_str());  // Before the lock ends, so that nobody has it meanwhile.
  }
}

std::vector<archive::AbandonedPart> TargetLock::leftovers() const {
  if (!isHeld()) {
    return {};
  }
  return archive::claimAbandonedParts(folderOf(path_),
                                      [this](std::string_view part) { return isPart(part); });
}

bool TargetLock::isPart(std::string_view part) const {
  const std::string name = archive::nameInParts(place_);
  if (part == name) {
    return true;
  }
  // What the name of a part was cut by says nothing of the target: that of any time will do.
  std::tm any{};
  any.tm_mday = 1;
  const std::string whole = target_.path({}, any);
  const std::string example = withoutSlashes(whole.substr(target_.folder().size()));
  const std::string cut = archive::nameInParts(example);
  const bool isCut = part.size() == cut.size() && cut.size() < example.size();
  return target_.match(std::string(part) + (isCut ? example.substr(cut.size()) : "")).has_value();
}

// Those of a run that was killed before its archive got the name.
void TargetLock::removeLostMarks() const {
  constexpr std::string_view ending = ".incomplete";
  std::error_code error;
  std::filesystem::directory_iterator entries(folderOf(path_), error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::string mark = entries->path().filename().string();
    if (!startsWith(mark, ".") || !endsWith(mark, ending) || mark.size() < 2 + ending.size()) {
      continue;
    }
    const std::string name = mark.substr(1, mark.size() - 1 - ending.size());
    const std::string archive = (entries->path().parent_path() / name).string();
    if (target_.match(name) && !identityOf(archive)) {
      ::unlink(entries->path().c_str());
    }
  }
}

void TargetLock::removeLeftovers() const {
  std::vector<archive::AbandonedPart> removed = leftovers();
  remove(removed);
  if (!removed.empty()) {
    tell_("removed leftovers of a killed run: " + leftoversText(removed));
  }
}

void TargetLock::remove(std::vector<archive::AbandonedPart>& parts) const {
  const auto left = std::stable_partition(
      parts.begin(), parts.end(), [](const auto& part) { return archive::removeTree(part.path); });
  std::vector<archive::AbandonedPart> stay(std::make_move_iterator(left),
                                           std::make_move_iterator(parts.end()));
  parts.erase(left, parts.end());
  if (!stay.empty()) {
    tell_("cannot remove all leftovers of an earlier run: " + leftoversText(stay));
  }
}

std::string leftoversText(const std::vector<archive::AbandonedPart>& parts) {
  const std::string& first = parts.front().path;
  return first.substr(first.rfind('/') + 1) +
         (parts.size() == 1 ? "" : " and " + std::to_string(parts.size() - 1) + " more");
}

// Impossible with errno. Made or found, one after the other: only who has made the file may remove
// it without a lock, and one that was found and is gone was another run's, while a folder that
// takes no file fails the same way each time.
TargetLock::Attempt TargetLock::take() {
  constexpr int flags = O_CLOEXEC | O_NOFOLLOW;
  FileHandle file(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | flags, 0666), path_);
  const bool isMade = file.isOpen();
  if (!isMade && errno != EEXIST) {
    const bool isNoFolder = errno == ENOENT || errno == EROFS || errno == EACCES;
    return isNoFolder ? Attempt::notThere : Attempt::impossible;
  }
  if (!isMade) {
    file = FileHandle(::open(path_.c_str(), O_RDWR | flags), path_);
    if (!file.isOpen() && (errno == EACCES || errno == EROFS)) {  // It may be another user's.
      file = FileHandle(::open(path_.c_str(), O_RDONLY | flags), path_);
    }
  }
  if (!file.isOpen()) {
    return errno == ENOENT ? Attempt::again : Attempt::impossible;
  }
  if (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      refuse(file);
    }
    const int error = errno;
    if (isMade) {
      ::unlink(path_.c_str());
    }
    errno = error;
    return Attempt::impossible;
  }
  if (!isStillNamed(file, path_)) {
    return Attempt::again;
  }
  file_ = std::move(file);
  return Attempt::done;
}

// A killed run's words may stand there. It is for people only, so a full disk is no matter.
void TargetLock::introduce() {
  const std::string text = introduction();
  if (::ftruncate(file_.descriptor(), 0) != 0 ||
      ::write(file_.descriptor(), text.data(), text.size()) < 0) {
    errno = 0;
  }
}

void TargetLock::refuse(const FileHandle& file) const {
  std::array<char, 400> text{};
  const ssize_t size = ::pread(file.descriptor(), text.data(), text.size(), 0);
  const std::string_view words(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::string who = printable(words.substr(0, words.find('\n')));
  throw Error(ToolErrc::targetBusy, "another run is working on " + target_.folder() +
                                        target_.name() +
                                        (who.empty() ? std::string() : ": process " + who));
}

}  // namespace wsferry::tool
