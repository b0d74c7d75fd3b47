#include "tool/doctor/connection_checks.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <system_error>

#include "tool/doctor/awaited.hpp"
#include "tool/terminal/first_few.hpp"
#include "tool/terminal/utc_text.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

using Days = std::chrono::duration<std::int64_t, std::ratio<86'400>>;

// Renewals run weeks before the end; this late one has failed.
constexpr Days soon{14};

constexpr std::size_t shownNames = 4;

std::string dateOf(std::chrono::system_clock::time_point time) {
  return utcText(std::chrono::system_clock::to_time_t(time), "%Y-%m-%d");
}

std::string millisecondsText(Duration time) {
  return std::to_string(time.count()) + " ms";
}

std::uint64_t countOf(Duration time) {
  return static_cast<std::uint64_t>(time.count());
}

Finding nameFinding(const Url& url, const ConnectionTrace& trace) {
  const std::string whose = trace.proxy.empty() ? url.host : "the proxy " + trace.proxy;
  Finding finding =
      passed("name", trace.lookup ? whose + " is " + listedFew(trace.addresses, shownNames) + " (" +
                                        millisecondsText(*trace.lookup) + ")"
                                  : whose + " is an address");
  finding.with("addresses", trace.addresses);
  if (trace.lookup) {
    finding.with("milliseconds", countOf(*trace.lookup));
  }
  return finding;
}

Finding proxyFinding(const Url& url, const ConnectionTrace& trace) {
  if (trace.proxy.empty()) {
    return passed("proxy", "none in use");
  }
  return passed("proxy", trace.proxy + " opened a tunnel to " + url.authority() + " in " +
                             millisecondsText(*trace.tunnel))
      .with("proxy", trace.proxy)
      .with("milliseconds", countOf(*trace.tunnel));
}

Finding plainFinding(const Url& url) {
  return url.isLoopback()
             ? passed("tls", "not in use, and not needed: the server is this machine")
             : warned("tls", "not in use: anybody on the path can read the token and all content",
                      "Have the server, or a proxy in front of it, offer https.");
}

void addCertificates(const ConnectionTrace& trace, Finding& finding) {
  if (trace.certificates.empty()) {
    return;
  }
  const PeerCertificate& own = trace.certificates.front();
  std::vector<std::string> chain;
  for (const PeerCertificate& certificate : trace.certificates) {
    chain.push_back(certificate.subject);
  }
  finding.with("subject", own.subject)
      .with("issuer", own.issuer)
      .with("names", own.names)
      .with("chain", chain)
      .with("notBefore", dateOf(own.notBefore))
      .with("notAfter", dateOf(own.notAfter));
}

// What a refused certificate says of itself helps to see whose it is.
void describeRefused(const ConnectionTrace& trace, Finding& finding) {
  if (trace.certificates.empty()) {
    return;
  }
  const PeerCertificate& own = trace.certificates.front();
  finding.text +=
      " The certificate is for " + own.subject +
      (own.names.empty() ? std::string() : ", for " + listedFew(own.names, shownNames)) + ", by " +
      own.issuer + ", valid from " + dateOf(own.notBefore) + " until " + dateOf(own.notAfter) + ".";
  addCertificates(trace, finding);
}

constexpr std::array<std::string_view, 4> steps = {"name", "tcp", "proxy", "tls"};

std::string_view failedStep(const Url& url, const ConnectionTrace& trace) {
  if (trace.addresses.empty()) {
    return "name";
  }
  if (!trace.connect) {
    return "tcp";
  }
  return !trace.proxy.empty() && !trace.tunnel ? "proxy" : url.secure ? "tls" : "tcp";
}

Finding madeStep(std::string_view step, const Url& url, const ConnectionTrace& trace) {
  if (step == "name") {
    return nameFinding(url, trace);
  }
  if (step == "tcp") {
    return passed("tcp",
                  "connected to " + trace.address + " in " + millisecondsText(*trace.connect))
        .with("address", trace.address)
        .with("milliseconds", countOf(*trace.connect));
  }
  if (step == "proxy") {
    return proxyFinding(url, trace);
  }
  return url.secure ? certificateFinding(trace, std::chrono::system_clock::now())
                    : plainFinding(url);
}

void addUpToFailure(const Url& url, const ConnectionTrace& trace, const Error& error,
                    const std::string& adminUrl, Findings& findings) {
  const std::string_view lost = failedStep(url, trace);
  auto step = steps.begin();
  for (; *step != lost; ++step) {
    findings.add(madeStep(*step, url, trace));
  }
  Finding failure = failed(std::string(lost), error, adminUrl);
  describeRefused(trace, failure);
  findings.add(std::move(failure));
  for (++step; step != steps.end(); ++step) {
    findings.add(skipped(std::string(*step), "there is no connection"));
  }
}

}  // namespace

Finding certificateFinding(const ConnectionTrace& trace,
                           std::chrono::system_clock::time_point now) {
  const auto first = std::min_element(
      trace.certificates.begin(), trace.certificates.end(),
      [](const PeerCertificate& a, const PeerCertificate& b) { return a.notAfter < b.notAfter; });
  if (first == trace.certificates.end()) {
    return passed("tls", trace.tlsVersion);
  }
  const auto days = std::chrono::duration_cast<Days>(first->notAfter - now);
  const PeerCertificate& own = trace.certificates.front();
  const bool isOwn = first == trace.certificates.begin();
  const std::string until =
      counted(static_cast<std::size_t>(std::max<std::int64_t>(days.count(), 0)), "day", "days") +
      ", until " + dateOf(first->notAfter);
  const std::string text =
      trace.tlsVersion + ", certificate for " +
      (own.names.empty() ? own.subject : listedFew(own.names, shownNames)) + " by " + own.issuer +
      ", " + (isOwn ? "valid for " : first->subject + " in its chain valid for ") + until;
  Finding finding =
      days >= soon
          ? passed("tls", text)
          : warned("tls", text,
                   "Have the certificate renewed now: from that day on, nothing connects.");
  finding.with("version", trace.tlsVersion).with("daysLeft", days.count());
  addCertificates(trace, finding);
  return finding;
}

bool checkConnection(asio::io_context& context, const Url& url, const WebSocketOptions& options,
                     const std::string& adminUrl, Findings& findings) {
  const auto [error, info, trace] = awaited<std::error_code, ErrorInfo, ConnectionTrace>(
      context, [&](auto done) { traceConnection(context, url, options, std::move(done)); });
  if (error == ErrorCondition::usage) {
    throw Error(error, info);
  }
  if (error) {
    addUpToFailure(url, trace, Error(error, info), adminUrl, findings);
    return false;
  }
  for (const std::string_view step : steps) {
    findings.add(madeStep(step, url, trace));
  }
  return true;
}

}  // namespace wsferry::tool
