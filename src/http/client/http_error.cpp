#include "wsferry/http/http_error.hpp"

#include <algorithm>

#include "wsferry/core/detail/error/error_table.hpp"
#include "wsferry/core/detail/error/never_destroyed.hpp"
#include "wsferry/core/detail/net/http_response.hpp"
#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/whole_number.hpp"
#include "wsferry/http/detail/client/redirect_rule.hpp"

namespace wsferry::http {
namespace {

constexpr std::size_t keptBody = std::size_t{64} << 10;

constexpr ErrorRow errorRows[] = {
    {HttpErrc::redirectRefused, "redirectRefused", "a redirect that is not followed",
     ErrorCondition::connection},
    {HttpErrc::privateAddress, "privateAddress", "an address that is not public",
     ErrorCondition::safety},
    {HttpErrc::statusRefused, "statusRefused", "the server refused the request",
     ErrorCondition::remote},
    {HttpErrc::filesDiffer, "filesDiffer", "files differ over the socket", ErrorCondition::data},
};
static_assert(coversAll(errorRows, HttpErrc::filesDiffer));

const ErrorTable& httpErrorTable() noexcept {
  static const NeverDestroyed<ErrorTable> category("wsferry.http", errorRows);
  return *category;
}

std::error_code codeOfStatus(int status) {
  switch (status) {
    case 401:
      return Errc::notAuthenticated;
    case 403:
      return Errc::notAuthorized;
    case 404:
    case 410:
      return Errc::notFound;
    case 407:
      return Errc::proxyRefused;
    default:
      return RedirectRule::isRedirect(status) ? HttpErrc::redirectRefused : HttpErrc::statusRefused;
  }
}

std::string meaningOfStatus(int status, std::string_view retryAfter) {
  switch (status) {
    case 401:
      return ": no credentials were given, or they are wrong or expired.";
    case 403:
      return ": it is forbidden, or the credentials lack the permission for it.";
    case 404:
    case 410:
      return ": there is nothing at this address.";
    case 407:
      return ": a proxy on the way requires authentication.";
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return ". Try again " + retryTime(retryAfter) + ".";
    default:
      return RedirectRule::isRedirect(status) ? ", a redirect, which is not followed." : ".";
  }
}

}  // namespace

std::string_view toString(HttpErrc value) noexcept {
  return httpErrorTable().nameOf(static_cast<int>(value));
}

const std::error_category& httpErrorCategory() noexcept {
  return httpErrorTable();
}

std::error_code make_error_code(HttpErrc value) noexcept {
  return {static_cast<int>(value), httpErrorTable()};
}

std::string_view ResponseHead::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(), [name](const auto& header) {
    return equalsIgnoringCase(header.first, name);
  });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::uint64_t> ResponseHead::contentLength() const {
  return wholeNumber(header("Content-Length"));
}

std::pair<std::error_code, ErrorInfo> statusError(const Response& response,
                                                  const std::vector<std::string>& secrets) {
  const ResponseHead& head = response.head;
  ErrorInfo info;
  info.httpStatus = head.status;
  info.address = head.url.display();
  info.peer = ErrorPeer::remote;
  info.httpHeaders = shownHeaders(head.headers, secrets);
  info.httpBody = blankSecretsWithin(response.body, keptBody, secrets);
  info.message = info.address + " answered " + std::to_string(head.status) +
                 meaningOfStatus(head.status, blankSecrets(head.header("Retry-After"), secrets));
  return {codeOfStatus(head.status), std::move(info)};
}

}  // namespace wsferry::http
