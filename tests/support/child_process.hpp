#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace support {

/// A child process whose standard output is a pipe and whose standard error is a file. Ended by
/// force if it still runs at destruction.
class ChildProcess {
 public:
  /// `input` is its standard input, a descriptor of the caller's; -1: it has none.
  ChildProcess(const std::vector<std::string>& arguments, const std::vector<std::string>& variables,
               std::string errorFile, int input = -1)
      : errorFile_(std::move(errorFile)) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
      throw std::system_error(errno, std::generic_category(), "pipe2");
    }
    output_ = ends[0];
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    if (input >= 0) {
      ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    } else {
      ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errorFile_.c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC, 0600);
    // What this process ignores, as under nohup, it would ignore, too.
    sigset_t ignored;
    ::sigemptyset(&ignored);
    for (const int signal : {SIGHUP, SIGINT, SIGTERM}) {
      ::sigaddset(&ignored, signal);
    }
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigdefault(&attributes, &ignored);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    const int error = ::posix_spawn(&pid_, arguments.front().c_str(), &actions, &attributes,
                                    pointers(arguments).data(), pointers(variables).data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (error != 0) {
      ::close(output_);
      throw std::system_error(error, std::generic_category(), arguments.front());
    }
  }

  ~ChildProcess() {
    ::close(output_);
    if (!ended_) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void send(int signal) { ::kill(pid_, signal); }

  /// The next line of standard output; throws at its end.
  std::string readLine() {
    for (;;) {
      const std::size_t end = unread_.find('\n');
      if (end != std::string::npos) {
        std::string line = unread_.substr(0, end);
        unread_.erase(0, end + 1);
        return line;
      }
      if (!readMore()) {
        throw std::runtime_error("the child's output ended: " + unread_ + errors());
      }
    }
  }

  /// What is left of standard output.
  std::string readAll() {
    while (readMore()) {
    }
    return std::exchange(unread_, {});
  }

  /// Standard error so far.
  std::string errors() const {
    std::ifstream file(errorFile_);
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
  }

  /// Waits for its end; the exit code, or 1000 and the signal that ended it.
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    ended_ = true;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }

 private:
  static std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (const std::string& text : texts) {
      result.push_back(const_cast<char*>(text.c_str()));
    }
    result.push_back(nullptr);
    return result;
  }

  bool readMore() {
    char buffer[65536];
    const ssize_t count = ::read(output_, buffer, sizeof buffer);
    if (count > 0) {
      unread_.append(buffer, static_cast<std::size_t>(count));
    }
    return count > 0;
  }

  std::string errorFile_;
  pid_t pid_ = 0;
  int output_ = -1;
  std::string unread_;
  bool ended_ = false;
};

}  // namespace support
