#pragma once

#include <csignal>
#include <ctime>

namespace wsferry::http {

/// No SIGPIPE reaches the process from this thread meanwhile: OpenSSL writes to a socket that
/// libcurl gives it without saying so to the system, and what the program does with the signal is
/// its own.
class SigpipeBlock {
 public:
  SigpipeBlock() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    wasPending_ = sigismember(&pending, SIGPIPE) == 1;
    if (!wasPending_) {
      pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
  }
  SigpipeBlock(const SigpipeBlock&) = delete;
  SigpipeBlock& operator=(const SigpipeBlock&) = delete;
  ~SigpipeBlock() {
    if (!wasPending_) {
      const timespec none{};
      sigtimedwait(&pipe_, nullptr, &none);
      pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
  }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool wasPending_ = false;
};

}  // namespace wsferry::http
