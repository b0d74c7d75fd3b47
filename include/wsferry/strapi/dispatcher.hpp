#pragma once

#include <asio/any_io_executor.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "wsferry/core/completion.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/keep_alive_options.hpp"
#include "wsferry/core/retry_message_options.hpp"
#include "wsferry/core/transport.hpp"
#include "wsferry/core/websocket_client.hpp"
#include "wsferry/export.hpp"
#include "wsferry/strapi/diagnostic.hpp"
#include "wsferry/strapi/encoded_message.hpp"
#include "wsferry/strapi/init.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

struct DispatcherOptions {
  RetryMessageOptions retryMessageOptions;  ///< For every message without its own.
  KeepAliveOptions keepAlive;

  /// Data messages for ids without a subscriber yet are held up to this many bytes, and for up to
  /// 64 ids; beyond that the connection fails with Errc::queueFull. The first message of a started
  /// step is held whatever its size. Default 32 MiB.
  std::size_t maxHeldBytes = std::size_t{32} << 20;

  /// Strapi answers the requests that open a transfer (init, bootstrap, getMetadata, getSchemas)
  /// soon. A live server that leaves one of them unanswered for this long is taken for something
  /// else: the connection fails with TransferErrc::notTransferEndpoint. Default 3 min.
  Duration openingTimeout{180'000};

  /// The server's name in messages, such as its URL.
  std::string serverName = "The server";
};

/// The answer to a message (protocol section 3).
struct Answer {
  std::string data;  ///< `data` as JSON text; "null" when absent.
  ErrorInfo error;   ///< What is known of a failure; empty on success.
};

/// One data message of a pull (protocol section 3). It must be acknowledged.
struct ProcessData {
  std::string uuid;            ///< To acknowledge with; as received.
  std::string message;         ///< The whole message.
  std::size_t dataOffset = 0;  ///< Where in `message` the inner `data` value begins...
  std::size_t dataLength = 0;  ///< ... and how long it is. 0 when absent.
  bool ended = false;
  std::string error;  ///< `error` as JSON text; empty when null or absent.

  std::string_view data() const { return std::string_view(message).substr(dataOffset, dataLength); }
};

/// Receives the data messages of one process id, on the dispatcher's executor.
class WSFERRY_API ProcessSubscriber {
 public:
  virtual ~ProcessSubscriber() = default;
  virtual void onData(ProcessData data) = 0;
  /// Nothing follows: the connection failed, or nothing came for the overall cap.
  virtual void onFailed(const std::error_code& error, const ErrorInfo& info) = 0;
};

/// Speaks Strapi's transfer protocol over one connection: every message gets a uuid, is repeated
/// and abandoned by the rules of RetryMessageOptions and KeepAliveOptions, and completes exactly
/// once.
///
/// For every asynchronous function:
///  - The last argument is an Asio completion token. The call completes exactly once, on the
///    handler's executor, or executor() where it has none, and never from inside itself, except on
///    an immediate executor that the handler has. Its memory comes from the handler's allocator.
///  - Thread-safety: may be called from any thread.
///  - Lifetime: arguments are copied or moved. The dispatcher may be destroyed while calls are
///    pending: they complete with Errc::cancelled.
///
/// The contract of requests, which are dispatch(), dispatchEncoded(), dispatchCommand(),
/// dispatchTransferAction(), dispatchTransferStep() and init():
///  - The RetryMessageOptions of this message may precede the token; otherwise those of
///    DispatcherOptions apply.
///  - Signature: `void(std::error_code, Answer)`; for init() `void(std::error_code, InitAnswer)`.
///  - Completes when the answer has arrived, or can no longer arrive.
///  - Errors, of Errc and TransferErrc:
///     - remoteFailed, remoteInitialization or remoteValidation, by the `step` of an error answer;
///     - timedOut: no answer; the request may have taken effect;
///     - connectionLost, connectionClosed, protocolViolation, queueFull, messageTooBig,
///       notTransferEndpoint: the connection's end, for every waiting call. The last one means a
///       server that speaks first in JSON of another form, or that leaves its first requests
///       unanswered for DispatcherOptions::openingTimeout;
///     - cancelled: by the caller's slot, close(), or destruction;
///     - invalidOption: the message was not sent, because it would harm the server.
///  - Cancellation: before the message is sent any type ends the call, and the message is not sent.
///    Later `terminal` and `partial` end it: a late answer is dropped, and the request may have
///    taken effect; `total` is ignored.
///
/// The connection ends with the dispatcher. Once its destructor has returned, no handler of
/// onDiagnostic() and onServerMessage() runs and no data comes: it waits for one that runs on
/// another thread. A subscriber's onFailed() and the completions may follow.
class WSFERRY_API Dispatcher {
 public:
  /// Wraps a connected client.
  explicit Dispatcher(const WebSocketClient& client, DispatcherOptions options = {});
  explicit Dispatcher(std::shared_ptr<Transport> transport, DispatcherOptions options = {});
  Dispatcher(Dispatcher&&) noexcept;
  Dispatcher& operator=(Dispatcher&&) noexcept;
  ~Dispatcher();

  asio::any_io_executor executor() const;

  /// Sends one message: `members` is the text of a JSON object without `uuid`, which is added.
  ///  - Signature: `void(std::error_code, Answer)`; all else by the contract of requests.
  ///  - Errors also: Errc::invalidOption for a text that is not one JSON object; nothing is sent.
  template <class Token>
  auto dispatch(std::string members, Token&& token) {
    return run(std::move(members), std::nullopt, std::forward<Token>(token));
  }
  /// The same, with `retry` as its rules for repeating and giving up.
  ///  - Signature: `void(std::error_code, Answer)`; all else by the contract of requests.
  ///  - Errors also: as above.
  template <class Token>
  auto dispatch(std::string members, const RetryMessageOptions& retry, Token&& token) {
    return run(std::move(members), retry, std::forward<Token>(token));
  }

  /// Sends a message as it is: not copied, not checked. For large messages whose encoder knows that
  /// they are right; a text that the server cannot read ends the transfer, or the server.
  ///  - Signature: `void(std::error_code, Answer)`; all else by the contract of requests.
  ///  - Errors also: Errc::invalidOption for the uuid of a message that waits for its answer;
  ///    nothing is sent.
  template <class Token>
  auto dispatchEncoded(EncodedMessage message, Token&& token) {
    return run(std::move(message), std::nullopt, std::forward<Token>(token));
  }
  /// The same, with `retry` as its rules for repeating and giving up.
  ///  - Signature: `void(std::error_code, Answer)`; all else by the contract of requests.
  ///  - Errors also: as above.
  template <class Token>
  auto dispatchEncoded(EncodedMessage message, const RetryMessageOptions& retry, Token&& token) {
    return run(std::move(message), retry, std::forward<Token>(token));
  }

  /// Starts a transfer: sends the command `init`, and notes the transfer's id and kind, which every
  /// later message carries.
  ///  - Signature: `void(std::error_code, InitAnswer)`; all else by the contract of requests.
  ///  - Errors also: Errc::invalidOption for a push that does not say what it deletes; nothing is
  ///    sent. Errc::protocolViolation for an answer without an id.
  template <class Token>
  auto init(InitRequest request, Token&& token) {
    return runInit(std::move(request), std::nullopt, std::forward<Token>(token));
  }
  /// The same, with `retry` as its rules for repeating and giving up.
  ///  - Signature: `void(std::error_code, InitAnswer)`; all else by the contract of requests.
  ///  - Errors also: as above.
  template <class Token>
  auto init(InitRequest request, const RetryMessageOptions& retry, Token&& token) {
    return runInit(std::move(request), retry, std::forward<Token>(token));
  }

  /// Sends a command; `params` is JSON text, left out when empty; `end` then gets the transferID.
  ///  - Signature: `void(std::error_code, Answer)`; all else by the contract of requests.
  ///  - Errors also: Errc::invalidOption for `params` that are not JSON; nothing is sent.
  template <class Token>
  auto dispatchCommand(Command command, std::string_view params, Token&& token) {
    return run(CommandCall{command, std::string(params)}, std::nullopt, std::forward<Token>(token));
  }
  /// The same, with `retry` as its rules for repeating and giving up.
  ///  - Signature: `void(std::error_code, Answer)`; all else by the contract of requests.
  ///  - Errors also: as above.
  template <class Token>
  auto dispatchCommand(Command command, std::string_view params, const RetryMessageOptions& retry,
                       Token&& token) {
    return run(CommandCall{command, std::string(params)}, retry, std::forward<Token>(token));
  }

  /// Sends an action of the transfer that init() has started, or setTransferProperties() has named.
  ///  - Signature: `void(std::error_code, Answer)`; all else by the contract of requests.
  template <class Token>
  auto dispatchTransferAction(TransferAction action, Token&& token) {
    return run(action, std::nullopt, std::forward<Token>(token));
  }
  /// The same, with `retry` as its rules for repeating and giving up.
  ///  - Signature: `void(std::error_code, Answer)`; all else by the contract of requests.
  template <class Token>
  auto dispatchTransferAction(TransferAction action, const RetryMessageOptions& retry,
                              Token&& token) {
    return run(action, retry, std::forward<Token>(token));
  }

  /// Starts, feeds or ends a step; `data` is JSON text, for `stream` only.
  ///  - Signature: `void(std::error_code, Answer)`; all else by the contract of requests.
  ///  - Errors also: Errc::invalidOption for `data` that is not JSON; nothing is sent.
  template <class Token>
  auto dispatchTransferStep(TransferStage step, StepAction action, std::string_view data,
                            Token&& token) {
    return run(StepCall{step, action, std::string(data)}, std::nullopt, std::forward<Token>(token));
  }
  /// The same, with `retry` as its rules for repeating and giving up.
  ///  - Signature: `void(std::error_code, Answer)`; all else by the contract of requests.
  ///  - Errors also: as above.
  template <class Token>
  auto dispatchTransferStep(TransferStage step, StepAction action, std::string_view data,
                            const RetryMessageOptions& retry, Token&& token) {
    return run(StepCall{step, action, std::string(data)}, retry, std::forward<Token>(token));
  }

  /// Acknowledges a data message of a pull. Never repeated: the server waits for exactly one. This
  /// and the functions below may be called from any thread.
  void acknowledge(std::string_view uuid);

  /// What every transfer message carries after an init that was sent as a command. Set
  /// `survivesHangUp` for a pull from a server that close() need not wait for: Strapi from 5.43 on,
  /// which answers init with `checksums`.
  void setTransferProperties(TransferID id, TransferKind kind, bool survivesHangUp = false);
  std::string transferID() const;
  std::optional<TransferKind> transferKind() const;

  /// Data messages for this process id go to `subscriber`, held ones first, in order. The
  /// subscription ends with unsubscribe(), a message with `ended`, or onFailed().
  void subscribe(std::string processID, std::weak_ptr<ProcessSubscriber> subscriber);
  void unsubscribe(std::string processID);

  /// Called on the executor. One each; empty to ignore.
  void onDiagnostic(std::function<void(const Diagnostic&)> handler);
  /// Messages of the server other than answers, data and diagnostics, as JSON text.
  void onServerMessage(std::function<void(std::string)> handler);

  /// Closes the connection; waiting calls are cancelled. On a pull, an old server that is about to
  /// send data might crash if the connection closed, so it first gets up to 15 s to send it;
  /// destruction cuts that short.
  ///  - Signature: `void(std::error_code)`.
  ///  - Completes when the connection is over, also if it was before.
  ///  - Errors: Errc::cancelled only.
  ///  - Cancellation: before closing has begun any type ends the call, and the connection stays
  ///    open. Later `terminal` and `partial` end it, and the connection closes all the same.
  template <class Token>
  auto close(Token&& token) {
    return wsferry::detail::initiate<std::error_code>(
        executor(), [impl = impl_](auto completion) { startClose(impl, std::move(completion)); },
        std::forward<Token>(token));
  }

  class Impl;

 private:
  struct CommandCall {
    Command command;
    std::string params;
  };
  struct StepCall {
    TransferStage step;
    StepAction action;
    std::string data;
  };

  // `message` is what one of the start() functions takes.
  template <class Message, class Token>
  auto run(Message message, std::optional<RetryMessageOptions> retry, Token&& token) {
    return wsferry::detail::initiate<std::error_code, Answer>(
        executor(),
        [impl = impl_, message = std::move(message), retry](auto completion) mutable {
          start(impl, std::move(message), retry, std::move(completion));
        },
        std::forward<Token>(token));
  }

  template <class Token>
  auto runInit(InitRequest request, std::optional<RetryMessageOptions> retry, Token&& token) {
    return wsferry::detail::initiate<std::error_code, InitAnswer>(
        executor(),
        [impl = impl_, request = std::move(request), retry](auto completion) {
          startInit(impl, request, retry, std::move(completion));
        },
        std::forward<Token>(token));
  }

  static void startInit(const std::shared_ptr<Impl>& impl, const InitRequest& request,
                        std::optional<RetryMessageOptions> retry,
                        Completion<std::error_code, InitAnswer> completion);
  static void start(const std::shared_ptr<Impl>& impl, std::string members,
                    std::optional<RetryMessageOptions> retry,
                    Completion<std::error_code, Answer> completion);
  static void start(const std::shared_ptr<Impl>& impl, EncodedMessage message,
                    std::optional<RetryMessageOptions> retry,
                    Completion<std::error_code, Answer> completion);
  static void start(const std::shared_ptr<Impl>& impl, const CommandCall& call,
                    std::optional<RetryMessageOptions> retry,
                    Completion<std::error_code, Answer> completion);
  static void start(const std::shared_ptr<Impl>& impl, TransferAction action,
                    std::optional<RetryMessageOptions> retry,
                    Completion<std::error_code, Answer> completion);
  static void start(const std::shared_ptr<Impl>& impl, const StepCall& call,
                    std::optional<RetryMessageOptions> retry,
                    Completion<std::error_code, Answer> completion);
  static void startClose(const std::shared_ptr<Impl>& impl, Completion<std::error_code> completion);

  std::shared_ptr<Impl> impl_;
};

}  // namespace wsferry::strapi
