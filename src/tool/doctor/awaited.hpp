#pragma once

#include <asio/io_context.hpp>
#include <optional>
#include <tuple>
#include <utility>

#include "wsferry/core/error.hpp"

namespace wsferry::tool {

/// Starts an asynchronous call by `start(handler)`, runs the context until the handler is called,
/// and gives what it was called with. The call has to have a deadline.
template <class... Results, class Start>
std::tuple<Results...> awaited(asio::io_context& context, Start start) {
  std::optional<std::tuple<Results...>> results;
  start([&results](Results... values) { results.emplace(std::move(values)...); });
  context.restart();
  while (!results) {
    if (context.run_one() == 0) {
      throw Error(Errc::invalidState, "A check ended without a result");
    }
  }
  return std::move(*results);
}

}  // namespace wsferry::tool
