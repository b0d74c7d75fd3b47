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

/// How to upload to the HTTP Gateway. What has no value is not sent: nothing goes into the URL that
/// was not asked for.
struct UploadOptions {
  std::string url = defaultUploadUrl;  ///< Its path and query are kept as given.

  /// As a stream's; Placement::subprotocol is Errc::invalidOption. Providers are asked once, within
  /// ClientOptions::connectTimeout; a tokenProvider once more where the gateway refuses its token.
  gateway::Credentials credentials;

  /// How to reach the gateway. bearerToken is the credentials' here: Errc::invalidOption.
  /// stallTimeout counts from one byte that went out to the next, and responseTimeout from the
  /// last; as what a gateway does meanwhile is not stated, both are 5 min by default. HTTP/2 is off
  /// by default: it has no way to ask before a body is sent.
  http::ClientOptions connection;

  std::string templateId;       ///< Required.
  std::string streamId;         ///< A UUID; empty: the gateway makes one.
  std::string groupId;          ///< Of an existing group to join.
  std::string name;             ///< The stream's.
  std::optional<bool> persist;  ///< True: results are kept for some hours.

  /// In the URL, with `+`, `-` and `\` escaped. One of the name of a parameter of the gateway's is
  /// Errc::invalidOption, as for a stream.
  std::vector<gateway::Patch> patches;
  /// Anything else; what has an option of its own is set by that or here.
  std::vector<std::pair<std::string, std::string>> query;

  /// Of the body. The gateway looks at the bytes, as far as is known.
  std::string contentType = "application/octet-stream";
  std::optional<std::uint64_t> size;  ///< Of the body, where it is known: one that is shorter or
                                      ///< longer is an error.

  WSFERRY_API UploadOptions();
};

}  // namespace wsferry::platform
