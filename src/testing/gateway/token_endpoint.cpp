#include "testing/gateway/token_endpoint.hpp"

#include "testing/gateway/gateway_request.hpp"
#include "wsferry/core/detail/json/json_string.hpp"

namespace wsferry::testing {
namespace {

constexpr const char* tokenJson = "application/json";

std::string refuseToken(int status, std::string_view error, std::string_view description) {
  return httpResponse(status, status == 401 ? "Unauthorized" : "Bad Request", tokenJson,
                      R"({"error":)" + encodeJsonString(error) + R"(,"error_description":)" +
                          encodeJsonString(description) + "}");
}

std::string grantToken(const HttpRequest& request, const GatewayServerOptions& options) {
  if (request.method != "POST") {
    return httpResponse(405, "Method Not Allowed", "text/plain", "POST a form");
  }
  if (request.header("Content-Type").find("application/x-www-form-urlencoded") != 0) {
    return refuseToken(400, "invalid_request", "The body is no form");
  }
  const FormFields form = formFields(request.body);
  if (valueOf(form, "grant_type") != "client_credentials") {
    return refuseToken(400, "unsupported_grant_type", "Unsupported grant_type");
  }
  if (options.clientId.empty() || valueOf(form, "client_id") != options.clientId ||
      valueOf(form, "client_secret") != options.clientSecret) {
    return refuseToken(401, "invalid_client", "Invalid client or Invalid client credentials");
  }
  return httpResponse(200, "OK", tokenJson,
                      R"({"access_token":)" + encodeJsonString(options.bearerToken) +
                          R"(,"expires_in":)" +
                          std::to_string(options.tokenLifetime.count() / 1000) +
                          R"(,"refresh_expires_in":0,"token_type":"Bearer"})");
}

}  // namespace

std::string answerTokenRequest(const HttpRequest& request, const GatewayServerOptions& options,
                               WebSocketPeer& peer) {
  const TokenFault& fault = options.tokenFault;
  switch (fault.kind) {
    case TokenFault::Kind::refusal:
      return httpResponse(fault.httpStatus, "Refused", tokenJson, fault.error);
    case TokenFault::Kind::html:
      return httpResponse(fault.httpStatus, "Page", "text/html",
                          "<html><title>Sign in</title></html>");
    case TokenFault::Kind::answer:
      return httpResponse(200, "OK", tokenJson, fault.answer);
    case TokenFault::Kind::silence:
      peer.freeze();
      return {};
    case TokenFault::Kind::disconnect:
      return {};
    case TokenFault::Kind::none:
      break;
  }
  return grantToken(request, options);
}

}  // namespace wsferry::testing
