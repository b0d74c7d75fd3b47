// POSIX: signals.
#include "tool/commands/interruption.hpp"

#include <unistd.h>

#include <asio/post.hpp>
#include <asio/use_future.hpp>
#include <csignal>
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
  if (!scoped_) {
    endProcess();
  }
  if (requested_.exchange(true)) {
    giveUpGoodOrder();
  } else {
    cancelWork();
  }
}

void Interruption::cancelWork() {
  cancel_();
  if (patience_.goodOrder == std::chrono::milliseconds::zero()) {
    awaitEnd();
    return;
  }
  limit_.expires_after(patience_.goodOrder);
  limit_.async_wait([this](const std::error_code& error) {
    if (!error && scoped_) {
      giveUpGoodOrder();
    }
  });
}

void Interruption::giveUpGoodOrder() {
  cancel_();
  // A further signal must not move the end.
  if (patience_.goodOrder != std::chrono::milliseconds::zero() && !std::exchange(ending_, true)) {
    awaitEnd();
  }
}

void Interruption::awaitEnd() {
  limit_.expires_after(patience_.end);
  limit_.async_wait([this](const std::error_code& error) {
    if (error || !scoped_) {
      return;
    }
    if (lastResort_) {
      lastResort_();
    }
    endProcess();
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
    interruption_.patience_ = patience;
    interruption_.cancel_ = std::move(cancel);
    interruption_.lastResort_ = std::move(lastResort);
    interruption_.scoped_ = true;
    interruption_.ending_ = false;
    if (interruption_.requested_) {
      interruption_.cancelWork();
    }
  });
}

Interruption::Scope::~Scope() {
  interruption_.runOnSignalThread([this] {
    interruption_.scoped_ = false;
    interruption_.limit_.cancel();
    interruption_.cancel_ = nullptr;
    interruption_.lastResort_ = nullptr;
  });
}

}  // namespace wsferry::tool
