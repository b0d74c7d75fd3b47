#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/dispatch.hpp>
#include <asio/post.hpp>
#include <memory>
#include <utility>

#include "wsferry/core/completion.hpp"

namespace wsferry {

/// Begins an asynchronous call of an object that lives on `executor`: runs `start(object,
/// completion)` there, and for per-operation cancellation `cancel(object, type)`, as long as the
/// object lives. Call it before the initiating call returns.
template <class Object, class... Args, class Start, class Cancel>
void startCall(const asio::any_io_executor& executor, const std::shared_ptr<Object>& object,
               Completion<Args...> completion, Start start, Cancel cancel) {
  completion.onCancel(
      [executor, weak = std::weak_ptr(object), cancel](asio::cancellation_type type) {
        if (const auto held = weak.lock()) {
          asio::post(executor, [held, cancel, type] { cancel(*held, type); });
        }
      });
  asio::dispatch(executor,
                 [object, completion = std::move(completion), start = std::move(start)]() mutable {
                   start(*object, std::move(completion));
                 });
}

}  // namespace wsferry
