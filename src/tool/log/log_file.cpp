// POSIX: appending, and to what.
#include "tool/log/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <string_view>
#include <utility>

#include "core/file/file_error.hpp"
#include "tool/terminal/utc_text.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

std::string lineStart() {
  return utcText(std::time(nullptr), "%Y-%m-%dT%H:%M:%SZ") + " [" + std::to_string(::getpid()) +
         "] ";
}

[[noreturn]] void refuseLog(const std::string& path, const std::string& why) {
  throw Error(Errc::invalidOption, "--log-file " + path + " is no log: " + why);
}

// Not one that waits for a reader. What may wait for other reasons, a terminal, may do so later.
FileHandle openLog(const std::string& path) {
  FileHandle file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666),
      path);
  const int error = errno;
  struct stat information {};
  const bool isKnown = ::stat(path.c_str(), &information) == 0;
  // Of devices there are /dev/null and terminals.
  if (isKnown && !S_ISREG(information.st_mode) && !S_ISCHR(information.st_mode)) {
    refuseLog(path, "it is neither a file nor a terminal");
  }
  if (!file.isOpen()) {
    throwFileError("open the log file", path, error);
  }
  ::fcntl(file.descriptor(), F_SETFL, O_APPEND);
  return file;
}

// Whether a log's line begins here.
bool beginsLine(std::string_view text) {
  constexpr std::string_view form = "0000-00-00T00:00:00Z [";
  return text.size() >= form.size() &&
         std::equal(form.begin(), form.end(), text.begin(), [](char expected, char c) {
           return expected == '0' ? c >= '0' && c <= '9' : c == expected;
         });
}

// A log that somebody has cut may begin in the middle of a line.
bool hasLogLine(std::string_view text) {
  for (;;) {
    if (beginsLine(text)) {
      return true;
    }
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return false;
    }
    text.remove_prefix(end + 1);
  }
}

// A name mistyped for that of an archive, a token or a configuration must not cost that file. What
// may only be written to is not looked at.
void requireLog(const std::string& path) {
  FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), path);
  struct stat information {};
  if (!file.isOpen() || ::fstat(file.descriptor(), &information) != 0 ||
      !S_ISREG(information.st_mode)) {
    return;
  }
  std::array<char, 65'536> start{};
  const std::size_t size = file.read(start.data(), start.size());
  if (size != 0 && !hasLogLine({start.data(), size})) {
    refuseLog(path, "it holds something else, without a line of a log");
  }
}

}  // namespace

class LogFile::Lines final : public std::streambuf {
 public:
  explicit Lines(FileHandle file) : file_(std::move(file)) {}

  const std::string& failure() const { return failure_; }

  void end() {
    if (!line_.empty()) {
      add('\n');
    }
  }

 protected:
  int_type overflow(int_type c) override {
    if (!traits_type::eq_int_type(c, traits_type::eof())) {
      add(traits_type::to_char_type(c));
    }
    return traits_type::not_eof(c);
  }

  std::streamsize xsputn(const char* text, std::streamsize size) override {
    for (const char c : std::string_view(text, static_cast<std::size_t>(size))) {
      add(c);
    }
    return size;
  }

 private:
  void add(char c) {
    if (c != '\n') {
      line_ += c;
      return;
    }
    // The work goes on without a log: it matters more.
    if (!line_.empty() && failure_.empty()) {
      try {
        file_.write(lineStart() + line_ + "\n");
      } catch (const Error& error) {
        failure_ = error.info().message;
      }
    }
    line_.clear();
  }

  FileHandle file_;
  std::string line_;
  std::string failure_;
};

LogFile::LogFile(const std::string& path) : stream_(nullptr) {
  lines_ = std::make_unique<Lines>(openLog(path));
  requireLog(path);
  stream_.rdbuf(lines_.get());
}

LogFile::~LogFile() {
  lines_->end();
}

const std::string& LogFile::failure() const {
  return lines_->failure();
}

}  // namespace wsferry::tool
