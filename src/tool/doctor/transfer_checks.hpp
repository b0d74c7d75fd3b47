#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <system_error>

#include "tool/doctor/findings.hpp"
#include "tool/doctor/http_checks.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/websocket_options.hpp"

namespace wsferry::tool {

/// How a server answered the upgrades of a pull and of a push.
struct TransferAnswers {
  struct One {
    std::error_code error;  ///< Empty: it was opened.
    ErrorInfo info;
  };
  One pull;
  One push;
  std::optional<std::chrono::nanoseconds> roundTrip;
};

/// Asks for both, and changes nothing: the token and its scope are checked before the upgrade is
/// answered, and no message of a transfer follows.
TransferAnswers askForTransfers(asio::io_context& context, const std::string& adminUrl,
                                const WebSocketOptions& options);

/// What the answers say: checks admin, token and upgrade. `missingToken` says what to do where none
/// was given; empty otherwise. Whether the token may pull.
bool judgeTransfers(const TransferAnswers& answers, const PanelAnswer& panel,
                    const std::string& adminUrl, const std::string& missingToken,
                    Findings& findings);

/// What the pings of an open connection say.
Finding pingFinding(const std::optional<std::chrono::nanoseconds>& roundTrip);

}  // namespace wsferry::tool
