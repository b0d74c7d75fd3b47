#pragma once

#include <asio/io_context.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "wsferry/core/completion.hpp"
#include "wsferry/core/upgrade_trial.hpp"
#include "wsferry/core/websocket_options.hpp"
#include "wsferry/export.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

namespace detail {

WSFERRY_API void startTransferTrial(
    asio::io_context& context, const std::string& adminUrl, TransferKind kind,
    const WebSocketOptions& options,
    Completion<std::error_code, ErrorInfo, UpgradeTrial> completion);

}  // namespace detail

/// Asks whether a server would open a transfer: opens its WebSocket and closes it, without a
/// message of the protocol. A server checks the token and its scope before it answers the upgrade
/// (protocol section 1), and a push changes nothing before its first messages.
///  - As tryUpgrade(), except that a refused upgrade is explained in terms of Strapi.
///  - Further errors: Errc::invalidUrl for `adminUrl`.
template <class Token>
auto tryTransfer(asio::io_context& context, std::string_view adminUrl, TransferKind kind,
                 const WebSocketOptions& options, Token&& token) {
  return wsferry::detail::initiate<std::error_code, ErrorInfo, UpgradeTrial>(
      context.get_executor(),
      [&context, adminUrl = std::string(adminUrl), kind, options](auto completion) {
        detail::startTransferTrial(context, adminUrl, kind, options, std::move(completion));
      },
      std::forward<Token>(token));
}

}  // namespace wsferry::strapi
