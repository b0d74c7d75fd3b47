#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <system_error>
#include <utility>

#include "wsferry/core/completion.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/core/websocket_options.hpp"
#include "wsferry/export.hpp"

namespace wsferry {

/// What was seen of a WebSocket that was opened only as a test.
struct UpgradeTrial {
  /// The fastest of some pings; nothing if the server answered none.
  std::optional<std::chrono::nanoseconds> roundTrip;

  /// What ended the connection before the pings were answered.
  std::error_code ended;
};

namespace detail {

WSFERRY_API void startTrial(asio::io_context& context, const Url& url,
                            const WebSocketOptions& options,
                            Completion<std::error_code, ErrorInfo, UpgradeTrial> completion);

}  // namespace detail

/// Opens a WebSocket, pings it, and closes it: no message is sent.
///  - Runs on `context`, which one thread runs and which must outlive the call.
///  - Signature: `void(std::error_code, ErrorInfo, UpgradeTrial)`.
///  - Completes within connectTimeout, twice handshakeTimeout, and closeTimeout of the options
///    together.
///  - Errors: those of WebSocketClient::connect().
///  - Cancellation is not supported.
template <class Token>
auto tryUpgrade(asio::io_context& context, const Url& url, const WebSocketOptions& options,
                Token&& token) {
  return detail::initiate<std::error_code, ErrorInfo, UpgradeTrial>(
      context.get_executor(),
      [&context, url, options](auto completion) {
        detail::startTrial(context, url, options, std::move(completion));
      },
      std::forward<Token>(token));
}

}  // namespace wsferry
