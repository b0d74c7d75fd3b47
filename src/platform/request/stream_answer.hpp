#pragma once

#include <string>
#include <system_error>
#include <vector>

#include "wsferry/core/error.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/http/response.hpp"

namespace wsferry::platform {

/// A service's answer that is to be a stream.
struct StreamAnswer {
  std::error_code error;
  ErrorInfo info;
  gateway::StreamMetadata stream;
};

/// Reads the Stream object of an answer (stream-gateway protocol section 6.3). `service` is what
/// was asked, as "the HTTP Gateway". `isNeeded`: an answer without one is an error.
StreamAnswer readStreamAnswer(const http::Response& response,
                              const std::vector<std::string>& secrets, const std::string& service,
                              bool isNeeded = true);

}  // namespace wsferry::platform
