#include "core/io_thread.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <asio/error.hpp>
#include <asio/ssl/error.hpp>
#include <atomic>
#include <iterator>
#include <mutex>
#include <vector>

#include "wsferry/core/error.hpp"

namespace wsferry {

/// Tells that a thread will do nothing more, so that joining it does not wait.
class ThreadEnd {
 public:
  void reach() { reached_.store(true, std::memory_order_release); }
  bool isReached() const { return reached_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> reached_{false};
};

namespace {

thread_local bool onIoThread = false;

/// The threads that end and that nobody waits for yet. Lives as long as the process, because
/// IoThreads may be destroyed by static destructors in any order.
class EndingThreads {
 public:
  struct Entry {
    std::thread thread;
    std::shared_ptr<ThreadEnd> end;
    // Not destroyed by its own thread: somebody who posted to it may not have returned yet.
    std::shared_ptr<asio::io_context> context;
  };

  static EndingThreads& instance() {
    static auto* const threads = new EndingThreads;
    static const bool prepared = prepareForExit();
    static_cast<void>(prepared);
    static const JoinAtExit joinAtExit;
    return *threads;
  }

  void add(Entry entry) {
    {
      const std::unique_lock lock(mutex_);
      if (!exiting_) {
        entries_.push_back(std::move(entry));
        return;
      }
    }
    join(entry);
  }

  void joinEnded() {
    std::vector<Entry> ended;
    {
      const std::unique_lock lock(mutex_);
      const auto firstEnded =
          std::partition(entries_.begin(), entries_.end(),
                         [](const Entry& entry) { return !entry.end->isReached(); });
      std::move(firstEnded, entries_.end(), std::back_inserter(ended));
      entries_.erase(firstEnded, entries_.end());
    }
    for (auto& entry : ended) {
      entry.thread.join();
    }
  }

 private:
  // What the threads use is destroyed at exit after they are joined if it is made before.
  static bool prepareForExit() {
    asio::error::get_addrinfo_category();
    asio::error::get_misc_category();
    asio::error::get_netdb_category();
    asio::error::get_ssl_category();
    asio::ssl::error::get_stream_category();
    errorCategory();
    errorConditionCategory();
    return OPENSSL_init_ssl(0, nullptr) == 1;
  }

  struct JoinAtExit {
    ~JoinAtExit() { instance().joinAll(); }
  };

  void joinAll() {
    std::vector<Entry> all;
    {
      const std::unique_lock lock(mutex_);
      exiting_ = true;
      all.swap(entries_);
    }
    for (auto& entry : all) {
      join(entry);
    }
  }

  static void join(Entry& entry) {
    if (entry.thread.get_id() == std::this_thread::get_id()) {
      // A handler on this very thread has called exit(): it cannot be waited for, and its context
      // has to stay.
      entry.thread.detach();
      static const auto kept = new std::vector<std::shared_ptr<asio::io_context>>;
      kept->push_back(entry.context);
    } else {
      entry.thread.join();
    }
  }

  std::mutex mutex_;
  std::vector<Entry> entries_;
  bool exiting_ = false;
};

}  // namespace

IoThread::IoThread()
    : context_(std::make_shared<asio::io_context>(1)),
      work_(context_->get_executor()),
      end_(std::make_shared<ThreadEnd>()) {
  EndingThreads::instance().joinEnded();
  thread_ = std::thread([context = context_.get(), end = end_] {
    onIoThread = true;
    context->run();
    end->reach();
  });
}

IoThread::~IoThread() {
  end();
}

void IoThread::end() {
  if (!thread_.joinable()) {
    return;
  }
  work_.reset();
  if (onIoThread) {
    EndingThreads::instance().add({std::move(thread_), end_, context_});
  } else {
    thread_.join();
  }
}

}  // namespace wsferry
