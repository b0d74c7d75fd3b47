// POSIX: isatty and the terminal's size.
#include "terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace wsferry::tool {

namespace {

bool isSet(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

bool isDumb() {
  const char* value = std::getenv("TERM");
  return value != nullptr && std::string_view(value) == "dumb";
}

}  // namespace

Terminal standardError() {
  Terminal terminal{std::cerr};
  terminal.live = isatty(STDERR_FILENO) != 0 && !isDumb() && !isSet("NO_COLOR");
  terminal.refresh = std::chrono::seconds(1);
  winsize size{};
  if (terminal.live && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.columns = size.ws_col;
  }
  return terminal;
}

bool standardOutputIsTerminal() {
  return isatty(STDOUT_FILENO) != 0;
}

}  // namespace wsferry::tool
