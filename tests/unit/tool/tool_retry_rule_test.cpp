#include "tool/recovery/retry_rule.hpp"

#include <string>
#include <vector>

#include "catch.hpp"
#include "tool/recovery/retry_options.hpp"
#include "wsferry/strapi/transfer_error.hpp"

using namespace wsferry;
using namespace wsferry::tool;
using std::chrono::seconds;

namespace {

constexpr TimePoint start{std::chrono::hours(1)};

RetryRule ruleOf(unsigned retries, double random = 0.5,
                 std::optional<TimePoint> deadline = std::nullopt) {
  return RetryRule({retries, deadline}, [random] { return random; });
}

ErrorInfo answer(int status, const std::string& retryAfter = {}) {
  ErrorInfo info;
  info.httpStatus = status;
  if (!retryAfter.empty()) {
    info.httpHeaders.emplace_back("Retry-After", retryAfter);
  }
  return info;
}

ErrorInfo of(ErrorCause cause) {
  ErrorInfo info;
  info.cause = cause;
  return info;
}

}  // namespace

TEST_CASE("pauses double up to five minutes, as often as allowed") {
  RetryRule rule = ruleOf(10);
  std::vector<long long> pauses;
  while (const auto pause = rule.pauseAfter(Errc::connectionLost, {}, start)) {
    pauses.push_back(pause->count());
  }
  CHECK(pauses == std::vector<long long>{2'000, 4'000, 8'000, 16'000, 32'000, 64'000, 128'000,
                                         256'000, 300'000, 300'000});
  CHECK(rule.mostAttempts() == 11);
}

TEST_CASE("pauses differ by chance, by a quarter at most") {
  CHECK(ruleOf(1, 0).pauseAfter(Errc::timedOut, {}, start) == Duration(1'500));
  CHECK(ruleOf(1, 0.999).pauseAfter(Errc::timedOut, {}, start) == Duration(2'499));
}

TEST_CASE("only what may pass is tried again") {
  for (const Errc error : {Errc::nameNotResolved, Errc::connectFailed, Errc::connectTimedOut,
                           Errc::connectionLost, Errc::connectionClosed, Errc::timedOut}) {
    CHECK(ruleOf(1).pauseAfter(error, {}, start));
    CHECK_FALSE(ruleOf(0).pauseAfter(error, {}, start));
  }
  for (const Errc error :
       {Errc::invalidUrl, Errc::invalidOption, Errc::notAuthenticated, Errc::notAuthorized,
        Errc::invalidUpgrade, Errc::protocolViolation, Errc::messageTooBig, Errc::queueFull,
        Errc::notFound, Errc::tlsFailed, Errc::cancelled, Errc::remoteFailed, Errc::dataMissing,
        Errc::checksumMismatch, Errc::fileExists, Errc::fileFailed, Errc::outOfResources}) {
    CHECK_FALSE(ruleOf(1).pauseAfter(error, {}, start));
  }
  CHECK_FALSE(ruleOf(1).pauseAfter(strapi::TransferErrc::notTransferEndpoint, {}, start));
}

TEST_CASE("a refused certificate is not tried again, a handshake that was cut off is") {
  CHECK_FALSE(ruleOf(1).pauseAfter(Errc::tlsFailed, {}, start));
  CHECK_FALSE(ruleOf(1).pauseAfter(Errc::tlsFailed, of(ErrorCause::notTls), start));
  CHECK(ruleOf(1).pauseAfter(Errc::tlsFailed, of(ErrorCause::handshakeCut), start));
}

TEST_CASE("a name that does not exist is tried again only if it was there") {
  const ErrorInfo missing = of(ErrorCause::noSuchName);
  CHECK_FALSE(ruleOf(1).pauseAfter(Errc::nameNotResolved, missing, start));
  RetryRule silent = ruleOf(2);  // The name service says nothing first.
  CHECK(silent.pauseAfter(Errc::nameNotResolved, {}, start));
  CHECK_FALSE(silent.pauseAfter(Errc::nameNotResolved, missing, start));
  RetryRule lost = ruleOf(3);
  CHECK(lost.pauseAfter(Errc::connectionLost, {}, start));
  CHECK(lost.pauseAfter(Errc::nameNotResolved, missing, start));
  CHECK(lost.pauseAfter(Errc::nameNotResolved, missing, start));
}

TEST_CASE("a proxy that is none is not tried again, and one without an answer is") {
  CHECK(ruleOf(1).pauseAfter(Errc::proxyRefused, {}, start));
  CHECK_FALSE(ruleOf(1).pauseAfter(Errc::proxyRefused, of(ErrorCause::notHttp), start));
  CHECK_FALSE(ruleOf(1).pauseAfter(Errc::proxyRefused, answer(407), start));
  CHECK(ruleOf(1).pauseAfter(Errc::proxyRefused, answer(503), start));
}

TEST_CASE("a close frame that complains is not answered with the same again") {
  const auto isRetried = [](std::uint16_t code) {
    ErrorInfo info;
    info.closeCode = code;
    return ruleOf(1).pauseAfter(Errc::connectionClosed, info, start).has_value();
  };
  for (const int code : {1000, 1001, 1005, 1011, 1012, 1013, 4000}) {
    CHECK(isRetried(static_cast<std::uint16_t>(code)));
  }
  for (const int code : {1002, 1003, 1007, 1008, 1009, 1010}) {
    CHECK_FALSE(isRetried(static_cast<std::uint16_t>(code)));
  }
}

TEST_CASE("of the answers to an upgrade only those of a busy, failing or absent server are") {
  for (const int status : {408, 425, 429, 500, 502, 503, 504, 520, 521, 524}) {
    CHECK(ruleOf(1).pauseAfter(Errc::upgradeRefused, answer(status), start));
  }
  for (const int status : {200, 301, 400, 404, 501, 505, 525}) {
    CHECK_FALSE(ruleOf(1).pauseAfter(Errc::upgradeRefused, answer(status), start));
  }
}

TEST_CASE("a server that says when is not asked earlier") {
  const auto pauseAfter = [](const std::string& retryAfter) {
    return ruleOf(1).pauseAfter(Errc::upgradeRefused, answer(503, retryAfter), start);
  };
  CHECK(pauseAfter("30") == seconds(30));
  CHECK(pauseAfter("1") == seconds(2));
  CHECK(pauseAfter("3600") == seconds(3'600));
  CHECK_FALSE(pauseAfter("3601"));
  CHECK(pauseAfter("Wed, 21 Oct 2015 07:28:00 GMT") == seconds(2));
  CHECK(pauseAfter("-5") == seconds(2));
  CHECK(pauseAfter("99999999999999999999") == seconds(2));
}

TEST_CASE("a moment that a server names is one of its own clock") {
  ErrorInfo info = answer(503, "Wed, 21 Oct 2015 07:28:00 GMT");
  info.httpHeaders.emplace_back("Date", "Wed, 21 Oct 2015 07:27:15 GMT");
  CHECK(ruleOf(1).pauseAfter(Errc::upgradeRefused, info, start) == seconds(45));
}

TEST_CASE("no attempt begins at the deadline or after it") {
  CHECK(ruleOf(1, 0.5, start + Duration(2'001)).pauseAfter(Errc::timedOut, {}, start));
  CHECK_FALSE(ruleOf(1, 0.5, start + Duration(2'000)).pauseAfter(Errc::timedOut, {}, start));
}

TEST_CASE("a person at the terminal decides himself") {
  RetryOptions options;
  CHECK(options.retriesOrDefault(true) == 0);
  CHECK(options.retriesOrDefault(false) == 5);
  options.retries = 2;
  CHECK(options.retriesOrDefault(true) == 2);
  CHECK(options.retriesOrDefault(false) == 2);
}
