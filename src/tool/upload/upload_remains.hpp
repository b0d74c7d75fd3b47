#pragma once

#include <string>
#include <system_error>

#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

/// Whether the gateway may have made a stream of an upload that failed like this. Not of one that
/// never reached it, for want of a connection or of a token, nor of one that it refused: for its
/// credentials, its size, or what else the client can do something about.
[[nodiscard]] inline bool mayHaveMadeStream(const std::error_code& error, const ErrorInfo& info,
                                            const std::string& uploadUrl) {
  const bool isOfOther = !info.address.empty() && info.address != Url::parse(uploadUrl).display();
  constexpr int requestTimeout = 408;
  const bool isRefused = info.httpStatus / 100 == 4 && info.httpStatus != requestTimeout;
  return !isOfOther && !isRefused && error != Errc::connectFailed &&
         error != Errc::connectTimedOut && error != Errc::nameNotResolved &&
         error != Errc::tlsFailed && error != Errc::proxyRefused && error != Errc::invalidOption &&
         error != ErrorCondition::authentication;
}

}  // namespace wsferry::tool
