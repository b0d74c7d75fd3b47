#pragma once

#include <string>
#include <string_view>

#include "testing/server/http_request.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/query_string.hpp"

namespace wsferry::testing {

inline constexpr std::string_view streamServicePath = "/stream-service/api/v1/streams";

inline bool isStreamRequest(const HttpRequest& request) {
  return startsWith(request.target, std::string(streamServicePath) + "/");
}

/// What is asked of the Stream Service (protocol section 9.6).
struct StreamRequestTarget {
  std::string streamId;
  bool isCancel = false;
};

inline StreamRequestTarget streamRequestTarget(std::string_view target) {
  StreamRequestTarget result;
  std::string_view rest = target.substr(0, target.find('?'));
  rest.remove_prefix(streamServicePath.size() + 1);
  constexpr std::string_view cancel = "/cancel";
  result.isCancel = endsWith(rest, cancel);
  if (result.isCancel) {
    rest.remove_suffix(cancel.size());
  }
  result.streamId = percentDecode(rest);
  return result;
}

}  // namespace wsferry::testing
