#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "testing/server/http_request.hpp"
#include "wsferry/testing/gateway_server.hpp"

namespace wsferry::testing {

/// Names and values of a query or form, decoded. A plus sign is a blank here, as with many servers:
/// a client that does not encode it is found out.
using FormFields = std::vector<std::pair<std::string, std::string>>;
FormFields formFields(std::string_view text);

/// Those of a request's target.
FormFields queryOf(std::string_view target);

/// The first value of that name; empty without one.
std::string valueOf(const FormFields& fields, std::string_view name);

/// An ErrorResponse (protocol section 6.7) as JSON text.
std::string errorResponse(int statusCode, std::string_view title, std::string_view name,
                          std::string_view message);

/// The HTTP response that refuses an upgrade, or nothing (protocol sections 2 and 3).
std::optional<std::string> upgradeRefusal(const HttpRequest& request,
                                          const GatewayServerOptions& options);

/// Whether one of the values that open the platform is shown in one of the ways that there are
/// (protocol section 3).
bool isLetIn(const HttpRequest& request, const GatewayServerOptions& options);

/// The HTTP answer with an ErrorResponse.
std::string streamRefusal(int status, std::string_view reason, std::string_view name,
                          std::string_view message);

/// What the query asks for (protocol section 4).
struct RequestedStream {
  std::string templateId;
  std::string streamId;
  std::string groupId;
  std::string name;
  bool announced = false;  ///< A CONFIGURATION message follows.
  bool egress = true;
  bool raw = false;
  unsigned webhooks = 0;
  std::string problem;  ///< An ErrorResponse that the stream fails with; empty for none.
};

RequestedStream streamSettings(std::string_view target, const GatewayServerOptions& options);

/// What is wrong with a CONFIGURATION message (protocol section 6.2), as an ErrorResponse; empty if
/// nothing is.
[[nodiscard]] std::string configurationProblem(std::string_view json,
                                               const RequestedStream& settings);

}  // namespace wsferry::testing
