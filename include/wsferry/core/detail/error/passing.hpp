#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <system_error>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/text/http_date.hpp"
#include "wsferry/core/detail/text/whole_number.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry {

/// Whether a server or proxy may answer differently after a while: it is overloaded, failed at
/// something, is restarting, or cannot be reached. From 520 on these are Cloudflare's variants of
/// 502 to 504.
[[nodiscard]] constexpr bool isPassingStatus(int status) {
  return status == 408 || status == 425 || status == 429 || status == 500 ||
         (status >= 502 && status <= 504) || (status >= 520 && status <= 524);
}

/// A longer wait than this is left to the user.
inline constexpr Duration longestWish{3'600'000};

/// What a Retry-After header asks for: seconds, or a time. A time is by the server's clock, which
/// the response's `date` (its header Date) gives; without that, by this machine's, `now`. 0 if it
/// is neither, or the time has passed.
[[nodiscard]] inline Duration wishedPause(
    std::string_view retryAfter, std::string_view date,
    std::chrono::system_clock::time_point now = std::chrono::system_clock::now()) {
  if (const auto until = readHttpDate(retryAfter)) {
    const auto told = readHttpDate(date).value_or(std::chrono::floor<std::chrono::seconds>(now));
    return std::max(*until - told, std::chrono::seconds{0});
  }
  return Duration{1000} * wholeNumber<unsigned>(retryAfter).value_or(0);
}

/// How long to wait after a failure that followed so many others: twice as long each time, and at
/// least as long as `wished`, but no longer than `longest`.
[[nodiscard]] inline Duration pauseBeforeRetry(unsigned failures, Duration first, Duration longest,
                                               Duration wished) {
  const Duration pause = first * (1 << std::min(failures, 16u));
  return std::min(std::max(pause, std::min(wished, longestWish)), longest);
}

namespace detail {

// A close frame that complains about what the peer got, and would get again.
constexpr bool isComplaint(std::uint16_t closeCode) {
  return closeCode == 1002 || closeCode == 1003 || (closeCode >= 1007 && closeCode <= 1010);
}

}  // namespace detail

/// Whether a failure may be temporary: of the network, or of a server that is restarting or
/// overloaded. Not a refusal, such as of a certificate, nor a name that does not exist, nor a peer
/// that speaks another protocol, nor any failure of this machine.
[[nodiscard]] inline bool mayPass(const std::error_code& error, const ErrorInfo& info) {
  if (info.httpStatus != 0) {
    return isPassingStatus(info.httpStatus);
  }
  if (error.category() != errorCategory()) {
    return false;
  }
  switch (static_cast<Errc>(error.value())) {
    case Errc::connectFailed:
    case Errc::connectTimedOut:
    case Errc::connectionLost:
    case Errc::timedOut:
      return true;
    case Errc::nameNotResolved:
      return info.cause != ErrorCause::noSuchName;
    case Errc::tlsFailed:
      return info.cause == ErrorCause::handshakeCut;
    case Errc::proxyRefused:
      return info.cause != ErrorCause::notHttp;
    case Errc::connectionClosed:
      return !detail::isComplaint(info.closeCode);
    default:
      return false;
  }
}

}  // namespace wsferry
