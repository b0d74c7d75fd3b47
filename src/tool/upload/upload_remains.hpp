#pragma once

#include <string>
#include <system_error>

#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

/// Whether the gateway may have made a stream of an upload that failed like this. Not of one that
/// never reached it, for want of a connection or of a token, nor of one whose credentials it
/// refused.
[[nodiscard]] inline bool mayHaveMadeStream(const std::error_code& error, const ErrorInfo& info,
                                            const std::string& uploadUrl) {
  const bool isOfOther = !info.address.empty() && info.address != Url::parse(uploadUrl).display();
  return !isOfOther && error != Errc::connectFailed && error != Errc::connectTimedOut &&
         error != Errc::nameNotResolved && error != Errc::tlsFailed &&
         error != Errc::proxyRefused && error != Errc::invalidOption &&
         error != ErrorCondition::authentication;
}

}  // namespace wsferry::tool
