#pragma once

#include <asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "wsferry/core/completion.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
#include "wsferry/http/client.hpp"
#include "wsferry/http/request.hpp"
#include "wsferry/http/response.hpp"

namespace wsferry::http {

/// One request and its response, whose bodies pass in blocks: in bounded memory, whatever their
/// length. The server waits while nobody reads.
///
/// Each function may be in progress once at a time; a second call is Errc::invalidState.
///
///  - The last argument of an asynchronous function is an Asio completion token. The call completes
///    exactly once, never from inside itself, on the handler's executor, or executor() where it has
///    none. Its memory comes from the handler's allocator.
///  - Thread-safety: may be called from any thread. All state lives on the client's strand.
///  - Lifetime: destroying the exchange abandons it; pending calls complete with Errc::cancelled.
///    It may outlive its client.
class WSFERRY_API Exchange {
 public:
  /// Sends nothing yet.
  Exchange(Client& client, Request request);

  Exchange(Exchange&&) noexcept;
  Exchange& operator=(Exchange&&) noexcept;
  ~Exchange();

  asio::any_io_executor executor() const;

  /// Sends the request. Once.
  ///  - Signature: `void(std::error_code, ErrorInfo, ResponseHead)`.
  ///  - Completes with the head of the response: for a streamed body usually after endBody(),
  ///    because most servers answer only then.
  ///  - Errors: as Client::fetch(), except those of the body.
  ///  - Cancellation abandons the exchange; `total` does so until the request is being sent.
  template <class Token>
  auto start(Token&& token) {
    return wsferry::detail::initiate<std::error_code, ErrorInfo, ResponseHead>(
        executor(),
        [transfer = transfer_](auto completion) { startHead(transfer, std::move(completion)); },
        std::forward<Token>(token));
  }

  /// Takes what has arrived of the body, from a few bytes to ClientOptions::readAhead; an empty
  /// block is the end of a complete body.
  ///  - Signature: `void(std::error_code, ErrorInfo, std::string)`.
  ///  - Completes when part of the body that no call has taken has arrived, or the body is over.
  ///  - Errors: Errc::invalidState before start() and while another call waits. What ended the
  ///    exchange is reported after the last block that arrived; among others Errc::connectionLost,
  ///    for a truncated body, and for a success (2xx) whose server did not accept the whole request
  ///    body.
  ///  - Cancellation of any type ends the call and loses no byte: the next call gives them.
  template <class Token>
  auto read(Token&& token) {
    return wsferry::detail::initiate<std::error_code, ErrorInfo, std::string>(
        executor(),
        [transfer = transfer_](auto completion) { startRead(transfer, std::move(completion)); },
        std::forward<Token>(token));
  }

  /// Sends a block of the body, for a request that streams it, after start().
  ///  - Signature: `void(std::error_code)`.
  ///  - Completes when the next one may be written. A large body does not start before the server
  ///    agrees (100 Continue), or was silent for a second.
  ///  - Errors: what ended the exchange; Errc::connectionClosed if the response ended first;
  ///    Errc::invalidState for more than Request::bodySize.
  ///  - Cancellation does not take the block back, so `total` is ignored; the next one is
  ///    Errc::invalidState until it was sent.
  template <class Token>
  auto write(std::string block, Token&& token) {
    return wsferry::detail::initiate<std::error_code>(
        executor(),
        [transfer = transfer_, block = std::move(block)](auto completion) mutable {
          startWrite(transfer, std::move(block), std::move(completion));
        },
        std::forward<Token>(token));
  }

  /// Ends the body. Call it after the last write() has completed, or at once for an empty body. A
  /// body shorter than Request::bodySize ends the exchange with Errc::invalidState.
  void endBody();

 private:
  static void startHead(const std::shared_ptr<class Transfer>& transfer,
                        Completion<std::error_code, ErrorInfo, ResponseHead> completion);
  static void startRead(const std::shared_ptr<class Transfer>& transfer,
                        Completion<std::error_code, ErrorInfo, std::string> completion);
  static void startWrite(const std::shared_ptr<class Transfer>& transfer, std::string block,
                         Completion<std::error_code> completion);

  std::shared_ptr<class Transfer> transfer_;
};

}  // namespace wsferry::http
