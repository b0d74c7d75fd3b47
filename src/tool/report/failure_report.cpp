#include "tool/report/failure_report.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <new>
#include <sstream>
#include <system_error>

#include "tool/report/tool_error.hpp"
#include "tool/terminal/printable_text.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/net/http_response.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/http/http_error.hpp"
#include "wsferry/strapi/transfer_error.hpp"

namespace wsferry::tool {

namespace {

constexpr std::size_t bodyExcerpt = 300;

// The admin URL of the transfer that failed; empty if the failure was at no address of one.
std::string_view failedAdminUrl(const ErrorInfo& info) {
  const std::string_view address = info.address;
  const auto end = address.rfind("/transfer/runner/");
  return info.peer != ErrorPeer::remote || end == std::string_view::npos ? std::string_view()
                                                                         : address.substr(0, end);
}

// Where Strapi takes transfers, if the admin panel is there, or Strapi itself, or nobody knows.
std::string likelyAdminUrls(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  while (!url.empty() && url.back() == '/') {
    url.remove_suffix(1);
  }
  const std::size_t host = url.find("://");
  const std::size_t path = url.find('/', host == std::string_view::npos ? 0 : host + 3);
  if (path == std::string_view::npos) {
    return std::string(url) + "/admin";
  }
  // From the address line of a browser.
  if (const std::size_t page = url.find("/admin/", path); page != std::string_view::npos) {
    return std::string(url.substr(0, page)) + "/admin";
  }
  return std::string(url.substr(0, url.rfind('/'))) + "/admin, or " + std::string(url) +
         "/admin where Strapi itself is at that path";
}

std::string adminUrlHint(const ErrorInfo& info, std::string_view adminUrl) {
  if (const auto failed = failedAdminUrl(info); !failed.empty()) {
    adminUrl = failed;
  }
  const bool mayBeThePath = info.httpStatus / 100 == 2 || info.httpStatus / 100 == 4;
  return adminUrl.empty() || looksLikeAdminUrl(adminUrl) || !mayBeThePath || info.httpStatus == 429
             ? ""
             : adminUrlAdvice(adminUrl);
}

bool asksForPassword(const ErrorInfo& info) {
  return equalsIgnoringCase(headerOf(info, "WWW-Authenticate").substr(0, 5), "Basic");
}

std::string transferPath(std::string_view adminUrl) {
  const std::size_t path = adminUrl.find('/', adminUrl.find("://") + 3);
  return std::string(adminUrl.substr(std::min(path, adminUrl.size()))) + "/transfer/runner/";
}

std::string nginxLocation(std::string_view adminUrl, const char* first) {
  return "For nginx: location " + transferPath(adminUrl) + " { " + first +
         "proxy_pass http://STRAPI:1337; proxy_http_version 1.1; "
         "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\"; "
         "proxy_read_timeout 1h; }";
}

// Strapi says the same of a feature that is off and of an upgrade that it does not see; itself it
// names no server.
std::string missingTransferRemedy(const ErrorInfo& info) {
  const std::string_view server = headerOf(info, "Server");
  const std::string_view via = headerOf(info, "Via");
  if (server.empty() && via.empty()) {
    return "Nothing in the answer suggests a proxy: in the project's config/server set transfer: { "
           "remote: { enabled: true } }, and restart Strapi.";
  }
  return "The answer came through " + printable(server.empty() ? via : server, 60) +
         ": first check that it passes upgrades on. " + nginxLocation(failedAdminUrl(info), "");
}

std::string refusedUpgradeRemedy(const ErrorInfo& info, std::string_view adminUrl) {
  if (info.httpBody.find("Token expired") != std::string::npos) {
    return "The token was right, but it has expired.";
  }
  if (info.httpStatus == 401 && asksForPassword(info) && !failedAdminUrl(info).empty()) {
    return nginxLocation(failedAdminUrl(info), "auth_basic off; ");
  }
  if ((info.httpStatus == 401 || info.httpStatus == 403) && !isStrapisAnswer(info)) {
    return "The answer is not Strapi's own: a proxy or firewall in front of it refuses; let the "
           "transfer's path through, or supply what it requires with --header, unless that is an "
           "Authorization header, which is taken by the token.";
  }
  if (info.httpStatus == 404 && isStrapisAnswer(info) && looksLikeAdminUrl(failedAdminUrl(info))) {
    return missingTransferRemedy(info);
  }
  return adminUrlHint(info, adminUrl);
}

// A comparison shows no messages of the server, and has no URL of its own.
std::string logAdvice(std::string_view adminUrl) {
  return adminUrl.empty() ? "The server's log says more."
                          : "The server's log says more; --verbose shows the messages it sends.";
}

// Of all that a server can fail at, only that of a type or file is about something.
std::string remoteRemedy(const ErrorInfo& info, std::string_view adminUrl) {
  if (isOfFullDisk(info)) {
    return "The server's disk is full: free some space there, and try again.";
  }
  // What a type has lost may show in the files.
  const bool isOfType = info.subjectKind == SubjectKind::type;
  if (strapi::stageOf(info) == strapi::TransferStage::assets && !isOfType) {
    return "If this repeats, the source server has lost the file or may not read it, or the "
           "destination cannot store it: their logs say which. --exclude files continues without "
           "files.";
  }
  if (!info.subject.empty()) {
    const std::string advice =
        "A lock on the server's database or an exhausted connection pool causes this: try again "
        "when it is idle. --exclude-content-types leaves the type out";
    return advice +
           (adminUrl.empty() ? "." : ", --allow-incomplete continues without what cannot be read.");
  }
  return logAdvice(adminUrl);
}

std::string remedyForGeneral(Errc error, const ErrorInfo& info, std::string_view adminUrl) {
  switch (error) {
    case Errc::plaintextCredentials:
      return "--insecure sends them anyway.";
    case Errc::connectTimedOut:
      return std::string("--connect-timeout waits longer, --proxy goes through a proxy.") +
             (adminUrl.empty() ? ""
                               : " A server on SQLite keeps others waiting while a push into it is "
                                 "running; if none is, restart it.");
    case Errc::nameNotResolved:
    case Errc::connectFailed:
      return info.peer == ErrorPeer::proxy
                 ? "--proxy none connects without a proxy, even if the environment names one."
                 : "";
    case Errc::tlsFailed:
      if (info.cause == ErrorCause::notTls || info.cause == ErrorCause::handshakeCut) {
        return {};
      }
      return "The certificate must be valid for this host; give that of a private authority with "
             "--ca-file. If the port does not speak TLS, the URL must begin with http or ws.";
    case Errc::proxyRefused:
      return "Check the proxy's address and credentials, and that it allows CONNECT to this host. "
             "--proxy none connects without a proxy, even if the environment names one.";
    case Errc::notAuthenticated:
    case Errc::notAuthorized:
    case Errc::notFound:
    case Errc::upgradeRefused:
      return refusedUpgradeRemedy(info, adminUrl);
    case Errc::invalidUpgrade:
      return info.cause == ErrorCause::notHttp ? "Check the port, and http against https." : "";
    case Errc::connectionLost:
    case Errc::connectionClosed:
      return "Try again. If the server has stopped, its log says why. If each run breaks after the "
             "same time, raise a proxy's idle time-out or lower --ping-interval.";
    case Errc::timedOut:
      if (info.option == "--deadline") {
        return "A longer --deadline gives it more time; --limit-rate, if given, takes some.";
      }
      return std::string("The server is overloaded or stuck") +
             (adminUrl.empty() ? ""
                               : ", or on SQLite waits for another push to end, or after two "
                                 "simultaneous ones for a restart") +
             ": its log may say why; --max-wait and --max-retries wait longer.";
    case Errc::remoteFailed:
      return remoteRemedy(info, adminUrl);
    case Errc::protocolViolation:
      return logAdvice(adminUrl);
    case Errc::dataMissing:
      return "If this repeats, a record or file of the source is damaged or missing.";
    case Errc::checksumMismatch:
      return "If this repeats, the file is damaged in the source server's storage: --exclude files "
             "leaves files out, --no-checksums takes them unverified.";
    case Errc::fileFailed:
      return isOfFullDisk(info) ? "Free some space there (`wsferry prune` removes older archives), "
                                  "or write elsewhere: -o moves the archive and everything that "
                                  "waits for it, the variable TMPDIR the temporary files."
                                : "";
    default:
      return {};
  }
}

// What the library cannot say: the tool's options, and what the answer's body gives away.
std::string remedyFor(const std::error_code& error, const ErrorInfo& info,
                      std::string_view adminUrl) {
  if (error.category() == errorCategory()) {
    return remedyForGeneral(static_cast<Errc>(error.value()), info, adminUrl);
  }
  if (error == strapi::TransferErrc::notTransferEndpoint) {
    return adminUrlAdvice(adminUrl);
  }
  if (error == strapi::TransferErrc::remoteInitialization ||
      error == strapi::TransferErrc::remoteValidation) {
    return logAdvice(adminUrl);
  }
  if (error == ToolErrc::targetBusy) {
    return "Nothing was done: start again after that run has ended.";
  }
  if (error == ToolErrc::tokenCommandFailed) {
    return "Run it in a shell, as the same user: its standard error says why.";
  }
  if (error == http::HttpErrc::filesDiffer) {
    return "Whatever serves the files by HTTP, such as a CDN or proxy, does not have Strapi's own "
           "bytes: --files socket, without --keep-going and --reuse, takes all of them from "
           "Strapi.";
  }
  // Where it is not that of the only archive, the message says how it is given.
  if (error == archive::ArchiveErrc::keyRequired && info.option.empty()) {
    return "Give the key with --key-file or -k.";
  }
  return {};
}

// What the system's own errors of too little of something are about; the call that failed says
// nothing to the user.
void describeShortage(const std::error_code& error, FailureReport& report) {
  if (!isSystemError(error)) {
    return;
  }
  switch (error.value()) {
    case EMFILE:
    case ENFILE:
      report.message = "too many files are open";
      report.remedy =
          "This process may open no more files: raise the limit (ulimit -n), or close whatever "
          "else holds them.";
      break;
    case EAGAIN:  // Of starting a thread.
    case ENOMEM:
      report.message = "memory or threads are short";
      report.remedy =
          "Raise the limits for memory (ulimit -v, or the container's) and processes (ulimit -u), "
          "or stop whatever else uses them up.";
      break;
    default:
      return;
  }
  report.error = toString(Errc::outOfResources);
}

// All but the advice, unless what is short is of this machine.
FailureReport describeFailure(const std::exception& failure) {
  FailureReport report;
  report.message = printableLines(failure.what());
  const auto* system = dynamic_cast<const std::system_error*>(&failure);
  if (dynamic_cast<const std::bad_alloc*>(&failure) != nullptr) {
    report.exitCode = exitCodeFor(Errc::outOfResources);
    report.error = toString(Errc::outOfResources);
    report.message = "out of memory";
    report.remedy = "Raise the memory limit (ulimit -v, or the container's).";
    return report;
  }
  if (system == nullptr) {
    report.error = "other";
    return report;
  }
  report.exitCode = exitCodeFor(system->code());
  report.error = errorName(system->code());
  describeShortage(system->code(), report);
  const auto* error = dynamic_cast<const Error*>(&failure);
  if (error == nullptr) {
    return report;
  }
  const ErrorInfo& info = error->info();
  report.httpStatus = info.httpStatus;
  report.httpBody = printable(info.httpBody, bodyExcerpt);
  report.retryAfter = printable(headerOf(info, "retry-after"), 100);
  report.remoteCode = printable(info.remoteCode);
  report.remoteDetails = printable(info.remoteDetails);
  report.stage = printable(info.stage);
  report.subject = printable(info.subject);
  report.cause = info.cause;
  return report;
}

// Between two lines that are put into one. What begins with a capital is a sentence of its own.
std::string separatorBefore(const std::string& line, char last) {
  if (std::string_view(":.?!").find(last) != std::string_view::npos) {
    return " ";
  }
  return line.front() >= 'A' && line.front() <= 'Z' ? ". " : "; ";
}

// Of all advice, that about the options of a connection holds for a gateway, too.
bool concernsConnecting(const std::error_code& error) {
  return error == Errc::plaintextCredentials || error == Errc::connectTimedOut ||
         error == Errc::tlsFailed || error == Errc::proxyRefused;
}

}  // namespace

bool looksLikeAdminUrl(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  while (!url.empty() && url.back() == '/') {
    url.remove_suffix(1);
  }
  return endsWith(url, "/admin");
}

// Of a server by the words of its system or its database.
bool isOfFullDisk(const ErrorInfo& info) {
  if (info.cause == ErrorCause::fullDisk) {
    return true;
  }
  for (const std::string& text : {info.remoteCode, info.remoteMessage, info.remoteDetails}) {
    const std::string words = asciiLowerCase(text);
    for (const char* full : {"enospc", "no space left", "disk is full", "edquot", "disk quota"}) {
      if (words.find(full) != std::string::npos) {
        return true;
      }
    }
  }
  return false;
}

// Its own refusals have no data, and an object that says why; those of others a text, if any.
bool isStrapisAnswer(const ErrorInfo& info) {
  bool hasNoData = false;
  bool hasReason = false;
  try {
    JsonCursor cursor(info.httpBody);
    forEachMember(cursor, [&](std::string_view key) {
      const std::string_view value = cursor.skipValue();
      hasNoData = key == "data" ? value == "null" : hasNoData;
      hasReason = key == "error" ? isJsonObject(value) : hasReason;
    });
    cursor.expectEnd();
  } catch (const Error&) {
    return false;
  }
  return hasNoData && hasReason;
}

std::string adminUrlAdvice(std::string_view adminUrl) {
  return adminUrl.empty() || looksLikeAdminUrl(adminUrl)
             ? "Check host, port and path: the URL must be that of Strapi's admin panel."
             : "Transfers are at /admin, even if the admin panel has another path: try " +
                   likelyAdminUrls(adminUrl) + ".";
}

FailureReport reportFailure(const std::exception& failure, std::string_view adminUrl) {
  FailureReport report = describeFailure(failure);
  const auto* error = dynamic_cast<const Error*>(&failure);
  if (error != nullptr && !isSystemError(error->code())) {
    report.remedy = remedyFor(error->code(), error->info(), adminUrl);
  }
  return report;
}

FailureReport reportStreamFailure(const Error& failure) {
  FailureReport report = describeFailure(failure);
  if (concernsConnecting(failure.code())) {
    report.remedy = remedyFor(failure.code(), failure.info(), {});
  }
  return report;
}

std::string FailureReport::text() const {
  // Only the first line is at the margin: what a peer says cannot look like the tool's own.
  std::string out = "wsferry: ";
  for (const char c : message) {
    out += c;
    out += c == '\n' ? "  " : "";
  }
  out += '\n';
  if (httpStatus != 0) {
    out += "  answer: HTTP status " + std::to_string(httpStatus);
    out += httpBody.empty() ? ", no body\n" : ", body: " + httpBody + "\n";
  }
  if (!remoteDetails.empty() && remoteDetails != "{}" && remoteDetails != "null") {
    out += "  details: " + remoteDetails + "\n";
  }
  if (!remedy.empty()) {
    out += "  " + remedy + "\n";
  }
  if (destination) {
    out += destination->text;
  }
  return out;
}

std::string FailureReport::line() const {
  std::string out;
  std::istringstream lines(text());
  for (std::string line; std::getline(lines, line);) {
    line.erase(0, line.find_first_not_of(' '));
    if (!line.empty()) {
      out += (out.empty() ? "" : separatorBefore(line, out.back())) + line;
    }
  }
  return out + "\n";
}

}  // namespace wsferry::tool
