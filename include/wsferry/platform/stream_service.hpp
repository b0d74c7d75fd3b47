#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/io_context.hpp>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "wsferry/core/completion.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/gateway/stream_options.hpp"
#include "wsferry/http/client_options.hpp"

namespace wsferry::platform {

/// The platform's own Stream Service (stream-gateway protocol section 9.6).
inline constexpr const char* defaultStreamServiceUrl =
    "https://stream-service.vatis.tech/stream-service/api/v1/streams";

struct StreamServiceOptions {
  std::string url = defaultStreamServiceUrl;  ///< Without the stream's id.

  /// As for a stream; Placement::subprotocol is Errc::invalidOption. Providers are asked for each
  /// request, within ClientOptions::connectTimeout.
  gateway::Credentials credentials;

  /// How to reach it. bearerToken must be empty, because it belongs to the credentials:
  /// Errc::invalidOption.
  http::ClientOptions connection;
};

/// Reads the state of streams, and cancels them, whichever gateway they came through. Has no
/// thread.
///
///  - The last argument of an asynchronous function is an Asio completion token. The call completes
///    exactly once, never from inside itself, on the handler's executor, or executor() where it has
///    none. Its memory comes from the handler's allocator.
///  - Thread-safety: may be called from any thread. Any number of calls may be in progress.
///  - Lifetime: arguments are moved into the call. Destroying it ends pending calls with
///    Errc::cancelled; a stream whose cancelling was sent may be cancelled all the same.
class WSFERRY_API StreamService {
 public:
  /// Runs on `context`, which must be run by the caller and outlive it.
  /// @throws Error with Errc::invalidOption, invalidUrl, plaintextCredentials.
  StreamService(asio::io_context& context, StreamServiceOptions options);

  /// The same on `strand`, which runs one handler at a time.
  StreamService(asio::any_io_executor strand, StreamServiceOptions options);

  StreamService(const StreamService&) = delete;
  StreamService& operator=(const StreamService&) = delete;
  ~StreamService();

  asio::any_io_executor executor() const;

  /// The stream as it is now: StreamMetadata::state is READY, COMPLETED, FAILED or EXPIRED.
  ///  - Signature: `void(std::error_code, ErrorInfo, gateway::StreamMetadata)`.
  ///  - Completes with the service's answer, or when none can come any more.
  ///  - Errors: as FileUpload::start(), for one request; Errc::invalidOption for an empty id.
  ///  - Cancellation of any type ends the call at any time: nothing is changed by it.
  template <class Token>
  auto fetch(std::string streamId, Token&& token) {
    return wsferry::detail::initiate<std::error_code, ErrorInfo, gateway::StreamMetadata>(
        executor(),
        [impl = impl_, id = std::move(streamId)](auto completion) {
          startFetch(impl, id, std::move(completion));
        },
        std::forward<Token>(token));
  }

  /// Cancels the stream. That the service answers with the stream is not stated: it may be empty.
  ///  - Signature, completion and errors: as fetch().
  ///  - Cancellation: any type ends the call before its request is sent. Later `terminal` and
  ///    `partial` end it, and it may have taken effect; `total` is ignored then.
  template <class Token>
  auto cancel(std::string streamId, Token&& token) {
    return wsferry::detail::initiate<std::error_code, ErrorInfo, gateway::StreamMetadata>(
        executor(),
        [impl = impl_, id = std::move(streamId)](auto completion) {
          startCancel(impl, id, std::move(completion));
        },
        std::forward<Token>(token));
  }

 private:
  class Impl;
  using StreamCompletion = Completion<std::error_code, ErrorInfo, gateway::StreamMetadata>;

  static void startFetch(const std::shared_ptr<Impl>& impl, const std::string& streamId,
                         StreamCompletion completion);
  static void startCancel(const std::shared_ptr<Impl>& impl, const std::string& streamId,
                          StreamCompletion completion);

  std::shared_ptr<Impl> impl_;
};

}  // namespace wsferry::platform
