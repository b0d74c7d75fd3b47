#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/completion.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/message.hpp"
#include "wsferry/core/transport.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/core/websocket_options.hpp"
#include "wsferry/core/websocket_statistics.hpp"
#include "wsferry/export.hpp"

namespace wsferry {

/// A WebSocket client (RFC 6455) over TCP or TLS.
///
/// One object is one connection; connect() works once. Messages go either to receive() or, once
/// transport()->attach() was called, to that listener.
///
/// For every asynchronous function:
///  - The last argument is an Asio completion token. The call completes exactly once, never from
///    inside itself, on the handler's executor, or executor() where it has none. Its memory comes
///    from the handler's allocator.
///  - Cancellation: `terminal` and `partial` end the call with Errc::cancelled at any time, and
///    leave the connection as it is, except for connect(). `total` does so where the function says,
///    and before the call was begun on executor(); otherwise it is ignored.
///  - Thread-safety: may be called from any thread. All state lives on one strand.
///  - Lifetime: arguments are copied or moved. Destroying the client drops the connection, even if
///    calls are pending: they complete with Errc::cancelled.
class WSFERRY_API WebSocketClient {
 public:
  /// Runs on `context`, which must be run by the caller and outlive the connection.
  WebSocketClient(asio::io_context& context, WebSocketOptions options);

  /// The same on `strand`, which runs one handler at a time, such as a strand or the executor of a
  /// context with one thread: for a user that keeps its own state there.
  WebSocketClient(asio::any_io_executor strand, WebSocketOptions options);

  /// Runs on its own thread, which ends with the last user of this connection, the client or its
  /// transport(). Destroying that last user waits until nothing is outstanding on executor():
  /// handlers that run, a name lookup (which cannot be interrupted), and work that the program gave
  /// to executor() itself; unless it happens inside a handler.
  explicit WebSocketClient(WebSocketOptions options);

  WebSocketClient(WebSocketClient&&) noexcept;
  WebSocketClient& operator=(WebSocketClient&&) noexcept;
  ~WebSocketClient();

  /// The connection's strand.
  asio::any_io_executor executor() const;

  /// Opens the connection.
  ///  - Signature: `void(std::error_code, ErrorInfo)`.
  ///  - Completes when the upgrade was answered, or failed.
  ///  - Errors: Errc::invalidState the second time, and those of ErrorCondition::usage,
  ///    authentication and connection. For a refused upgrade the info has status, headers and body.
  ///  - Cancellation abandons the connection; `total` does so until the request is being sent.
  template <class Token>
  auto connect(const Url& url, Token&& token) {
    return detail::initiate<std::error_code, ErrorInfo>(
        executor(),
        [impl = impl_, url](auto completion) { startConnect(impl, url, std::move(completion)); },
        std::forward<Token>(token));
  }

  /// Blocking form of connect(). @throws Error; with Errc::invalidState on the client's own thread
  /// or a thread that runs its io_context, which would wait for itself.
  void connect(const Url& url);

  /// Sends one message. Any number may be in progress; they go out in order.
  ///  - Signature: `void(std::error_code)`.
  ///  - Completes when the network has taken the message's last byte.
  ///  - Errors: Errc::invalidOption for a text that is not UTF-8, invalidState if the connection is
  ///    not open, or what ended it.
  ///  - Cancellation does not take the message back, so `total` is ignored.
  template <class Token>
  auto send(MessageType type, std::string payload, Token&& token) {
    return detail::initiate<std::error_code>(
        executor(),
        [impl = impl_, type, payload = std::move(payload)](auto completion) mutable {
          startSend(impl, type, std::move(payload), std::move(completion));
        },
        std::forward<Token>(token));
  }

  /// Takes the next message. One at a time.
  ///  - Signature: `void(std::error_code, Message)`.
  ///  - Completes when a message is there, or can no longer come.
  ///  - Errors: Errc::invalidState before connect(), while another receive() waits, and with a
  ///    listener; or what ended the connection, after the last message.
  ///  - Cancellation of any type loses no message.
  template <class Token>
  auto receive(Token&& token) {
    return detail::initiate<std::error_code, Message>(
        executor(), [impl = impl_](auto completion) { startReceive(impl, std::move(completion)); },
        std::forward<Token>(token));
  }

  /// Sends a ping.
  ///  - Signature: `void(std::error_code, std::chrono::nanoseconds)`.
  ///  - Completes with the round trip when the pong arrives. Has no deadline of its own: the
  ///    connection's end ends it.
  ///  - Errors: Errc::invalidState if the connection is not open, or what ended it.
  ///  - Cancellation: the ping has been sent, so `total` is ignored.
  template <class Token>
  auto ping(Token&& token) {
    return detail::initiate<std::error_code, std::chrono::nanoseconds>(
        executor(), [impl = impl_](auto completion) { startPing(impl, std::move(completion)); },
        std::forward<Token>(token));
  }

  /// Closes: sends what is queued and a close frame, and waits for the peer's. `code` is 1000 or
  /// 3000 to 4999; `reason` at most 123 bytes of UTF-8.
  ///  - Signature: `void(std::error_code)`.
  ///  - Completes when the connection is over, also if it was before: at most closeTimeout after
  ///    everything was sent.
  ///  - Errors: Errc::timedOut when the peer did not answer and was dropped, invalidOption for code
  ///    or reason, invalidState before connect(), or what ended the connection with bytes unsent.
  ///  - Cancellation: the connection closes all the same, so `total` is ignored.
  template <class Token>
  auto close(std::uint16_t code, std::string reason, Token&& token) {
    return detail::initiate<std::error_code>(
        executor(),
        [impl = impl_, code, reason = std::move(reason)](auto completion) mutable {
          startClose(impl, code, std::move(reason), std::move(completion));
        },
        std::forward<Token>(token));
  }

  WebSocketStatistics statistics() const;

  /// The subprotocol the server chose; empty if none.
  std::string subprotocol() const;

  /// The headers of the answer to the upgrade, in order, such as a request id; empty before it, and
  /// if the upgrade was refused, whose headers are in the ErrorInfo. Without Set-Cookie, and with
  /// `***` instead of any credential from the options.
  std::vector<std::pair<std::string, std::string>> responseHeaders() const;

  /// The open connection as a transport, for a Dispatcher. It keeps the connection alive.
  std::shared_ptr<Transport> transport() const;

  class Impl;

 private:
  static void startConnect(const std::shared_ptr<Impl>& impl, const Url& url,
                           Completion<std::error_code, ErrorInfo> completion);
  static void startSend(const std::shared_ptr<Impl>& impl, MessageType type, std::string payload,
                        Completion<std::error_code> completion);
  static void startReceive(const std::shared_ptr<Impl>& impl,
                           Completion<std::error_code, Message> completion);
  static void startPing(const std::shared_ptr<Impl>& impl,
                        Completion<std::error_code, std::chrono::nanoseconds> completion);
  static void startClose(const std::shared_ptr<Impl>& impl, std::uint16_t code, std::string reason,
                         Completion<std::error_code> completion);

  std::shared_ptr<Impl> impl_;
};

}  // namespace wsferry
