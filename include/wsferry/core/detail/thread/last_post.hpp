#pragma once

#include <asio/post.hpp>
#include <utility>

namespace wsferry {

/// Posts what a destructor leaves to do, which may not throw. False without memory even for this:
/// `function` was destroyed instead, and what it would have ended ends by its deadlines, or with
/// the thread that it runs on.
template <class Executor, class Function>
bool postLast(const Executor& executor, Function function) noexcept {
  try {
    asio::post(executor, std::move(function));
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace wsferry
