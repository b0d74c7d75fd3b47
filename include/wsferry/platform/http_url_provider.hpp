#pragma once

#include <asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <system_error>

#include "wsferry/core/completion.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
#include "wsferry/gateway/url_provider.hpp"
#include "wsferry/http/client_options.hpp"

namespace wsferry::platform {

/// Asks vendors for the URLs of streams, by HTTP (gateway::StreamOptions::urlProvider). Each
/// request runs on the executor of its stream, over its own connection, and has that stream's
/// deadline.
///
///  - Thread-safety: may be called from any thread; streams may share one.
///  - Errors: Errc::notAuthenticated (401), notAuthorized (403), notFound (404, 410);
///    PlatformErrc::unavailable for a temporary status, such as 429 or 503;
///    http::HttpErrc::statusRefused for any other that is not a success, such as 400 or 422; those
///    of http::Client::fetch().
class WSFERRY_API HttpUrlProvider final : public gateway::UrlProvider {
 public:
  /// @throws Error with Errc::invalidOption for a bearer token: credentials are the stream's.
  explicit HttpUrlProvider(http::ClientOptions connection = {});

  [[nodiscard]] std::shared_ptr<void> requestUrl(
      const asio::any_io_executor& strand, gateway::UrlRequest request,
      Completion<std::error_code, ErrorInfo, std::string> completion) override;

 private:
  http::ClientOptions connection_;
};

}  // namespace wsferry::platform
