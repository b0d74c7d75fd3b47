#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <memory>

namespace wsferry {

/// An io_context with a thread that runs it. Its end may come on any thread, its own included.
///
/// Who posts to the context from another thread must hold the IoThread meanwhile. A process that
/// exits, by a return from main() or by std::exit(), waits some seconds for threads that are about
/// to end; those whose users live on run on, for destructors of static objects that need them.
class IoThread {
 public:
  IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;
  ~IoThread();

  asio::io_context& context() { return *context_; }

  /// The thread's user begins to go: it is about to end. Not concurrently with end(), or after it.
  void expectEnd();

  /// Lets the thread end when the context has no more work, and waits for that. On a thread of this
  /// kind it does not wait, as it would for itself: such a thread is joined when another one is
  /// made or when the process exits. The destructor does this at the latest.
  void end();

 private:
  std::shared_ptr<asio::io_context> context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::shared_ptr<class RunningThread> running_;  ///< Until end().
};

}  // namespace wsferry
