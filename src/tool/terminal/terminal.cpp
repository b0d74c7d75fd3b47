// POSIX: isatty and the terminal's size.
#include "tool/terminal/terminal.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "tool/terminal/printable_text.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

bool isDumb() {
  const char* value = std::getenv("TERM");
  return value != nullptr && std::string_view(value) == "dumb";
}

std::size_t widthOf(int descriptor) {
  winsize size{};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

Terminal terminalAt(int descriptor, std::ostream& stream) {
  Terminal terminal{stream};
  terminal.live = isatty(descriptor) != 0 && !isDumb();
  terminal.refresh = std::chrono::seconds(1);
  terminal.width = [descriptor] { return widthOf(descriptor); };
  return terminal;
}

}  // namespace

void occupyStandardDescriptors() {
  for (const int wanted : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(wanted, F_GETFD) >= 0) {
      continue;
    }
    // The other direction, so that using it is an error. The lowest free number is this one.
    const int flags = wanted == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (open("/dev/null", flags) != wanted) {
      throw Error(Errc::fileFailed, "/dev/null cannot be opened");
    }
  }
}

Terminal standardError() {
  return terminalAt(STDERR_FILENO, std::cerr);
}

Terminal standardOutput() {
  return terminalAt(STDOUT_FILENO, std::cout);
}

void printNote(const std::string& text) {
  std::cerr << "note: " << printable(text) << '\n';
}

bool outputsMayMeet() {
  struct stat output {};
  struct stat error {};
  if (fstat(STDOUT_FILENO, &output) != 0 || fstat(STDERR_FILENO, &error) != 0) {
    return false;
  }
  const bool isOne = output.st_dev == error.st_dev && output.st_ino == error.st_ino;
  return isOne || (isatty(STDERR_FILENO) != 0 && !S_ISREG(output.st_mode));
}

bool standardOutputIsTerminal() {
  return isatty(STDOUT_FILENO) != 0;
}

bool canAskOnTerminal() {
  return isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0;
}

std::optional<std::string> askOnTerminal(const std::string& question) {
  if (!canAskOnTerminal()) {
    return std::nullopt;
  }
  std::cerr << question << std::flush;
  std::string line;
  std::getline(std::cin, line);
  const std::size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string::npos) {
    return std::string();
  }
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace wsferry::tool
