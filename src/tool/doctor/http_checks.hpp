#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "tool/doctor/findings.hpp"
#include "wsferry/core/websocket_options.hpp"
#include "wsferry/http/response.hpp"

namespace wsferry::tool {

/// What a server answered to a request for what every admin panel of Strapi tells of itself.
struct PanelAnswer {
  bool isThere = false;    ///< Any answer at all.
  bool isPanel = false;    ///< That of a Strapi.
  int status = 0;          ///< Of HTTP.
  std::string words;       ///< What it answered in place of that, to follow "it".
  std::string redirected;  ///< Where a redirect leads, in a sentence; empty if it was none.
};

/// Checks http and clock. Sends no token, nor another Authorization, and does not follow redirects.
PanelAnswer checkHttp(asio::io_context& context, const std::string& adminUrl,
                      const WebSocketOptions& options, Findings& findings);

/// What a Date header says of the clocks, if this one showed `now` when the answer was made.
Finding clockFinding(std::string_view date, std::chrono::system_clock::time_point now);

}  // namespace wsferry::tool
