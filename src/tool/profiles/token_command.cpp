#include "tool/profiles/token_command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <system_error>

#include "tool/report/tool_error.hpp"
#include "tool/terminal/interruption.hpp"
#include "wsferry/core/error.hpp"

extern char** environ;

namespace wsferry::tool {

namespace {

constexpr std::size_t longestOutput = std::size_t{64} << 10;
constexpr int lookAgain = 10;         // Milliseconds, for the end of a process that writes nothing.
constexpr Duration timeToEnd{1'000};  // From being asked to being made to.

// No wrong use, which would be the same each time: a password store may be locked for now.
[[noreturn]] void refuseCommand(const std::string& source, const std::string& what) {
  throw Error(ToolErrc::tokenCommandFailed, "the " + source + " " + what);
}

[[noreturn]] void throwInterrupted(const std::string& source) {
  throw Error(Errc::cancelled, "interrupted; the " + source + " was ended");
}

/// Gives a process group the terminal, if it is this one's to give: a background process that asks
/// there for a password would be stopped. Takes it back on destruction.
class TerminalLoan {
 public:
  explicit TerminalLoan(pid_t group) : terminal_(::open("/dev/tty", O_RDWR | O_CLOEXEC)) {
    isLent_ = terminal_ >= 0 && ::tcgetpgrp(terminal_) == ::getpgrp() && give(group);
    if (isLent_) {
      ::kill(-group, SIGCONT);  // It may have asked already.
    }
  }
  ~TerminalLoan() {
    if (isLent_) {
      give(::getpgrp());
    }
    if (terminal_ >= 0) {
      ::close(terminal_);
    }
  }
  TerminalLoan(const TerminalLoan&) = delete;
  TerminalLoan& operator=(const TerminalLoan&) = delete;

  bool isLent() const { return isLent_; }

 private:
  // Who is in the background is stopped for it, unless the signal is blocked.
  bool give(pid_t group) const {
    sigset_t blocked;
    sigset_t before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTTOU);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    const bool isGiven = ::tcsetpgrp(terminal_, group) == 0;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return isGiven;
  }

  const int terminal_;
  bool isLent_ = false;
};

/// A process of this one's in a group of its own, which is ended with all that it has started where
/// it has not ended by itself.
class Child {
 public:
  /// @throws Error
  Child(const std::string& command, const std::string& source) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
      refuseCommand(source, "cannot be run: " + std::generic_category().message(errno));
    }
    output_ = ends[0];
    ::fcntl(output_, F_SETFL, O_NONBLOCK);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // The tool blocks and ignores signals for its own sake.
    sigset_t none;
    sigset_t usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
      sigaddset(&usual, signal);
    }
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    std::string shell = "sh";
    std::string option = "-c";
    std::string text = command;
    char* const arguments[] = {shell.data(), option.data(), text.data(), nullptr};
    const int error =
        ::posix_spawn(&process_, "/bin/sh", &actions, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    ::close(ends[1]);
    if (error != 0) {
      process_ = -1;
      ::close(output_);
      refuseCommand(source, "cannot be run: " + std::generic_category().message(error));
    }
    group_ = process_;
    terminal_.emplace(group_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (process_ > 0) {
      end();
    }
    ::close(output_);
  }

  int output() const { return output_; }

  /// As of waitpid(); nothing as long as it runs.
  std::optional<int> status() {
    int status = 0;
    if (process_ > 0 && ::waitpid(process_, &status, WNOHANG) == process_) {
      process_ = -1;
      status_ = status;
    }
    return status_;
  }

  /// Whether a person ended it: the terminal was its.
  bool wasInterrupted() const {
    return terminal_->isLent() && status_ && WIFSIGNALED(*status_) && WTERMSIG(*status_) == SIGINT;
  }

 private:
  // Another process's number is a group's no longer when kill() finds none of it.
  void end() {
    ::kill(-group_, SIGTERM);
    ::kill(-group_, SIGCONT);
    const TimePoint deadline = Clock::now() + timeToEnd;
    while (!hasGroupEnded()) {
      if (Clock::now() >= deadline) {
        ::kill(-group_, SIGKILL);
        while (process_ > 0 && !status()) {
          ::poll(nullptr, 0, lookAgain);
        }
        return;
      }
      ::poll(nullptr, 0, lookAgain);
    }
  }

  // Or is another user's, and cannot be ended from here.
  bool hasGroupEnded() {
    status();
    return ::kill(-group_, 0) != 0;
  }

  int output_ = -1;
  pid_t process_ = -1;
  pid_t group_ = -1;
  std::optional<TerminalLoan> terminal_;
  std::optional<int> status_;
};

// Adds what is there. False at the end of the output.
bool readAvailable(int descriptor, std::string& output, const std::string& source) {
  for (;;) {
    std::array<char, 4096> buffer{};
    const auto size = ::read(descriptor, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size <= 0) {
      return size < 0 && errno == EAGAIN;
    }
    output.append(buffer.data(), static_cast<std::size_t>(size));
    if (output.size() > longestOutput) {
      refuseCommand(source, "writes more than 64 KB: that is no token");
    }
  }
}

// To the end of the process: what it leaves in the background, such as an agent, may keep its
// output open for long.
std::string readOutput(Child& child, const std::string& source, Duration limit,
                       const std::atomic<bool>& isInterrupted) {
  const TimePoint deadline = Clock::now() + limit;
  std::string output;
  for (bool isOpen = true;;) {
    const bool hasEnded = child.status().has_value();  // Then all that it wrote is there.
    isOpen = isOpen && readAvailable(child.output(), output, source);
    if (hasEnded) {
      return output;
    }
    if (isInterrupted) {
      throwInterrupted(source);
    }
    if (Clock::now() >= deadline) {
      refuseCommand(source,
                    "has not ended within " + std::to_string(limit.count() / 1'000) +
                        " s, and was ended with all that it had started: try it in a shell");
    }
    pollfd ready{isOpen ? child.output() : -1, POLLIN, 0};
    ::poll(&ready, 1, lookAgain);
  }
}

}  // namespace

std::string outputOfTokenCommand(const std::string& command, const std::string& source,
                                 Interruption* interruption, Duration limit) {
  std::atomic<bool> isInterrupted{false};
  std::optional<Interruption::Scope> scope;
  if (interruption != nullptr) {
    scope.emplace(*interruption, [&isInterrupted] { isInterrupted = true; });
  }
  Child child(command, source);
  std::string output = readOutput(child, source, limit, isInterrupted);
  const int status = *child.status();
  if (child.wasInterrupted()) {
    throwInterrupted(source);
  }
  if (WIFSIGNALED(status)) {
    refuseCommand(source, "was ended by signal " + std::to_string(WTERMSIG(status)));
  }
  if (WEXITSTATUS(status) != 0) {
    refuseCommand(source, "failed with exit code " + std::to_string(WEXITSTATUS(status)));
  }
  if (!output.empty() && output.back() == '\n') {
    output.pop_back();
  }
  if (!output.empty() && output.back() == '\r') {
    output.pop_back();
  }
  if (output.empty()) {
    refuseCommand(source, "wrote no token to its standard output");
  }
  return output;
}

}  // namespace wsferry::tool
