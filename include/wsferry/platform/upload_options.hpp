#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "wsferry/gateway/stream_options.hpp"
#include "wsferry/http/client_options.hpp"

namespace wsferry::platform {

/// The platform's own HTTP Gateway (stream-gateway protocol section 9.5).
inline constexpr const char* defaultUploadUrl =
    "https://http-gateway.vatis.tech/http-gateway/api/v1/upload";

/// How to upload to the HTTP Gateway. Options without a value are not sent: the URL contains only
/// what was requested.
struct UploadOptions {
  std::string url = defaultUploadUrl;  ///< Its path and query are kept as given.

  /// As for a stream; Placement::subprotocol is Errc::invalidOption. Providers are asked once,
  /// within ClientOptions::connectTimeout; a tokenProvider once more if the gateway refuses its
  /// token.
  gateway::Credentials credentials;

  /// How to reach the gateway. bearerToken must be empty, because it belongs to the credentials:
  /// Errc::invalidOption. stallTimeout counts from one sent byte to the next, and responseTimeout
  /// from the last; because it is not documented what a gateway does meanwhile, both are 5 min by
  /// default. HTTP/2 is off by default: it has no way to ask before a body is sent.
  http::ClientOptions connection;

  std::string templateId;       ///< Required.
  std::string streamId;         ///< A UUID; empty: the gateway makes one.
  std::string groupId;          ///< Of an existing group to join.
  std::string name;             ///< The stream's.
  std::optional<bool> persist;  ///< True: results are kept for some hours.

  /// In the URL, with `+`, `-` and `\` escaped. A patch named like one of the gateway's parameters
  /// is Errc::invalidOption, as for a stream.
  std::vector<gateway::Patch> patches;
  /// Any other parameters; one that has its own option is set either there or here.
  std::vector<std::pair<std::string, std::string>> query;

  /// Of the body. As far as is known, the gateway goes by the bytes.
  std::string contentType = "application/octet-stream";
  std::optional<std::uint64_t> size;  ///< Of the body, if known: a shorter or longer one is an
                                      ///< error.

  WSFERRY_API UploadOptions();
};

}  // namespace wsferry::platform
