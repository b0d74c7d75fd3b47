#include "strapi/dispatch/upgrade_refusal.hpp"

#include <string>

#include "core/websocket/upgrade.hpp"
#include "wsferry/core/detail/net/http_response.hpp"

namespace wsferry::strapi {
namespace {

std::string redirectMeaning(const Url& url, const ErrorInfo& info) {
  const std::string target = redirectTarget(url, headerOf(info, "Location"));
  const std::string redirected = "It redirects to \"" + target + "\", which is not followed, ";
  const std::size_t transfer = target.find("/transfer/runner/");
  return transfer == std::string::npos
             ? redirected +
                   "and which is not a transfer endpoint: it may be a login page of a proxy in "
                   "front of Strapi, or another site."
             : redirected + "because the token would go along: if you trust it, give the URL \"" +
                   target.substr(0, transfer) + "\".";
}

// Strapi's transfers are at /admin, also where the admin panel has another path.
bool isBelowAdmin(const Url& url) {
  return url.target.find("/admin/transfer/runner/") != std::string::npos;
}

std::string meaningOfRefusal(const Url& url, TransferKind kind, const ErrorInfo& info) {
  switch (info.httpStatus) {
    case 200:
      return "Something answered that is not Strapi's transfer endpoint, such as a web page: give "
             "the admin URL, which usually ends in /admin, and check what a proxy does with "
             "upgrades.";
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return redirectMeaning(url, info);
    case 401:
      if (equalsIgnoringCase(headerOf(info, "WWW-Authenticate").substr(0, 5), "Basic")) {
        return "Something in front of Strapi, such as a proxy, requires a user name and a password "
               "(Basic authentication), and Strapi requires its token. Both need the one "
               "Authorization header, so the proxy must let the transfer's path through without a "
               "password.";
      }
      return "The transfer token is missing, unknown or expired: create one in Strapi under "
             "Settings > Transfer Tokens. API tokens do not work here.";
    case 403:
      return "The transfer token does not allow " + std::string(toString(kind)) +
             "ing: create one of type " + (kind == TransferKind::push ? "Push" : "Pull") +
             " or Full access.";
    case 404:
      return "There is no transfer endpoint at this address: " +
             std::string(isBelowAdmin(url) ? "" : "the URL does not end in /admin, ") +
             "remote transfer is switched off (server.transfer.remote.enabled), or a proxy removes "
             "the Upgrade header.";
    case 500:
      return "Strapi failed to check the token: admin.transfer.token.salt (TRANSFER_TOKEN_SALT) is "
             "not configured on the server, or its database does not answer, as on SQLite while "
             "another push is running.";
    case 501:
    case 502:
    case 503:
    case 504:
      return "A proxy in front of Strapi does not pass on WebSockets, or Strapi is not running. "
             "Try again " +
             retryTime(headerOf(info, "Retry-After")) + ".";
    default:
      return {};
  }
}

}  // namespace

void explainRefusal(const std::error_code& error, const Url& url, TransferKind kind,
                    ErrorInfo& info) {
  const std::string known = meaningOfRefusal(url, kind, info);
  if (!known.empty() && error != Errc::proxyRefused) {
    info.message = url.display() + " answered with status " + std::to_string(info.httpStatus) +
                   " instead of opening the transfer. " + known;
  }
}

}  // namespace wsferry::strapi
