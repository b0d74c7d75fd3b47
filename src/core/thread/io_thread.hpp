#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <exception>
#include <functional>
#include <memory>

#include "wsferry/core/detail/thread/process_mark.hpp"
#include "wsferry/export.hpp"

namespace wsferry {

/// An io_context with a thread that runs it. Its end may come on any thread, its own included.
///
/// Who posts to the context from another thread must hold the IoThread meanwhile. A process that
/// exits, by a return from main() or by std::exit(), waits some seconds for threads that are about
/// to end; those whose users live on run on, for destructors of static objects that need them, and
/// are stopped after these. A handler that an exception leaves does not end the thread. In a
/// process that was forked off there is no thread: an IoThread must not be destroyed there.
class WSFERRY_API IoThread {
 public:
  IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;
  ~IoThread();

  asio::io_context& context() { return *context_; }

  /// Takes what handlers throw, on the thread, which then runs on; without it they end the process.
  /// To be called before the context has work. A handler that throws std::bad_alloc is called again
  /// with more memory, which was kept for it, and then every 20 ms until it succeeds or the thread
  /// is to end; what else it throws is dropped.
  void onException(std::function<void(const std::exception_ptr&)> handler);

  /// This is another process, which was forked off.
  bool isOfOtherProcess() const { return process_.isOther(); }

  /// The thread's user begins to go: it is about to end. Not concurrently with end(), or after it.
  void expectEnd();

  /// Handlers that wait to run there no longer run, and are destroyed with the context: for a user
  /// that needs none of them, or has no memory to end them itself.
  void stop();

  /// Lets the thread end when the context has no more work, and waits for that. On such a thread
  /// itself it does not wait: the thread is joined when another one is created or when the process
  /// exits. The destructor does this at the latest. Returns whether the thread has ended.
  bool end();

 private:
  std::shared_ptr<asio::io_context> context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::shared_ptr<class RunningThread> running_;  ///< Until end().
  ProcessMark process_;
};

}  // namespace wsferry
