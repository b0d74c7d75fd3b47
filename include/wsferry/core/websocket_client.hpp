#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/completion.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/transport.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/core/websocket_options.hpp"
#include "wsferry/core/websocket_statistics.hpp"

namespace wsferry {

struct Message {
  MessageType type = MessageType::text;
  std::string payload;
};

/// A WebSocket client (RFC 6455) over TCP or TLS.
///
/// One object is one connection; connect() works once. All state lives on one strand; every
/// function may be called from any thread. Each asynchronous function takes an Asio completion
/// token as its last argument, completes exactly once, and never from inside the call. Cancelling
/// one through its slot (any type) ends that call with Errc::cancelled and leaves the connection as
/// it is, except for connect(), which gives the connection up. Destroying the client drops the
/// connection; pending calls complete with Errc::cancelled.
///
/// Messages go either to receive() or, once transport()->attach() was called, to that listener.
class WebSocketClient {
 public:
  /// Runs on `context`, which must be run by the caller and outlive the connection.
  WebSocketClient(asio::io_context& context, WebSocketOptions options);

  /// The same on `strand`, which runs one handler at a time, such as a strand or the executor of a
  /// context with one thread: for a user that keeps its own state there.
  WebSocketClient(asio::any_io_executor strand, WebSocketOptions options);

  /// Runs on a thread of its own, which ends with the last user of this connection, the client or
  /// its transport(). Destroying that last user waits until nothing is outstanding on executor():
  /// handlers that run, a name lookup (which cannot be interrupted), and work that the program gave
  /// to executor() itself; unless it happens inside a handler.
  explicit WebSocketClient(WebSocketOptions options);

  WebSocketClient(WebSocketClient&&) noexcept;
  WebSocketClient& operator=(WebSocketClient&&) noexcept;
  ~WebSocketClient();

  /// The connection's strand.
  asio::any_io_executor executor() const;

  /// Opens the connection. Signature `void(std::error_code, ErrorInfo)`; completes when the upgrade
  /// was answered or failed. For a refused upgrade the info holds status, headers and body.
  template <class Token>
  auto connect(const Url& url, Token&& token) {
    return AsyncOperation<std::error_code, ErrorInfo>::run(
        executor(),
        [impl = impl_, url](auto completion) { startConnect(impl, url, std::move(completion)); },
        std::forward<Token>(token));
  }

  /// Blocking form of connect(). @throws Error; with Errc::invalidState on the client's own thread
  /// or a thread that runs its io_context, which would wait for itself.
  void connect(const Url& url);

  /// Sends one message. Signature `void(std::error_code)`; completes when the network has taken its
  /// last byte. Cancelling it does not take the message back. A text must be UTF-8
  /// (Errc::invalidOption).
  template <class Token>
  auto send(MessageType type, std::string payload, Token&& token) {
    return AsyncOperation<std::error_code>::run(
        executor(),
        [impl = impl_, type, payload = std::move(payload)](auto completion) mutable {
          startSend(impl, type, std::move(payload), std::move(completion));
        },
        std::forward<Token>(token));
  }

  /// Takes the next message. Signature `void(std::error_code, Message)`. One at a time.
  template <class Token>
  auto receive(Token&& token) {
    return AsyncOperation<std::error_code, Message>::run(
        executor(), [impl = impl_](auto completion) { startReceive(impl, std::move(completion)); },
        std::forward<Token>(token));
  }

  /// Sends a ping. Signature `void(std::error_code, std::chrono::nanoseconds)`; completes with the
  /// round trip when its pong arrives. Has no deadline of its own: the connection's end ends it.
  template <class Token>
  auto ping(Token&& token) {
    return AsyncOperation<std::error_code, std::chrono::nanoseconds>::run(
        executor(), [impl = impl_](auto completion) { startPing(impl, std::move(completion)); },
        std::forward<Token>(token));
  }

  /// Closes: sends what is queued and a close frame, and waits for the peer's, at most
  /// closeTimeout after the last byte went out. Signature `void(std::error_code)`; success also
  /// when the connection was over already, Errc::timedOut when the peer did not answer and was
  /// dropped. `code` is 1000 or 3000 to 4999; `reason` at most 123 bytes.
  template <class Token>
  auto close(std::uint16_t code, std::string reason, Token&& token) {
    return AsyncOperation<std::error_code>::run(
        executor(),
        [impl = impl_, code, reason = std::move(reason)](auto completion) mutable {
          startClose(impl, code, std::move(reason), std::move(completion));
        },
        std::forward<Token>(token));
  }

  WebSocketStatistics statistics() const;

  /// The subprotocol the server chose; empty if none.
  std::string subprotocol() const;

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
