#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <memory>
#include <thread>

namespace wsferry {

/// An io_context with a thread that runs it. Its end may come on any thread, its own included.
///
/// Who posts to the context from another thread must hold the IoThread meanwhile.
class IoThread {
 public:
  IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;
  ~IoThread();

  asio::io_context& context() { return *context_; }

  /// Lets the thread end when the context has no more work, and waits for that. On a thread of this
  /// kind it does not wait, as it would for itself: such a thread is joined when another one is
  /// made or when the process exits. The destructor does this at the latest.
  void end();

 private:
  std::shared_ptr<asio::io_context> context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::shared_ptr<class ThreadEnd> end_;
  std::thread thread_;
};

}  // namespace wsferry
