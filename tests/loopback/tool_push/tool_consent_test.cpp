// A pseudo-terminal: POSIX.
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/push_server.hpp"

using namespace support;

namespace {

/// The tool with a terminal for its standard streams. A process in between leads the session, and
/// writes behind the tool's end how that was: when a leader ends, the system drops what the
/// terminal has yet to show.
class TerminalSession {
 public:
  explicit TerminalSession(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), WSFERRY_TOOL_PATH);
    std::vector<char*> pointers;
    for (std::string& argument : arguments) {
      pointers.push_back(argument.data());
    }
    pointers.push_back(nullptr);
    pid_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
    if (pid_ < 0) {
      throw std::runtime_error("forkpty");
    }
    if (pid_ == 0) {
      ::clearenv();  // The user's configuration is none of the test's.
      ::setenv("STRAPI_TRANSFER_TOKEN", "testing-token", 1);
      ::setenv("TERM", "xterm", 1);
      lead(pointers.data());
    }
  }

  ~TerminalSession() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(terminal_);
  }
  TerminalSession(const TerminalSession&) = delete;
  TerminalSession& operator=(const TerminalSession&) = delete;

  bool readUntil(const std::string& text) {
    while (shown_.find(text) == std::string::npos) {
      if (!readMore()) {
        return false;
      }
    }
    return true;
  }

  void type(const std::string& text) {
    if (::write(terminal_, text.data(), text.size()) < 0) {
      throw std::runtime_error("write");
    }
  }

  int wait() {
    if (!readUntil(endMark)) {
      throw std::runtime_error("the terminal is gone");
    }
    const std::size_t status = shown_.find(endMark) + 1;
    while (shown_.find('\n', status) == std::string::npos && readMore()) {
    }
    return std::stoi(shown_.substr(status));
  }

  const std::string& shown() const { return shown_; }

 private:
  static constexpr const char* endMark = "\x1e";

  [[noreturn]] static void lead(char* const* arguments) {
    const pid_t tool = ::fork();
    if (tool == 0) {
      ::execv(arguments[0], arguments);
      ::_exit(127);
    }
    for (const int number : {SIGINT, SIGTERM}) {
      ::signal(number, SIG_IGN);
    }
    int status = 0;
    ::waitpid(tool, &status, 0);
    ::dprintf(STDOUT_FILENO, "%s%d\n", endMark,
              WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status));
    for (;;) {
      ::pause();  // Until the session's owner kills it.
    }
  }

  bool readMore() {
    constexpr int longestSilence = 60'000;
    pollfd shows{terminal_, POLLIN, 0};
    if (::poll(&shows, 1, longestSilence) <= 0) {
      return false;
    }
    char buffer[4096];
    const ssize_t count = ::read(terminal_, buffer, sizeof buffer);
    if (count > 0) {
      shown_.append(buffer, static_cast<std::size_t>(count));
    }
    return count > 0;
  }

  int terminal_ = -1;
  pid_t pid_ = -1;
  std::string shown_;
};

}  // namespace

TEST_CASE("on a terminal the destination's host and port have to be typed") {
  const TemporaryFolder folder;
  const std::string archive = sampleArchive(folder);
  PushServer destination(folder);
  TerminalSession session({"push", archive, destination.url()});
  REQUIRE(session.readUntil("to go on: "));
  const std::string answer = "127.0.0.1:" + std::to_string(destination.server().port());
  CHECK(session.shown().find("deletes: ") != std::string::npos);
  SECTION("the right one pushes") {
    CHECK(session.shown().find("host and port, " + answer + ", to go on: ") != std::string::npos);
    session.type(answer + "\n");
    CHECK(session.wait() == 0);
    CHECK(destination.server().log().commits == 1);
  }
  SECTION("another does not") {
    // All servers of one machine have that host.
    const std::string other = GENERATE("yes", "127.0.0.1");
    session.type(other + "\n");
    CHECK(session.wait() == 6);
    CHECK(destination.server().log().commits == 0);
    CHECK_FALSE(std::filesystem::exists(destination.result()));
  }
  SECTION("nor does the end of the input") {
    session.type("\x04");
    CHECK(session.wait() == 6);
    CHECK(destination.server().log().commits == 0);
  }
  SECTION("a signal ends it") {
    session.type("\x03");
    CHECK(session.wait() == 130);
    CHECK(session.shown().find("interrupted; nothing was changed") != std::string::npos);
    CHECK(destination.server().log().commits == 0);
  }
}

TEST_CASE("what is asked for is shown even to those who want quiet") {
  const TemporaryFolder folder;
  const std::string archive = sampleArchive(folder);
  PushServer destination(folder);
  TerminalSession session({"push", archive, destination.url(), "--quiet"});
  REQUIRE(session.readUntil("to go on: "));
  const std::size_t plan = session.shown().find("deletes: ");
  REQUIRE(plan != std::string::npos);
  CHECK(session.shown().find("deletes: ", plan + 1) == std::string::npos);
  session.type("127.0.0.1:" + std::to_string(destination.server().port()) + "\n");
  CHECK(session.wait() == 0);
}

TEST_CASE("nobody is asked while the standard output is for programs") {
  const TemporaryFolder folder;
  const std::string archive = sampleArchive(folder);
  PushServer destination(folder);
  TerminalSession session({"push", archive, destination.url(), "--json"});
  CHECK(session.wait() == 6);
  CHECK(destination.server().log().commits == 0);
}
