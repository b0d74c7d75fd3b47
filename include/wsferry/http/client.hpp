#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/io_context.hpp>
#include <memory>
#include <system_error>
#include <utility>

#include "wsferry/core/completion.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
#include "wsferry/http/client_options.hpp"
#include "wsferry/http/http_error.hpp"
#include "wsferry/http/request.hpp"
#include "wsferry/http/response.hpp"

namespace wsferry::http {

/// An HTTP client: HTTP/1.1 with kept connections, HTTP/2 if a server chooses it. Has no thread.
///
/// Any number of exchanges may be in progress; they share connections. A status of 400 or more is
/// an answer, not an error: statusError() turns it into one.
///
///  - The last argument of an asynchronous function is an Asio completion token. The call completes
///    exactly once, never from inside itself, on the handler's executor, or executor() where it has
///    none. Its memory comes from the handler's allocator.
///  - Thread-safety: may be called from any thread. All state lives on one strand.
///  - Lifetime: arguments are copied or moved. Destroying the client ends its exchanges with
///    Errc::cancelled.
class WSFERRY_API Client {
 public:
  /// Runs on `context`, which must be run by the caller and outlive the client and its exchanges.
  Client(asio::io_context& context, ClientOptions options);

  /// The same on `strand`, which runs one handler at a time.
  Client(asio::any_io_executor strand, ClientOptions options);

  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  asio::any_io_executor executor() const;

  /// Sends a request and takes the whole response.
  ///  - Signature: `void(std::error_code, ErrorInfo, Response)`.
  ///  - Completes when the last byte of the body has arrived, or can no longer arrive.
  ///  - Errors: Errc::messageTooBig for a body longer than ClientOptions::bodyLimit;
  ///    Errc::invalidOption for a request that cannot be sent or that streams its body; those of
  ///    ErrorCondition::connection; HttpErrc::redirectRefused and privateAddress.
  ///  - Cancellation abandons the exchange; `total` does so until the request is being sent.
  template <class Token>
  auto fetch(Request request, Token&& token) {
    return wsferry::detail::initiate<std::error_code, ErrorInfo, Response>(
        executor(),
        [session = session_, request = std::move(request)](auto completion) mutable {
          startFetch(session, std::move(request), std::move(completion));
        },
        std::forward<Token>(token));
  }

 private:
  friend class Exchange;

  static void startFetch(const std::shared_ptr<class Session>& session, Request request,
                         Completion<std::error_code, ErrorInfo, Response> completion);

  std::shared_ptr<class Session> session_;
};

}  // namespace wsferry::http
