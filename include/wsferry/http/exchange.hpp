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
/// length. Who does not read makes the server wait.
///
/// Each function's call may be under way once at a time; a second one is Errc::invalidState.
///
///  - The last argument of an asynchronous function is an Asio completion token. The call completes
///    exactly once, never from inside itself, on the handler's executor, or executor() where it has
///    none. Its memory comes from the handler's allocator.
///  - Thread-safety: may be called from any thread. All state lives on the client's strand.
///  - Lifetime: destroying the exchange gives it up; pending calls complete with Errc::cancelled.
///    It outlives its client harmlessly.
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
  ///  - Completes with the head of the response: for a body that is streamed usually behind
  ///    endBody(), as most servers answer then.
  ///  - Errors: as Client::fetch(), but for the body.
  ///  - Cancellation gives the exchange up; `total` does so until the request is being sent.
  template <class Token>
  auto start(Token&& token) {
    return wsferry::detail::initiate<std::error_code, ErrorInfo, ResponseHead>(
        executor(),
        [transfer = transfer_](auto completion) { startHead(transfer, std::move(completion)); },
        std::forward<Token>(token));
  }

  /// Takes what has come of the body, some bytes to ClientOptions::readAhead; an empty block is the
  /// end of a body that came whole.
  ///  - Signature: `void(std::error_code, ErrorInfo, std::string)`.
  ///  - Completes when some of the body has come that no call has taken, or the body is over.
  ///  - Errors: Errc::invalidState before start() and while another call waits; what ended the
  ///    exchange: Errc::connectionLost for a body that was cut, and for a
  ///    success (2xx) whose server did not take all of the request's body, among others; behind the
  ///    last block that came.
  ///  - Cancellation of any type ends the call and loses no byte: the next call gives them.
  template <class Token>
  auto read(Token&& token) {
    return wsferry::detail::initiate<std::error_code, ErrorInfo, std::string>(
        executor(),
        [transfer = transfer_](auto completion) { startRead(transfer, std::move(completion)); },
        std::forward<Token>(token));
  }

  /// Sends a block of the body, for a request that streams it, behind start().
  ///  - Signature: `void(std::error_code)`.
  ///  - Completes when the next one may come. A large body is not begun before the server agrees
  ///    (100 Continue), or was silent for a second.
  ///  - Errors: what ended the exchange; Errc::connectionClosed where the response ended first;
  ///    Errc::invalidState for more than Request::bodySize.
  ///  - Cancellation does not take the block back, so that `total` is ignored; the next one is
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

  /// Ends the body. Behind the last write() has completed, or at once for an empty one. One that is
  /// shorter than Request::bodySize ends the exchange with Errc::invalidState.
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
