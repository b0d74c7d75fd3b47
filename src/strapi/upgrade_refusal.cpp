#include "strapi/upgrade_refusal.hpp"

#include <string>

namespace wsferry::strapi {
namespace {

std::string meaning(int status, TransferKind kind) {
  switch (status) {
    case 200:
      return "Something answered that is not Strapi's transfer endpoint, such as a web page: give "
             "the admin URL, which usually ends in /admin, and check what a proxy does with "
             "upgrades.";
    case 401:
      return "The transfer token is missing, unknown or expired: make one in Strapi under "
             "Settings > Transfer Tokens. API tokens do not work here.";
    case 403:
      return "The transfer token does not allow to " + std::string(toString(kind)) +
             ": make one with the scope " + std::string(toString(kind)) + " or full access.";
    case 404:
      return "There is no transfer endpoint at this address: the URL does not end in the admin "
             "path (usually /admin), remote transfer is switched off "
             "(server.transfer.remote.enabled), or a proxy removes the Upgrade header.";
    case 500:
      return "Strapi failed to check the token: admin.transfer.token.salt (TRANSFER_TOKEN_SALT) is "
             "not configured on the server, or its database does not answer, as on SQLite while "
             "another push is running.";
    case 501:
    case 502:
    case 503:
    case 504:
      return "A proxy in front of Strapi does not pass WebSockets on, or Strapi does not run.";
    default:
      return {};
  }
}

}  // namespace

void explainRefusal(const std::error_code& error, const Url& url, TransferKind kind,
                    ErrorInfo& info) {
  const std::string known = meaning(info.httpStatus, kind);
  if (!known.empty() && error != Errc::proxyRefused) {
    info.message = url.display() + " answered with status " + std::to_string(info.httpStatus) +
                   " instead of opening the transfer. " + known;
  }
}

}  // namespace wsferry::strapi
