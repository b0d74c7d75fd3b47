#pragma once

#include <string>
#include <vector>

#include "gateway/messages/message_template.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/gateway/stream_options.hpp"
#include "wsferry/gateway/url_provider.hpp"

namespace wsferry::gateway {

/// Whether a request by HTTP brings the URL of this stream.
[[nodiscard]] bool asksForUrl(const StreamOptions& options);

/// Where the profile has a sessionRequest and the stream is given a URL of one, refuses what that
/// request would have been told. @throws Error with Errc::invalidOption.
void requireNothingForSession(const StreamOptions& options);

/// The request, to `url`; an empty secret is one that is not known yet.
/// @throws Error with Errc::invalidOption, invalidUrl, plaintextCredentials.
[[nodiscard]] UrlRequest makeUrlRequest(const StreamOptions& options, const std::string& url,
                                        const PlaceholderValues& values, const std::string& secret);

/// What the answer to it brings.
struct SessionAnswer {
  Url url;
  std::string streamId;              ///< Empty: it has none.
  std::vector<std::string> secrets;  ///< Of the URL.
};

/// @throws Error with Errc::protocolViolation for an answer without such a URL.
[[nodiscard]] SessionAnswer readSessionAnswer(const StreamOptions& options,
                                              const std::string& body);

}  // namespace wsferry::gateway
