#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/completion.hpp"
#include "wsferry/core/transport.hpp"
#include "wsferry/core/websocket_statistics.hpp"
#include "wsferry/export.hpp"
#include "wsferry/gateway/file_pace.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/gateway/stream_options.hpp"
#include "wsferry/gateway/stream_state.hpp"
#include "wsferry/gateway/stream_trace.hpp"
#include "wsferry/gateway/verdict.hpp"

namespace wsferry::gateway {

enum class StreamWarning {
  keepAliveTooSlow,  ///< The interval is not below the inactivity limit; raised when connecting.
  idle,              ///< Nothing but keep-alive was sent for StreamOptions::idleWarning.
  serverError        ///< A message of the server about something that the stream survives. @see
                     ///< MessageKind::warning
};

/// The events of a stream, in order, one at a time, on the events' executor. All may be empty.
/// onVerdict is called exactly once, last, for every stream on which connect() was called.
///
/// An exception from a handler closes the stream; only onVerdict follows, and carries it. An
/// exception from onVerdict itself is in the verdict that finish() then returns; unless the
/// executor runs on the stream's own thread, it also propagates to whoever runs the executor. A
/// completion that throws on the stream's own thread counts as a handler; elsewhere its exception
/// propagates to whoever runs its executor. The stream's own thread never ends the process: a lack
/// of memory there ends the stream, with Errc::outOfResources. A slow handler delays later events
/// and nothing else: keep-alive continues, and incoming messages wait, up to
/// StreamOptions::eventQueueBytes.
struct StreamEvents {
  std::function<void(const StreamMetadata&)> onMetadata;
  std::function<void(const Response&)> onResponse;
  /// What was said, after onResponse: texts that may still change, and final ones. A final one
  /// without text says that a sentence, whose last part continued, has ended.
  std::function<void(const Transcript&)> onPartial;
  std::function<void(const Transcript&)> onFinal;
  std::function<void(std::string_view bytes)> onBinary;  ///< A raw result (protocol section 7).
  std::function<void(std::string_view text)> onRawText;  ///< The same as text, with format raw.
  std::function<void(std::string_view json)> onUnknown;  ///< A message of an unknown type.
  /// What is wrong with a message, and its text: it is not JSON, has no type, or is a result whose
  /// text is not where the profile says (onResponse follows all the same). The stream continues;
  /// what the message should have said is lost, although the verdict may be a success.
  std::function<void(std::string_view problem, std::string_view text)> onProtocolError;
  std::function<void(StreamWarning warning, std::string_view message)> onWarning;
  /// What passes over the connection, for logs. Costs nothing if empty. Results are content: their
  /// texts are included.
  std::function<void(const StreamTrace&)> onTrace;
  std::function<void(const Verdict&)> onVerdict;
};

/// One stream: audio up, results down, on one WebSocket. It does not reconnect: another connection
/// would be another stream (protocol section 5).
///
/// For every asynchronous function:
///  - The last argument is an Asio completion token. The call completes exactly once, on the
///    handler's executor, or the events' executor if it has none, and never from inside itself,
///    except on an immediate executor of the handler. Its memory comes from the handler's
///    allocator.
///  - Cancellation: `terminal` and `partial` end the call with Errc::cancelled, and leave the
///    stream as it is. `total` does so where the function says; otherwise it is ignored.
///  - Thread-safety: like all functions, it may be called from any thread.
///  - Lifetime: arguments are copied or moved; the stream may be destroyed while calls are pending.
///
/// A blocking form that would wait inside an event, or elsewhere on a thread that runs the stream's
/// io_context, throws Error with Errc::invalidState: it would wait for itself.
///
/// A stream may be destroyed at any moment, even in its own handlers. That drops the connection,
/// which also ends the stream on the server. Once the destructor has returned, no event runs except
/// onVerdict, and neither does Credentials::secretProvider: waiting events are dropped, as by
/// close(), and the destructor waits for a handler that runs on another thread, so do not hold a
/// lock that it needs. (Two handlers that destroy each other's streams do not wait for each other.)
/// If connect() was called, onVerdict still comes, and pending calls still complete with
/// Errc::cancelled: before the destructor returns if the stream has its own threads and was not
/// destroyed in a handler on such a thread, otherwise later. They must not use anything that is
/// destroyed with the stream.
class WSFERRY_API Stream {
 public:
  /// Runs I/O and events on a thread each. Destruction waits for both, including a name lookup in
  /// progress, unless it happens in a handler on such a thread. @throws Error with
  /// Errc::invalidOption, Errc::invalidUrl, Errc::plaintextCredentials.
  Stream(StreamOptions options, StreamEvents events);

  /// Runs I/O on a strand of `context`, events on another. The context must outlive the stream, and
  /// the caller must run it. If blocked handlers occupy all its threads, keep-alive stops as well.
  Stream(asio::io_context& context, StreamOptions options, StreamEvents events);

  /// The same, with events on a strand of `eventExecutor`, whose context must also outlive the
  /// stream.
  Stream(asio::io_context& context, asio::any_io_executor eventExecutor, StreamOptions options,
         StreamEvents events);

  /// Over an open connection, for tests; options for connecting are not used.
  Stream(std::shared_ptr<Transport> transport, StreamOptions options, StreamEvents events);

  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  ~Stream();

  /// Connects, once.
  ///  - Signature: `void(std::error_code, ErrorInfo)`.
  ///  - Completes when audio flows (the server has announced the stream, or is not waited for), or
  ///    the stream is over.
  ///  - Errors: Errc::invalidState the second time, or the verdict's error.
  ///  - Cancellation: the stream continues connecting, so `total` is ignored. close() ends it.
  template <class Token>
  auto connect(Token&& token) {
    return wsferry::detail::initiate<std::error_code, ErrorInfo>(
        eventExecutor(),
        [impl = impl_](auto completion) { startConnect(impl, std::move(completion)); },
        std::forward<Token>(token));
  }

  /// Blocking form. @throws Error; with Errc::invalidState in an event.
  void connect();

  /// Queues audio: one binary message, or several if it is long. Audio offered before connect() or
  /// before the metadata waits in the queue. Empty audio is ignored.
  ///  - Signature: `void(std::error_code)`.
  ///  - Completes when the queue has taken it: often at once. @see WhenFull
  ///  - Errors: Errc::queueFull with WhenFull::reject, invalidState after finish(); the verdict's
  ///    error, or Errc::invalidState if it has none, once the stream is over.
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

  /// Queues a text message, such as a change of the configuration, after the audio for which
  /// sendAudio() has completed. It does not wait for room: whenFull does not apply, and up to
  /// sendQueueBytes of such messages may wait.
  ///  - Returns Errc::queueFull, or Errc::invalidState and the like as sendAudio();
  ///    empty if queued.
  [[nodiscard]] std::error_code sendText(std::string text);

  /// The same with Profile::flushMessage: asks the server to finalise what it has heard. A profile
  /// without one gives Errc::invalidOption.
  [[nodiscard]] std::error_code flush();

  /// The same with Profile::updateMessage: changes the configuration in mid-stream. `changes` is a
  /// JSON object, in the gateway's terms. Errc::invalidOption if it is none, if the profile has no
  /// such message, and for a value that Profile::configurationNeeds does not allow.
  [[nodiscard]] std::error_code update(std::string_view changes);

  /// Sends what is queued, then the end of stream, and waits for the server's.
  ///  - Signature: `void(Verdict)`.
  ///  - Completes when the stream is over, however it ends.
  ///  - Errors: in the verdict; Errc::invalidState there before connect().
  ///  - Cancellation gives the verdict so far, with Errc::cancelled; the stream is finished all the
  ///    same, so `total` is ignored.
  template <class Token>
  auto finish(Token&& token) {
    return wsferry::detail::initiate<Verdict>(
        eventExecutor(),
        [impl = impl_](auto completion) { startFinish(impl, std::move(completion)); },
        std::forward<Token>(token));
  }

  /// Blocking form; does not throw for a stream that failed. @throws Error with Errc::invalidState
  /// in an event.
  [[nodiscard]] Verdict finish();

  /// Streams a file from its beginning to the verdict: connects, unless connect() was called, sends
  /// it once audio may flow, and finishes. The file is sent as it is, including a WAV header;
  /// StreamOptions::rawAudio describes a file without a header. It is paced, and waits for room in
  /// the queue, whatever StreamOptions::whenFull says. Once per stream.
  ///  - Signature: `void(Verdict)`.
  ///  - Completes when the stream is over, however it ends.
  ///  - Errors: in the verdict. Before the stream is touched: Errc::invalidOption for a file that
  ///    is not audio, or not what rawAudio says, and if FilePace needs to know more about it;
  ///    fileFailed for a file that cannot be read or has no audio; invalidState the second time,
  ///    and for a stream that accepts no more audio. A file that cannot be read to its end closes
  ///    the stream, with fileFailed.
  ///  - Cancellation gives the verdict so far, with Errc::cancelled. The rest of the file is then
  ///    not read; what was read is sent, and the stream continues: finish() or close() ends it.
  ///    `total` is ignored.
  ///  - The file is opened by this call, on the thread that makes it, and its start is read. The
  ///    rest is read on the events' executor: a slow handler delays it.
  template <class Token>
  auto streamFile(std::string path, FilePace pace, Token&& token) {
    return wsferry::detail::initiate<Verdict>(
        eventExecutor(),
        [impl = impl_, path = std::move(path), pace](auto completion) {
          startFile(impl, path, pace, std::move(completion));
        },
        std::forward<Token>(token));
  }

  /// Blocking form; does not throw for a file or a stream that failed. @throws Error with
  /// Errc::invalidState in an event.
  [[nodiscard]] Verdict streamFile(const std::string& path, FilePace pace);

  /// Takes the next result, with StreamOptions::pullResults. One call at a time. Results that are
  /// not taken wait, up to eventQueueBytes, even after the verdict; close() drops them.
  ///  - Signature: `void(std::error_code, Response)`. @see transcriptsOf()
  ///  - Completes when a result is there, or can no longer come.
  ///  - Errors: Errc::invalidState without pullResults, before connect(), and while another call
  ///    waits. After the last result the verdict's error, or asio::error::eof if it has none.
  ///  - Cancellation of any type loses no result.
  template <class Token>
  auto readResult(Token&& token) {
    return wsferry::detail::initiate<std::error_code, Response>(
        eventExecutor(),
        [impl = impl_](auto completion) { startRead(impl, std::move(completion)); },
        std::forward<Token>(token));
  }

  /// Ends the stream at once, also on the server; the verdict is `cancelled` unless the server has
  /// already ended or failed it. No further event starts except onVerdict: waiting events are
  /// dropped. It does not wait for a handler that runs on another thread. If events of a stream
  /// that the server had ended were dropped, the verdict is `cancelled` all the same, because not
  /// all results were delivered.
  void close();

  StreamState state() const;

  /// Audio in the queue that waits to be sent, in bytes; without that of calls that have not
  /// completed yet.
  std::size_t queuedBytes() const;

  /// How far final results cover the audio, from its beginning: audio after that may be lost with
  /// the stream, and should be sent to another one. Counts the ends of results whose handler has
  /// returned, or that readResult() has returned. Of several channels or processors the slowest
  /// counts, from its first final result on. 0 before there is any, and for gateways that give no
  /// times.
  Duration coveredAudio() const;

  /// Counters of the connection; after its end the last ones. Zeros before it is open.
  WebSocketStatistics statistics() const;

  /// The subprotocol that the server chose; empty if none, and before the connection is open. `***`
  /// if it is a credential.
  std::string subprotocol() const;

  /// The headers of the server's answer to the upgrade, such as a request id. @see
  /// WebSocketClient::responseHeaders(); those of an upgrade that was refused are in the verdict.
  std::vector<std::pair<std::string, std::string>> responseHeaders() const;

  asio::any_io_executor eventExecutor() const;

 private:
  class Impl;

  static void startConnect(const std::shared_ptr<Impl>& impl,
                           Completion<std::error_code, ErrorInfo> completion);
  static void startSend(const std::shared_ptr<Impl>& impl, std::string bytes,
                        Completion<std::error_code> completion);
  static void startFile(const std::shared_ptr<Impl>& impl, const std::string& path, FilePace pace,
                        Completion<Verdict> completion);
  static void startRead(const std::shared_ptr<Impl>& impl,
                        Completion<std::error_code, Response> completion);
  static void startFinish(const std::shared_ptr<Impl>& impl, Completion<Verdict> completion);

  std::shared_ptr<Impl> impl_;
};

}  // namespace wsferry::gateway
