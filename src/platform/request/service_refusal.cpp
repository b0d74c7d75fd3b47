#include "platform/request/service_refusal.hpp"

#include <tuple>
#include <utility>

#include "wsferry/core/detail/error/passing.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/gateway/detail/messages/error_reader.hpp"
#include "wsferry/http/http_error.hpp"
#include "wsferry/platform/platform_error.hpp"

namespace wsferry::platform {

std::string sentence(std::string text) {
  if (!text.empty() && text.back() != '.' && text.back() != '?') {
    text += '.';
  }
  return text;
}

std::error_code codeOfRefusal(const std::error_code& error, int status) {
  return error == http::HttpErrc::statusRefused && isPassingStatus(status)
             ? make_error_code(PlatformErrc::unavailable)
             : error;
}

ServiceRefusal serviceRefusal(const http::Response& response,
                              const std::vector<std::string>& secrets, const std::string& wanted,
                              const std::string& service) {
  ServiceRefusal refusal;
  std::tie(refusal.error, refusal.info) = http::statusError(response, secrets);
  ErrorInfo& info = refusal.info;
  const int status = response.head.status;
  if (auto words = gateway::readErrorBody(gateway::Profile(), info.httpBody)) {
    refusal.response = std::move(*words);
    info.remoteCode = refusal.response.internalErrorName;
    info.remoteMessage = refusal.response.message;
    // A proxy's 404 may be JSON, too, and has no such name.
    const bool isServices = refusal.error == Errc::notFound && !info.remoteCode.empty();
    if (isServices) {
      refusal.error = PlatformErrc::streamNotFound;
    }
    info.message =
        (isServices ? info.address + " answered 404: " + service + " has no such thing."
                    : sentence(info.message)) +
        " It says: " + printable(refusal.response.title + ": " + refusal.response.message, 500);
  }
  if (status < 300) {
    refusal.error = PlatformErrc::invalidAnswer;
    info.message = info.address + " answered " + std::to_string(status) + ", and not with " +
                   wanted + ". Is that the URL of " + service + "?";
  } else {
    refusal.error = codeOfRefusal(refusal.error, status);
  }
  return refusal;
}

}  // namespace wsferry::platform
