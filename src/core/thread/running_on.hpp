#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/io_context.hpp>
#include <asio/strand.hpp>

namespace wsferry {

/// Whether what the executor is given cannot run before this thread returns from the handler that
/// it is in: the thread runs the executor's io_context, or holds its strand. Who would wait here
/// for the executor might wait for ever. Another executor's threads are not known.
inline bool isRunningOn(const asio::any_io_executor& executor) {
  using ContextExecutor = asio::io_context::executor_type;
  if (const auto* context = executor.target<ContextExecutor>()) {
    return context->running_in_this_thread();
  }
  if (const auto* strand = executor.target<asio::strand<ContextExecutor>>()) {
    return strand->get_inner_executor().running_in_this_thread();
  }
  if (const auto* strand = executor.target<asio::strand<asio::any_io_executor>>()) {
    return strand->running_in_this_thread() || isRunningOn(strand->get_inner_executor());
  }
  return false;
}

}  // namespace wsferry
