#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "wsferry/core/completion.hpp"
#include "wsferry/core/transport.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/gateway/stream_options.hpp"
#include "wsferry/gateway/verdict.hpp"

namespace wsferry::gateway {

/// Protocol section 11.
enum class StreamState { idle, connecting, awaitingMetadata, streaming, draining, closing, closed };

std::string_view toString(StreamState value) noexcept;

enum class StreamWarning {
  keepAliveTooSlow,  ///< The interval is not below the inactivity limit; told when connecting.
  idle               ///< Nothing but keep-alive was sent for StreamOptions::idleWarning.
};

/// What a stream tells, in the order in which it happens, one at a time, on the events' executor.
/// All may be empty. onVerdict comes exactly once, last, for every stream that connect() was called
/// on.
///
/// An exception that a handler throws closes the stream; no event but onVerdict follows, which
/// carries it. What onVerdict itself throws is in the verdict that finish() gives then, and passes
/// to who runs the executor, where that is no thread of the stream's own. A completion that throws
/// on such a thread counts as a handler; elsewhere that is for who runs its executor. The stream's
/// own thread does not end the process: memory that is lacking there ends the stream, with
/// Errc::outOfResources. A handler that takes
/// its time delays later events, and nothing else: keep-alive goes on; what comes in waits up to
/// StreamOptions::eventQueueBytes.
struct StreamEvents {
  std::function<void(const StreamMetadata&)> onMetadata;
  std::function<void(const Response&)> onResponse;
  std::function<void(std::string_view bytes)> onBinary;  ///< A raw result (protocol section 7).
  std::function<void(std::string_view text)> onRawText;  ///< The same as text, with format raw.
  std::function<void(std::string_view json)> onUnknown;  ///< A message of an unknown type.
  /// Text that is not JSON or has no type: what is wrong with it, and the text. The stream goes on.
  std::function<void(std::string_view problem, std::string_view text)> onProtocolError;
  std::function<void(StreamWarning warning, std::string_view message)> onWarning;
  std::function<void(const Verdict&)> onVerdict;
};

/// One stream: audio up, results down, on one WebSocket. It does not reconnect: another connection
/// would be another stream (protocol section 5).
///
/// For every asynchronous function:
///  - The last argument is an Asio completion token. The call completes exactly once, on the
///    handler's executor, or the events' executor where it has none, and never from inside itself,
///    except on an immediate executor that the handler has. Its memory comes from the handler's
///    allocator.
///  - Cancellation: `terminal` and `partial` end the call with Errc::cancelled, and leave the
///    stream as it is. `total` does so where the function says; otherwise it is ignored.
///  - Thread-safety: as all functions, it may be called from any thread.
///  - Lifetime: arguments are copied or moved; the stream may be destroyed while calls are pending.
///
/// A blocking form that would wait inside an event, or elsewhere on a thread that runs the stream's
/// io_context, throws Error with Errc::invalidState: it would wait for itself.
///
/// A stream may be destroyed at any moment, in its own handlers too. That drops the connection,
/// which ends the stream on the server too. Once the destructor has returned, no event runs but
/// onVerdict, nor does Credentials::secretProvider: events that wait are dropped, and a handler
/// that runs on another thread is waited for, so hold no lock meanwhile that it wants. (Two
/// handlers that destroy each other's streams do not wait for each other.) onVerdict, if connect()
/// was called, and the calls that are pending, with Errc::cancelled, still come: before the
/// destructor returns if the stream has its own threads and was not destroyed in a handler on such
/// a thread, else later. They must not need what is destroyed with the stream.
class Stream {
 public:
  /// I/O and events on a thread of its own each. Destruction waits for both, and with them for a
  /// name lookup that is under way, unless it happens in a handler on such a thread.
  /// @throws Error with Errc::invalidOption, Errc::invalidUrl, Errc::plaintextCredentials.
  Stream(StreamOptions options, StreamEvents events);

  /// I/O on a strand of `context`, events on another. The context must outlive the stream, and be
  /// run by the caller for anything to happen. As many handlers as threads run it, if they block,
  /// block keep-alive as well.
  Stream(asio::io_context& context, StreamOptions options, StreamEvents events);

  /// The same, with events on a strand of `eventExecutor`, whose context must outlive the stream
  /// too.
  Stream(asio::io_context& context, asio::any_io_executor eventExecutor, StreamOptions options,
         StreamEvents events);

  /// Over a connection that is open, for tests; what concerns connecting is not used.
  Stream(std::shared_ptr<Transport> transport, StreamOptions options, StreamEvents events);

  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  ~Stream();

  /// Connects, once.
  ///  - Signature: `void(std::error_code, ErrorInfo)`.
  ///  - Completes when audio flows (the server has announced the stream, or is not waited for), or
  ///    the stream is over.
  ///  - Errors: Errc::invalidState the second time, or the verdict's error.
  ///  - Cancellation: the stream goes on connecting, so that `total` is ignored. close() ends it.
  template <class Token>
  auto connect(Token&& token) {
    return wsferry::detail::initiate<std::error_code, ErrorInfo>(
        eventExecutor(),
        [impl = impl_](auto completion) { startConnect(impl, std::move(completion)); },
        std::forward<Token>(token));
  }

  /// Blocking form. @throws Error; with Errc::invalidState in an event.
  void connect();

  /// Queues audio: one binary message, or several where it is long. Audio offered before connect()
  /// or before the metadata waits in the queue. Empty audio is nothing.
  ///  - Signature: `void(std::error_code)`.
  ///  - Completes when the queue has taken it: often at once. @see WhenFull
  ///  - Errors: Errc::queueFull with WhenFull::reject, invalidState after finish(); the verdict's
  ///    error, or Errc::invalidState where it has none, once the stream is over.
  ///  - Cancellation: any type ends a call that waits for room; nothing of its audio is sent.
  template <class Token>
  auto sendAudio(std::string bytes, Token&& token) {
    return wsferry::detail::initiate<std::error_code>(
        eventExecutor(),
        [impl = impl_, bytes = std::move(bytes)](auto completion) mutable {
          startSend(impl, std::move(bytes), std::move(completion));
        },
        std::forward<Token>(token));
  }

  /// Blocking form. @throws Error; that of the verdict once the stream is over. In an event, with
  /// Errc::invalidState if it would have to wait for room.
  void sendAudio(std::string bytes);

  /// Sends what is queued, then the end of stream, and waits for the server's.
  ///  - Signature: `void(Verdict)`.
  ///  - Completes when the stream is over, however it ends.
  ///  - Errors: in the verdict; Errc::invalidState there before connect().
  ///  - Cancellation gives the verdict so far, with Errc::cancelled; the stream is finished all the
  ///    same, so that `total` is ignored.
  template <class Token>
  auto finish(Token&& token) {
    return wsferry::detail::initiate<Verdict>(
        eventExecutor(),
        [impl = impl_](auto completion) { startFinish(impl, std::move(completion)); },
        std::forward<Token>(token));
  }

  /// Blocking form; does not throw for a stream that failed. @throws Error with Errc::invalidState
  /// in an event.
  Verdict finish();

  /// Ends the stream at once, on the server too; the verdict is `cancelled` unless the server has
  /// ended or failed it already.
  void close();

  StreamState state() const;

  /// Audio that the queue has taken and that waits to be sent, in bytes; not that of calls which
  /// have yet to complete.
  std::size_t queuedBytes() const;

  asio::any_io_executor eventExecutor() const;

 private:
  class Impl;

  static void startConnect(const std::shared_ptr<Impl>& impl,
                           Completion<std::error_code, ErrorInfo> completion);
  static void startSend(const std::shared_ptr<Impl>& impl, std::string bytes,
                        Completion<std::error_code> completion);
  static void startFinish(const std::shared_ptr<Impl>& impl, Completion<Verdict> completion);

  std::shared_ptr<Impl> impl_;
};

}  // namespace wsferry::gateway
