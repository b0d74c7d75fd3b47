#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <memory>
#include <thread>

namespace wsferry {

/// An io_context with a thread that runs it. May be destroyed on any thread, its own included:
/// the destructor does not wait, and the thread ends when the context has no more work. Ended
/// threads are joined when another one is made and when the process exits.
///
/// Who posts to the context from another thread must hold the IoThread meanwhile.
class IoThread {
 public:
  IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;
  ~IoThread();

  asio::io_context& context() { return *context_; }

 private:
  std::shared_ptr<asio::io_context> context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::shared_ptr<class ThreadEnd> end_;
  std::thread thread_;
};

}  // namespace wsferry
