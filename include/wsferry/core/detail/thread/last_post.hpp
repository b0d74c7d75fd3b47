#pragma once

#include <asio/post.hpp>
#include <utility>

namespace wsferry {

/// Posts the rest of a destructor's work, and must not throw. False if there is no memory even for
/// this: `function` was destroyed instead, and what it would have ended ends by its deadlines, or
/// with the thread that it runs on.
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
