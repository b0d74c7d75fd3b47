#include "tool/doctor/http_checks.hpp"

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "tool/doctor/awaited.hpp"
#include "tool/terminal/printable_text.hpp"
#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/request/request_headers.hpp"
#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/http_date.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/http/client.hpp"
#include "wsferry/http/http_error.hpp"

namespace wsferry::tool {

namespace {

using SystemClock = std::chrono::system_clock;

// Tokens and certificates are judged to the second; a minute is no matter of the network any more.
constexpr std::chrono::seconds inStep{60};

http::Request panelRequest(const std::string& adminUrl) {
  http::Request request;
  request.url = Url::parse(adminUrl);
  std::string& path = request.url.target;
  path.erase(std::min(path.find('?'), path.size()));
  while (!path.empty() && path.back() == '/') {
    path.pop_back();
  }
  path += "/init";
  return request;
}

http::ClientOptions panelOptions(const WebSocketOptions& options) {
  http::ClientOptions client;
  static_cast<wsferry::ConnectionOptions&>(client) = options;
  client.bearerToken.clear();
  client.headers.erase(std::remove_if(client.headers.begin(), client.headers.end(),
                                      [](const auto& header) {
                                        return equalsIgnoringCase(header.first, "Authorization");
                                      }),
                       client.headers.end());
  client.responseTimeout = options.connectTimeout;
  client.stallTimeout = options.connectTimeout;
  client.redirectLimit = 0;
  client.bodyLimit = std::size_t{1} << 20;
  client.http2 = false;  // A WebSocket has to do with HTTP/1.1.
  return client;
}

// {"data":{"hasAdmin":...}}, of Strapi 4 and 5.
bool isPanelsAnswer(const http::Response& response) {
  if (response.head.status != 200) {
    return false;
  }
  try {
    return !jsonMemberOf(jsonMemberOf(response.body, "data"), "hasAdmin").empty();
  } catch (const std::exception&) {
    return false;
  }
}

// A header of the answer, in which the server may repeat a credential.
std::string shownHeader(const http::ResponseHead& head, std::string_view name,
                        const WebSocketOptions& options) {
  return printable(blankSecrets(head.header(name), secretsOf(head.url, options)), 60);
}

std::string answerWords(const http::Response& response, const WebSocketOptions& options) {
  const std::string type = shownHeader(response.head, "Content-Type", options);
  return "answered with status " + std::to_string(response.head.status) +
         (type.empty() ? std::string() : ", " + type);
}

Finding httpFinding(const http::ResponseHead& head, Duration time,
                    const WebSocketOptions& options) {
  const std::string server = shownHeader(head, "Server", options);
  return passed("http", "answered with status " + std::to_string(head.status) + " in " +
                            std::to_string(time.count()) + " ms" +
                            (server.empty() ? "" : " by " + server))
      .with("httpStatus", static_cast<std::uint64_t>(head.status))
      .with("milliseconds", static_cast<std::uint64_t>(time.count()))
      .with("server", server);
}

std::string inWords(std::chrono::seconds time) {
  const auto seconds = std::abs(time.count());
  return seconds < 120       ? std::to_string(seconds) + " s"
         : seconds < 7'200   ? std::to_string(seconds / 60) + " minutes"
         : seconds < 172'800 ? std::to_string(seconds / 3'600) + " hours"
                             : std::to_string(seconds / 86'400) + " days";
}

}  // namespace

Finding clockFinding(std::string_view date, SystemClock::time_point now) {
  const auto told = readHttpDate(date);
  if (!told) {
    return skipped("clock", "the answer does not give the server's time");
  }
  const auto difference = *told - std::chrono::floor<std::chrono::seconds>(now);
  const auto seconds = static_cast<std::int64_t>(difference.count());
  if (std::chrono::abs(difference) <= inStep) {
    return passed("clock", std::chrono::abs(difference).count() <= 2
                               ? std::string("the server's agrees with this machine's")
                               : "the server's is " + inWords(difference) +
                                     (seconds > 0 ? " ahead of" : " behind") + " this machine's")
        .with("secondsAhead", seconds);
  }
  return warned("clock",
                "the server's is " + inWords(difference) + (seconds > 0 ? " ahead of" : " behind") +
                    " this machine's",
                "Correct the wrong one (NTP): tokens and certificates expire by it, and archives "
                "are named after it.")
      .with("secondsAhead", seconds);
}

PanelAnswer checkHttp(asio::io_context& context, const std::string& adminUrl,
                      const WebSocketOptions& options, Findings& findings) {
  http::Client client(context, panelOptions(options));
  const auto sent = SystemClock::now();
  const TimePoint begin = Clock::now();
  const auto [error, info, response] = awaited<std::error_code, ErrorInfo, http::Response>(
      context, [&](auto done) { client.fetch(panelRequest(adminUrl), std::move(done)); });
  const auto took = std::chrono::duration_cast<Duration>(Clock::now() - begin);
  PanelAnswer answer;
  if (error && error != http::HttpErrc::redirectRefused) {
    findings.add(failed("http", Error(error, info), adminUrl));
    return answer;
  }
  answer.isThere = true;
  if (error) {
    answer.words = "redirects";
    answer.redirected = printable(info.message);
    findings.add(
        passed("http", "answered with a redirect in " + std::to_string(took.count()) + " ms"));
    findings.skip({"clock"}, "a redirect was the answer");
    return answer;
  }
  findings.add(httpFinding(response.head, took, options));
  const bool isStored = !response.head.header("Age").empty();
  findings.add(isStored ? skipped("clock", "the answer came from a cache")
                        : clockFinding(response.head.header("Date"), sent + took / 2));
  answer.isPanel = isPanelsAnswer(response);
  answer.status = response.head.status;
  answer.words = answerWords(response, options);
  return answer;
}

}  // namespace wsferry::tool
