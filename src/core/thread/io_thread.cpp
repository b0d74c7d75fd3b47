#include "core/thread/io_thread.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <asio/error.hpp>
#include <asio/ssl/error.hpp>
#include <atomic>
#include <chrono>
#include <exception>
#include <future>
#include <iterator>
#include <mutex>
#include <new>
#include <thread>
#include <utility>
#include <vector>

namespace wsferry {
namespace {

// How long an exiting process waits for threads that are about to end.
constexpr std::chrono::seconds exitPatience{2};

// Enough to tell everybody who waits that it is over; untouched it is an address only.
constexpr std::size_t reserveSize = std::size_t{256} << 10;

// Until its handler is told again of an exception that it had no memory for.
constexpr std::chrono::milliseconds untoldPause{20};

thread_local bool onIoThread = false;

}  // namespace

/// A thread from its start until it is joined.
class RunningThread {
 public:
  explicit RunningThread(std::shared_ptr<asio::io_context> context)
      : context_(std::move(context)),
        ended_(end_.get_future().share()),
        thread_([this] { run(); }) {}

  /// The thread ends by itself, sooner or later.
  void expectEnd() { endExpected_ = true; }
  bool isEndExpected() const { return endExpected_; }

  /// Nobody waits for the thread.
  void abandon() { abandoned_ = true; }

  /// Whether joining it, which is nobody's business else, would not wait.
  bool isLeftToJoin() const { return abandoned_ && hasEndedWithin(std::chrono::seconds(0)); }

  void waitForEnd() const { std::shared_future<void>(ended_).wait(); }
  bool hasEndedWithin(std::chrono::milliseconds patience) const {
    return std::shared_future<void>(ended_).wait_for(patience) == std::future_status::ready;
  }

  void onException(std::function<void(const std::exception_ptr&)> handler) {
    onException_ = std::move(handler);
  }

  /// What waits to run on it is not run any more.
  void stop() { context_->stop(); }

  void join() { thread_.join(); }
  bool isThisThread() const { return thread_.get_id() == std::this_thread::get_id(); }

 private:
  void run() {
    onIoThread = true;
    while (!runToTheEnd()) {
    }
    end_.set_value();
  }

  // Memory may be what is missing, for the end of what runs here as well: then its handler throws,
  // and is told again, until it has had what it needs.
  bool runToTheEnd() {
    try {
      if (!untold_) {
        context_->run();
        return true;
      }
      context_->run_for(untoldPause);
      if (context_->stopped() || endExpected_) {
        return true;  // What is not told yet is destroyed with the context.
      }
    } catch (...) {
      if (!onException_) {
        std::terminate();
      }
      untold_ = untold_ ? untold_ : std::current_exception();
    }
    tell();
    return false;
  }

  void tell() {
    // Of two attempts each has more memory than before.
    for (std::unique_ptr<char[]>* const reserve : {&reserve_, &lastReserve_}) {
      reserve->reset();
      try {
        onException_(untold_);
        untold_ = nullptr;
        reserve_.reset(new (std::nothrow) char[reserveSize]);  // If it can be had.
        return;
      } catch (const std::bad_alloc&) {
        continue;
      } catch (...) {
        untold_ = nullptr;  // Said in the header.
        return;
      }
    }
  }

  // Not destroyed by its own thread: somebody who posted to it may not have returned yet.
  std::shared_ptr<asio::io_context> context_;
  std::atomic<bool> endExpected_{false};
  std::atomic<bool> abandoned_{false};
  std::function<void(const std::exception_ptr&)> onException_;
  std::exception_ptr untold_;
  std::unique_ptr<char[]> reserve_ = std::unique_ptr<char[]>(new char[reserveSize]);
  std::unique_ptr<char[]> lastReserve_ = std::unique_ptr<char[]>(new char[reserveSize]);
  std::promise<void> end_;
  std::shared_future<void> ended_;
  std::thread thread_;  // Last, because it uses the rest.
};

namespace {

/// All threads of this kind. Lives as long as the process, because IoThreads may be destroyed by
/// static destructors in any order.
class RunningThreads {
 public:
  static RunningThreads& instance() {
    static auto* const threads = new RunningThreads;
    static const WaitAtExit waitAtExit;
    return *threads;
  }

  std::shared_ptr<RunningThread> start(std::shared_ptr<asio::io_context> context) {
    joinAbandoned();
    auto thread = std::make_shared<RunningThread>(std::move(context));
    const std::lock_guard lock(mutex_);
    threads_.push_back(thread);
    isInUse() = true;
    return thread;
  }

  /// Whether there ever was a thread. Needs no construction.
  static std::atomic<bool>& isInUse() {
    static std::atomic<bool> inUse{false};
    return inUse;
  }

  void stopAll() {
    awaitAll([](RunningThread& thread) {
      thread.stop();
      return true;
    });
  }

  void join(const std::shared_ptr<RunningThread>& thread) {
    // Known until then, for a process that exits meanwhile.
    thread->waitForEnd();
    if (take(thread)) {
      thread->join();
    }
  }

 private:
  using Threads = std::vector<std::shared_ptr<RunningThread>>;

  struct WaitAtExit {
    ~WaitAtExit() {
      instance().awaitAll([](const RunningThread& thread) { return thread.isEndExpected(); });
    }
  };

  bool take(const std::shared_ptr<RunningThread>& thread) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find(threads_.begin(), threads_.end(), thread);
    if (found == threads_.end()) {
      return false;
    }
    threads_.erase(found);
    return true;
  }

  void joinAbandoned() {
    Threads ended;
    {
      const std::lock_guard lock(mutex_);
      const auto firstEnded =
          std::partition(threads_.begin(), threads_.end(),
                         [](const auto& thread) { return !thread->isLeftToJoin(); });
      std::move(firstEnded, threads_.end(), std::back_inserter(ended));
      threads_.erase(firstEnded, threads_.end());
    }
    for (const auto& thread : ended) {
      thread->join();
    }
  }

  template <class IsAwaited>
  void awaitAll(IsAwaited isAwaited) {
    // Another process has no threads of this one, and may have its lock.
    if (process_.isOther()) {
      return;
    }
    // Kept for good: a thread may not end, and a context's destruction may wait for a name lookup.
    auto* const awaited = new Threads;
    {
      const std::lock_guard lock(mutex_);
      const auto firstAwaited =
          std::partition(threads_.begin(), threads_.end(),
                         [&](const auto& thread) { return !isAwaited(*thread); });
      std::move(firstAwaited, threads_.end(), std::back_inserter(*awaited));
      threads_.erase(firstAwaited, threads_.end());
    }
    keepForEver(std::shared_ptr<const void>(awaited));
    const auto deadline = std::chrono::steady_clock::now() + exitPatience;
    for (const auto& thread : *awaited) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          deadline - std::chrono::steady_clock::now());
      // A handler on this very thread may have called exit().
      if (!thread->isThisThread() && thread->hasEndedWithin(left)) {
        thread->join();
      }
    }
  }

  const ProcessMark process_;
  std::mutex mutex_;
  Threads threads_;
};

/// Made before the static objects of programs and destroyed after them: nobody needs the threads
/// then that still run, for objects that are never destroyed, and what they use goes next.
class LastAtExit {
 public:
  LastAtExit() {
    asio::error::get_addrinfo_category();
    asio::error::get_misc_category();
    asio::error::get_netdb_category();
    asio::error::get_ssl_category();
    asio::ssl::error::get_stream_category();
    // Whoever initialises OpenSSL first decides that it is not cleaned up at exit.
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
    // Once it could not be made for lack of memory, OpenSSL 3.0 uses it all the same, and crashes.
    OSSL_LIB_CTX_get0_global_default();
#endif
  }
  ~LastAtExit() {
    if (RunningThreads::isInUse()) {
      RunningThreads::instance().stopAll();
    }
  }
};

#if defined(__GNUC__) && !defined(__APPLE__)
__attribute__((init_priority(101)))
#endif
const LastAtExit lastAtExit;

}  // namespace

IoThread::IoThread()
    : context_(std::make_shared<asio::io_context>(1)),
      work_(context_->get_executor()),
      running_(RunningThreads::instance().start(context_)) {}

IoThread::~IoThread() {
  end();
}

void IoThread::expectEnd() {
  running_->expectEnd();
}

void IoThread::onException(std::function<void(const std::exception_ptr&)> handler) {
  running_->onException(std::move(handler));
}

void IoThread::stop() {
  running_->stop();
}

bool IoThread::end() {
  if (!running_) {
    return true;
  }
  running_->expectEnd();
  work_.reset();
  if (onIoThread) {
    running_->abandon();
  } else {
    RunningThreads::instance().join(running_);
  }
  running_.reset();
  return !onIoThread;
}

}  // namespace wsferry
