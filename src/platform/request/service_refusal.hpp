#pragma once

#include <string>
#include <system_error>
#include <vector>

#include "wsferry/core/error.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/http/response.hpp"

namespace wsferry::platform {

/// Why a service has not answered with what was asked for.
struct ServiceRefusal {
  std::error_code error;
  ErrorInfo info;
  gateway::ErrorResponse response;  ///< The service's own words, where it gave any.
};

/// `wanted` is what it should be, as "results"; `service` what is asked, as "the Egress Service".
ServiceRefusal serviceRefusal(const http::Response& response,
                              const std::vector<std::string>& secrets, const std::string& wanted,
                              const std::string& service);

/// The code of a refused request by its status: PlatformErrc::unavailable where that may pass and
/// `error`, as http::statusError() gives it, says no more.
std::error_code codeOfRefusal(const std::error_code& error, int status);

/// The text with a full stop.
std::string sentence(std::string text);

}  // namespace wsferry::platform
