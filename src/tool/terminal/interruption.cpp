// POSIX: signals.
#include "tool/terminal/interruption.hpp"

#include <poll.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <asio/use_future.hpp>
#include <csignal>
#include <string>
#include <utility>

#include "tool/report/exit_code.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

// By nohup, or by a shell for what it runs in the background.
bool isIgnored(int number) {
  struct sigaction action {};
  return sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t caughtSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    sigaddset(&signals, number);
  }
  return signals;
}

[[noreturn]] void endProcess() {
  _exit(static_cast<int>(ExitCode::interrupted));
}

}  // namespace

Interruption::Interruption() {
  // Both then are errors of write(), which unwind and clean up as others do.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    if (!isIgnored(number)) {
      signals_.add(number);
    }
  }
  awaitSignal();
  const sigset_t caught = caughtSignals();
  // On another thread a signal would end a read of the terminal early, and what is read then looks
  // like an answer. Threads that start later inherit this.
  pthread_sigmask(SIG_BLOCK, &caught, &maskBefore_);
  thread_ = std::thread([this, caught] {
    pthread_sigmask(SIG_UNBLOCK, &caught, nullptr);
    context_.run();
  });
}

Interruption::~Interruption() {
  context_.stop();
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &maskBefore_, nullptr);
}

void Interruption::awaitSignal() {
  signals_.async_wait([this](const std::error_code& error, int) {
    if (!error) {
      awaitSignal();
      onSignal();
    }
  });
}

void Interruption::onSignal() {
  if (!current_) {
    if (!requested_) {
      endProcess();
    }
    // What is removed and told after the first one.
    current_ = Work{[] {}, {}, {}};
    awaitEnd();
    return;
  }
  if (requested_.exchange(true)) {
    giveUpGoodOrder();
  } else {
    tellStopping();
    cancelWork();
  }
}

// What is being done ends at once where nobody is to be waited for.
void Interruption::tellStopping() const {
  const Patience& patience = current_->patience;
  const bool isInGoodOrder = patience.goodOrder != std::chrono::milliseconds::zero();
  pollfd error{STDERR_FILENO, POLLOUT, 0};
  if (!isAcknowledged_ || (!isInGoodOrder && patience.end == std::chrono::milliseconds::zero()) ||
      ::poll(&error, 1, 0) != 1 || (error.revents & POLLOUT) == 0) {
    return;
  }
  const std::string line = "\nwsferry: stopping" +
                           (isInGoodOrder ? ", and waiting for the server's answer, for up to " +
                                                std::to_string(patience.goodOrder.count() / 1'000) +
                                                " s; a second signal stops waiting\n"
                                          : std::string("; a second signal ends this at once\n"));
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

void Interruption::acknowledge() {
  runOnSignalThread([this] { isAcknowledged_ = true; });
}

void Interruption::cancelWork() {
  current_->cancel();
  if (current_->patience.goodOrder == std::chrono::milliseconds::zero()) {
    awaitEnd();
    return;
  }
  limit_.expires_after(current_->patience.goodOrder);
  limit_.async_wait([this](const std::error_code& error) {
    if (!error && current_) {
      giveUpGoodOrder();
    }
  });
}

void Interruption::giveUpGoodOrder() {
  current_->cancel();
  // A further signal must not move the end.
  if (current_->patience.goodOrder != std::chrono::milliseconds::zero() &&
      !std::exchange(ending_, true)) {
    awaitEnd();
  }
}

void Interruption::awaitEnd() {
  limit_.expires_after(current_->patience.end);
  limit_.async_wait([this](const std::error_code& error) {
    if (error || !current_) {
      return;
    }
    if (current_->lastResort) {
      current_->lastResort();
    }
    endProcess();
  });
}

void Interruption::holdEnd() {
  runOnSignalThread([this] {
    rest_ = Work{[] {}, {}, {}};
    if (!current_) {
      rest();
    }
  });
}

void Interruption::releaseEnd() {
  runOnSignalThread([this] {
    rest_.reset();
    current_.reset();
    limit_.cancel();
  });
}

void Interruption::rest() {
  current_ = rest_;
  if (current_ && requested_) {
    cancelWork();
  }
}

void Interruption::limit(std::chrono::steady_clock::time_point deadline) {
  runOnSignalThread([this, deadline] {
    deadline_.expires_at(deadline);
    deadline_.async_wait([this](const std::error_code& error) {
      if (!error) {
        expired_ = true;
        if (current_) {
          current_->cancel();
        }
      }
    });
  });
}

void Interruption::throwIfRequested() const {
  if (requested_) {
    throw Error(Errc::cancelled, "interrupted");
  }
}

void Interruption::runOnSignalThread(std::function<void()> work) {
  asio::post(context_, asio::use_future(std::move(work))).get();
}

Interruption::Scope::Scope(Interruption& interruption, std::function<void()> cancel,
                           std::function<void()> lastResort, Patience patience)
    : interruption_(interruption) {
  interruption_.runOnSignalThread([this, &cancel, &lastResort, patience] {
    interruption_.current_ = Work{std::move(cancel), std::move(lastResort), patience};
    interruption_.ending_ = false;
    if (interruption_.requested_) {
      interruption_.cancelWork();
    } else if (interruption_.expired_) {
      interruption_.current_->cancel();
    }
  });
}

Interruption::Scope::~Scope() {
  interruption_.runOnSignalThread([this] {
    interruption_.limit_.cancel();
    interruption_.ending_ = false;
    interruption_.rest();
  });
}

}  // namespace wsferry::tool
