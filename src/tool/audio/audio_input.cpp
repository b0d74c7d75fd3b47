// POSIX: poll, so that waiting for a microphone can be ended.
#include "tool/audio/audio_input.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

constexpr std::chrono::milliseconds longestPoll{60'000};

// What is not there was named wrongly, as an archive that is not there.
[[noreturn]] void fail(const std::string& name) {
  throw Error(errno == ENOENT || errno == ENOTDIR ? Errc::invalidOption : Errc::fileFailed,
              "cannot read the audio from " + name + ": " + std::generic_category().message(errno));
}

// 0 once it is over.
int pollTimeout(TimePoint until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), longestPoll).count());
}

}  // namespace

AudioInput::AudioInput(const std::string& path)
    : path_(path), name_(path == "-" ? "standard input" : path) {
  if (path == "-" && isatty(STDIN_FILENO) != 0) {
    throw Error(Errc::invalidOption,
                "standard input is a terminal: pipe audio into it, as from a recorder");
  }
  file_ = path == "-" ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                      : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::array<int, 2> ends{-1, -1};
  struct stat status {};
  if (file_ < 0 || fstat(file_, &status) != 0 || pipe2(ends.data(), O_CLOEXEC) != 0) {
    const int error = errno;
    close(file_);
    errno = error;
    fail(name_);
  }
  stopped_ = ends[0];
  stop_ = ends[1];
  if (S_ISDIR(status.st_mode)) {
    closeAll();
    throw Error(Errc::invalidOption, name_ + " is a folder: give the name of a file in it");
  }
  if (S_ISREG(status.st_mode)) {
    const off_t begin = std::max<off_t>(lseek(file_, 0, SEEK_CUR), 0);
    size_ = static_cast<std::uint64_t>(std::max<off_t>(status.st_size - begin, 0));
  }
}

AudioInput::~AudioInput() {
  closeAll();
}

void AudioInput::closeAll() const {
  for (const int descriptor : {file_, stopped_, stop_}) {
    close(descriptor);
  }
}

std::string AudioInput::read(std::size_t size) {
  return readBefore(size, TimePoint::max()).value_or(std::string());
}

void AudioInput::fill(std::string& bytes, std::size_t size, Duration gathering) {
  if (bytes.empty()) {
    bytes = read(size);
  }
  const TimePoint deadline = Clock::now() + gathering;
  while (!bytes.empty() && bytes.size() < size) {
    const auto more = readBefore(size - bytes.size(), deadline);
    if (!more || more->empty()) {
      break;
    }
    bytes += *more;
  }
}

void AudioInput::requireOther(const std::string& output) const {
  const bool isStandardOutput = output.empty() || output == "-";
  struct stat read {};
  struct stat written {};
  const bool isThere =
      isStandardOutput ? fstat(STDOUT_FILENO, &written) == 0 : stat(output.c_str(), &written) == 0;
  // What is no regular file is not replaced.
  if (isThere && fstat(file_, &read) == 0 && S_ISREG(read.st_mode) &&
      read.st_dev == written.st_dev && read.st_ino == written.st_ino) {
    throw Error(Errc::invalidOption, "the results would overwrite the audio that is read from " +
                                         name_ + ": use another -o");
  }
}

// Nothing once the deadline has passed, and after stop(); empty at the end.
std::optional<std::string> AudioInput::readBefore(std::size_t size, TimePoint deadline) {
  std::array<pollfd, 2> waited{pollfd{file_, POLLIN, 0}, pollfd{stopped_, POLLIN, 0}};
  for (;;) {
    if (poll(waited.data(), waited.size(), pollTimeout(deadline)) < 0 && errno != EINTR) {
      fail(name_);
    }
    if (waited[1].revents != 0) {
      return std::nullopt;
    }
    if (waited[0].revents != 0) {
      if (auto bytes = readWhatIsThere(size)) {
        return bytes;
      }
    }
    if (Clock::now() >= deadline) {
      return std::nullopt;
    }
  }
}

std::string AudioInput::readRest(std::size_t size, TimePoint deadline) {
  struct stat status {};
  if (fstat(file_, &status) != 0 || !(S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode))) {
    return {};
  }
  for (;;) {
    pollfd waited{file_, POLLIN, 0};
    const int ready = poll(&waited, 1, pollTimeout(deadline));
    if (ready < 0 && errno != EINTR) {
      fail(name_);
    }
    if (ready > 0) {
      if (auto bytes = readWhatIsThere(size)) {
        return *std::move(bytes);
      }
    }
    if (Clock::now() >= deadline) {
      return {};
    }
  }
}

// Nothing if there is nothing yet; empty at the end.
std::optional<std::string> AudioInput::readWhatIsThere(std::size_t size) {
  std::string bytes(size, '\0');
  const ssize_t count = ::read(file_, bytes.data(), bytes.size());
  if (count >= 0) {
    bytes.resize(static_cast<std::size_t>(count));
    read_ += bytes.size();
    return bytes;
  }
  if (errno != EINTR && errno != EAGAIN) {
    fail(name_);
  }
  return std::nullopt;
}

// What a recorder may still say counts as more audio.
bool AudioInput::isAtEnd() {
  pollfd waited{file_, POLLIN, 0};
  char byte = 0;
  return poll(&waited, 1, 0) > 0 && ::read(file_, &byte, 1) == 0;
}

bool AudioInput::waitUntil(TimePoint when) {
  for (;;) {
    const int timeout = pollTimeout(when);
    if (isStopped(timeout)) {
      return false;
    }
    if (timeout == 0) {
      return true;
    }
  }
}

void AudioInput::stop() {
  const char any = 0;
  // The pipe can only be full if it was written to before.
  [[maybe_unused]] const ssize_t written = write(stop_, &any, 1);
}

bool AudioInput::isStopped(int timeoutMilliseconds) {
  pollfd waited{stopped_, POLLIN, 0};
  return poll(&waited, 1, timeoutMilliseconds) > 0;
}

}  // namespace wsferry::tool
