#include "core/websocket/upgrade.hpp"

#include <algorithm>

#include "wsferry/core/detail/request/request_headers.hpp"
#include "wsferry/core/detail/secrets/redaction.hpp"

namespace wsferry {
namespace {

// The entries are not shown: one may be a credential.
void requireSubprotocols(const std::vector<std::string>& entries, bool raw) {
  for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
    const std::string what =
        "Entry " + std::to_string(entry - entries.begin() + 1) + " of the subprotocols";
    requireHeaderValue(*entry, what, "subprotocols");
    if (entry->empty() || entry->find(',') != std::string::npos) {
      throw Error(Errc::invalidOption,
                  what + " is empty or holds a comma, which separates entries; give each by itself")
          .ofOption("subprotocols");
    }
    if (!raw && !std::all_of(entry->begin(), entry->end(), isTokenCharacter)) {
      throw Error(Errc::invalidOption,
                  what +
                      " holds a character that Sec-WebSocket-Protocol does not allow, such as a "
                      "space, = or /. If the server takes it anyway, allow raw subprotocols.")
          .ofOption("subprotocols");
    }
    if (!raw && std::find(entries.begin(), entry, *entry) != entry) {
      throw Error(Errc::invalidOption, what + " repeats an earlier one; leave it out")
          .ofOption("subprotocols");
    }
  }
}

// The engine would make one header of them, joined as a list.
void requireDifferentNames(const RequestHeaders& headers) {
  for (auto header = headers.begin(); header != headers.end(); ++header) {
    if (std::any_of(headers.begin(), header, [&](const auto& earlier) {
          return equalsIgnoringCase(earlier.first, header->first);
        })) {
      throw Error(Errc::invalidOption, "The header " + header->first +
                                           " is given twice, but an upgrade request has each once. "
                                           "If it is a list, give it as one, with commas.")
          .ofOption("headers");
    }
  }
}

// A password that a proxy asks for, where the header for it is taken by a token.
bool asksForPassword(const HttpResponse& answer) {
  return equalsIgnoringCase(answer.header("WWW-Authenticate").substr(0, 5), "Basic");
}

bool isPlainHttpToTlsPort(const HttpResponse& answer) {
  return answer.status() == 400 && (answer.body().find("HTTPS") != std::string::npos ||
                                    answer.body().find("SSL") != std::string::npos);
}

// What servers refuse in the path of the URL; empty if it does not look like the cause.
std::string refusedPath(const HttpResponse& answer, const Url& url) {
  const std::string path = url.target.substr(0, url.target.find('?'));
  if (path.find("//") != std::string::npos) {
    return "the path of the URL contains //, which this server may refuse: write a single /.";
  }
  return answer.body().find("Malicious Path") == std::string::npos
             ? ""
             : "the server does not accept the path of the URL: look for .. and % in it.";
}

std::string explain(const HttpResponse& answer, const Url& url,
                    const std::vector<std::string>& secrets) {
  switch (answer.status()) {
    case 401:
      return asksForPassword(answer) ? "it, or a proxy on the way, requires a user name and a "
                                       "password (Basic), or different ones."
                                     : "no credentials were given, or they are wrong or expired.";
    case 403:
      return "the credentials lack the permission for it.";
    case 404:
      return "the path of the URL is wrong, the feature behind it is switched off, or a proxy on "
             "the way removed the Upgrade header.";
    case 200:
      return "this address answers ordinary requests only: the path of the URL is wrong, or a "
             "proxy on the way removed the Upgrade header.";
    case 400:
    case 426:
      if (!url.secure && isPlainHttpToTlsPort(answer)) {
        return "this port speaks TLS: use an https or wss URL.";
      }
      if (std::string cause = refusedPath(answer, url); !cause.empty()) {
        return cause;
      }
      return "the server did not see a WebSocket upgrade. A proxy on the way may have removed the "
             "Upgrade header.";
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return "the server redirects to \"" +
             redirectTarget(url, blankSecrets(answer.header("Location"), secrets)) +
             "\". Redirects are not followed: use that address if you trust it.";
    case 407:
      return "a proxy on the way requires authentication.";
    case 429:
      return "too many requests. Try again " +
             retryTime(blankSecrets(answer.header("Retry-After"), secrets)) + ".";
    default:
      break;
  }
  return answer.status() >= 500
             ? "the server, or a proxy in front of it, failed or is not ready. Try again " +
                   retryTime(blankSecrets(answer.header("Retry-After"), secrets)) +
                   ", and check its log."
             : "the server refuses the WebSocket.";
}

Errc refusalCode(int status) {
  switch (status) {
    case 401:
      return Errc::notAuthenticated;
    case 403:
      return Errc::notAuthorized;
    case 404:
      return Errc::notFound;
    default:
      return Errc::upgradeRefused;
  }
}

}  // namespace

std::string redirectTarget(const Url& url, std::string_view location) {
  std::string target =
      printable(withoutUserInfo(location.substr(0, location.find_first_of("?#"))), 200);
  if (target.find("://") != std::string::npos) {
    return target;
  }
  if (target.compare(0, 2, "//") == 0) {
    return url.scheme + ":" + target;
  }
  std::string path = url.target.substr(0, url.target.find('?'));
  if (!target.empty() && target.front() != '/') {
    target.insert(0, path.substr(0, path.rfind('/') + 1));
  }
  return url.scheme + "://" + url.authority() + (target.empty() ? path : target);
}

WebSocketEngine::Request makeUpgradeRequest(const Url& url, const WebSocketOptions& options) {
  WebSocketEngine::Request request;
  request.url = (url.secure ? "wss://" : "ws://") + url.authority() + url.target;
  requireSubprotocols(options.subprotocols, options.rawSubprotocols);
  request.subprotocols = options.subprotocols;
  request.headers = requestHeaders(
      options, {"Host", "Upgrade", "Connection", "Content-Length", "Transfer-Encoding",
                "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol",
                "Sec-WebSocket-Extensions", "Sec-WebSocket-Accept", "Expect"});
  requireDifferentNames(request.headers);
  requireGuardedCredentials(url, options);
  return request;
}

std::string headWithoutBody(std::string_view head) {
  std::string kept;
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, std::min(end + 2, head.size()));
    const std::string_view name = trimmed(line.substr(0, std::min(line.find(':'), line.size())));
    if (!equalsIgnoringCase(name, "Content-Length") &&
        !equalsIgnoringCase(name, "Transfer-Encoding")) {
      kept += line;
    }
    head.remove_prefix(line.size());
  }
  return kept;
}

std::string findUpgradeProblem(const HttpResponse& answer, const Url& url,
                               const WebSocketOptions& options) {
  if (answer.isVersion10()) {
    return "it is HTTP/1.0, which has no upgrades. A proxy on the way may be old, or set to 1.0";
  }
  if (!answer.header("Sec-WebSocket-Extensions").empty()) {
    return "it uses an extension that was not requested";
  }
  const auto chosen = answer.header("Sec-WebSocket-Protocol");
  const auto& offered = options.subprotocols;
  if (!chosen.empty() && std::find(offered.begin(), offered.end(), chosen) == offered.end()) {
    return "it chose the subprotocol \"" +
           printable(blankSecrets(chosen, secretsOf(url, options)), 100) +
           "\", which was not requested";
  }
  if (chosen.empty() && options.requireSubprotocol) {
    return "it chose no subprotocol, but one is required";
  }
  return {};
}

std::pair<Errc, ErrorInfo> describeRefusal(const HttpResponse& answer, const Url& url,
                                           const WebSocketOptions& options) {
  const std::vector<std::string> secrets = secretsOf(url, options);
  ErrorInfo info;
  info.message = url.display() + " answered " + answer.statusText(secrets) +
                 " instead of opening a WebSocket: " + explain(answer, url, secrets);
  describeAnswer(answer, secrets, info);
  return {refusalCode(answer.status()), std::move(info)};
}

}  // namespace wsferry
