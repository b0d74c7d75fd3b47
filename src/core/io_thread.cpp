#include "core/io_thread.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>
#include <vector>

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

/// The threads whose IoThread is gone. Lives as long as the process, because IoThreads may be
/// destroyed by static destructors in any order.
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
    context->run();
    end->reach();
  });
}

IoThread::~IoThread() {
  work_.reset();
  EndingThreads::instance().add({std::move(thread_), end_, context_});
}

}  // namespace wsferry
