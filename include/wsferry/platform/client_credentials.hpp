#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/io_context.hpp>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/completion.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
#include "wsferry/gateway/token_provider.hpp"
#include "wsferry/http/client_options.hpp"

namespace wsferry::platform {

/// The platform's own token endpoint (stream-gateway protocol section 3.3).
inline constexpr const char* defaultTokenUrl =
    "https://auth.vatis.tech/realms/vatistech/protocol/openid-connect/token";

struct ClientCredentialsOptions {
  std::string id;
  std::string secret;
  std::string tokenUrl = defaultTokenUrl;

  /// How to reach it. It has no bearer token: Errc::invalidOption.
  http::ClientOptions connection;

  /// From the request to the whole answer, the connection included. Default 15 s.
  Duration timeout{15'000};

  /// A new token is fetched this long before the current one expires, or after half its lifetime if
  /// that is later. Default 30 s.
  Duration margin{30'000};
};

/// Access tokens for a client id and its secret, by OAuth 2's client credentials: a token is
/// fetched on first use, and kept until shortly before it expires. Any number of streams can share
/// one (Credentials::tokenProvider); there is one request at a time, whose token or error goes to
/// everyone who waits. An error is not kept.
///
///  - The last argument of an asynchronous function is an Asio completion token. The call completes
///    exactly once, never from inside itself, on the handler's executor, or executor() where it has
///    none. Its memory comes from the handler's allocator.
///  - Thread-safety: may be called from any thread.
///  - Lifetime: destroying it ends pending calls with Errc::cancelled.
class WSFERRY_API ClientCredentials final : public gateway::TokenProvider {
 public:
  /// Runs on its own thread. Destruction waits for it, including a name lookup in progress, unless
  /// it happens in a handler on such a thread. @throws Error with Errc::invalidOption, invalidUrl,
  /// plaintextCredentials.
  explicit ClientCredentials(ClientCredentialsOptions options);

  /// Runs on a strand of `context`, which must outlive this and be run by the caller.
  ClientCredentials(asio::io_context& context, ClientCredentialsOptions options);

  ClientCredentials(const ClientCredentials&) = delete;
  ClientCredentials& operator=(const ClientCredentials&) = delete;
  ~ClientCredentials() override;

  asio::any_io_executor executor() const;

  /// The current token, or a newly fetched one.
  ///  - Signature: `void(std::error_code, ErrorInfo, std::string)`.
  ///  - Completes soon if a token is available, otherwise when the endpoint has answered, at the
  ///    latest after ClientCredentialsOptions::timeout.
  ///  - Errors: Errc::notAuthenticated and notAuthorized if the endpoint refuses the client, with
  ///    its words as remoteCode and remoteMessage; PlatformErrc::invalidAnswer and unavailable;
  ///    Errc::timedOut; those of http::Client::fetch().
  ///  - Cancellation of any type ends the call at any time. The request continues while others wait
  ///    for it, and is abandoned with the last of them.
  template <class Token>
  auto accessToken(Token&& token) {
    return wsferry::detail::initiate<std::error_code, ErrorInfo, std::string>(
        executor(), [impl = impl_](auto completion) { startToken(impl, std::move(completion)); },
        std::forward<Token>(token));
  }

  void provideToken(Completion<std::error_code, ErrorInfo, std::string> completion) override;
  void dropToken(const std::string& token) override;

 private:
  class Impl;

  static void startToken(const std::shared_ptr<Impl>& impl,
                         Completion<std::error_code, ErrorInfo, std::string> completion);

  std::shared_ptr<Impl> impl_;
};

}  // namespace wsferry::platform
