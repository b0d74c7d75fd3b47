#pragma once

#include <string>

#include "wsferry/core/detail/net/http_response.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry {

/// What is wrong with an `invalid`, non-empty answer to `request`, sent by `peer`.
inline ErrorInfo describeInvalidAnswer(const HttpResponse& answer, const std::string& peer,
                                       const std::string& request) {
  ErrorInfo info;
  if (answer.head().size() > HttpResponse::maxHeadSize) {
    info.httpStatus = answer.status();
    info.message =
        peer + " answered " + request + " with " +
        (info.httpStatus == 0 ? "" : std::to_string(info.httpStatus) + " and ") + "more than " +
        std::to_string(HttpResponse::maxHeadSize / 1024) +
        " KiB of headers, which are not read: check what it, or a proxy on the way, puts there.";
  } else if (answer.isCut()) {
    info.message = peer + " ended the connection within its answer to " + request +
                   ": it, or a proxy on the way, may have been stopped.";
  } else if (startsWith(answer.head(), "HTTP/")) {
    info.message = peer + " answered " + request + " with an HTTP head that is damaged.";
  } else {
    info.cause = ErrorCause::notHttp;
    info.message = "What answers at " + peer + " does not speak HTTP. Check host and port.";
  }
  return info;
}

}  // namespace wsferry
