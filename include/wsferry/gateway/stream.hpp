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
  keepAliveTooSlow,  ///< The interval is not below the inactivity limit; told when connecting.
  idle,              ///< Nothing but keep-alive was sent for StreamOptions::idleWarning.
  serverError        ///< The server's words on what the stream survives. @see MessageKind::warning
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
  /// What was said, behind onResponse: texts that may still change, and those that do not. A final
  /// one without text tells that a sentence, whose last part continued, has ended.
  std::function<void(const Transcript&)> onPartial;
  std::function<void(const Transcript&)> onFinal;
  std::function<void(std::string_view bytes)> onBinary;  ///< A raw result (protocol section 7).
  std::function<void(std::string_view text)> onRawText;  ///< The same as text, with format raw.
  std::function<void(std::string_view json)> onUnknown;  ///< A message of an unknown type.
  /// Text that is not JSON or has no type: what is wrong with it, and the text. The stream goes on.
  std::function<void(std::string_view problem, std::string_view text)> onProtocolError;
  std::function<void(StreamWarning warning, std::string_view message)> onWarning;
  /// What passes over the connection, for logs. It costs nothing where it is empty. Results are
  /// content: their texts are in it.
  std::function<void(const StreamTrace&)> onTrace;
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
/// onVerdict, nor does Credentials::secretProvider: events that wait are dropped, as by close(),
/// and a handler that runs on another thread is waited for, so hold no lock meanwhile that it
/// wants. (Two handlers that destroy each other's streams do not wait for each other.) onVerdict,
/// if connect() was called, and the calls that are pending, with Errc::cancelled, still come:
/// before the destructor returns if the stream has its own threads and was not destroyed in a
/// handler on such a thread, else later. They must not need what is destroyed with the stream.
class WSFERRY_API Stream {
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

  /// Queues a text message, behind the audio that sendAudio() has completed for, such as a change
  /// of the configuration. It does not wait for room: whenFull does not count for it, and of such
  /// messages sendQueueBytes may wait.
  ///  - Returns Errc::queueFull, or Errc::invalidState and the like as sendAudio();
  ///    empty if queued.
  [[nodiscard]] std::error_code sendText(std::string text);

  /// The same with Profile::flushMessage: the server is to make final what it has heard. A profile
  /// without one gives Errc::invalidOption.
  [[nodiscard]] std::error_code flush();

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
  [[nodiscard]] Verdict finish();

  /// Streams a file from its beginning to the verdict: connects, unless connect() was called, sends
  /// it once audio may flow, and finishes. The file goes out as it is, a WAV header included; of
  /// one without a header StreamOptions::rawAudio says what it holds. It is paced, and waits for
  /// room in the queue, whatever StreamOptions::whenFull says. Once per stream.
  ///  - Signature: `void(Verdict)`.
  ///  - Completes when the stream is over, however it ends.
  ///  - Errors: in the verdict. Before the stream is touched: Errc::invalidOption for what is no
  ///    file of audio, or not what rawAudio says, and where FilePace needs to know more of it;
  ///    fileFailed for what cannot be read, and for a file without audio; invalidState the second
  ///    time, and for a stream that takes no more audio. A file that cannot be read to its end
  ///    closes the stream, with fileFailed.
  ///  - Cancellation gives the verdict so far, with Errc::cancelled. The rest of the file is not
  ///    read then; what was read is sent, and the stream goes on: finish() or close() ends it.
  ///    `total` is ignored.
  ///  - The file is opened by this call, on the thread that makes it, and its start is read.
  ///    The rest of it is read on the events' executor: a handler that takes its time delays that.
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

  /// Takes the next result, with StreamOptions::pullResults. One call at a time. Results that
  /// nobody takes wait, up to eventQueueBytes, and behind the verdict as well; close() drops them.
  ///  - Signature: `void(std::error_code, Response)`. @see transcriptsOf()
  ///  - Completes when a result is there, or can no longer come.
  ///  - Errors: Errc::invalidState without pullResults, before connect(), and while another call
  ///    waits. Behind the last result that of the verdict, or asio::error::eof where it has none.
  ///  - Cancellation of any type loses no result.
  template <class Token>
  auto readResult(Token&& token) {
    return wsferry::detail::initiate<std::error_code, Response>(
        eventExecutor(),
        [impl = impl_](auto completion) { startRead(impl, std::move(completion)); },
        std::forward<Token>(token));
  }

  /// Ends the stream at once, on the server too; the verdict is `cancelled` unless the server has
  /// ended or failed it already. No event begins any more but onVerdict: those that wait are
  /// dropped. A handler that runs on another thread is not waited for. Where events were dropped of
  /// a stream that the server had ended, the verdict is `cancelled` all the same, as not all
  /// results were told.
  void close();

  StreamState state() const;

  /// Audio that the queue has taken and that waits to be sent, in bytes; not that of calls which
  /// have yet to complete.
  std::size_t queuedBytes() const;

  /// Up to where final results cover the audio, from its beginning: audio behind that may be lost
  /// with the stream, and is what another stream has to be given. By the ends of the results that a
  /// handler has returned from, or readResult() has given. Of several channels or processors the
  /// one that is furthest behind counts, from its first final result on. 0 before there is any, and
  /// for gateways that give no times.
  Duration coveredAudio() const;

  /// Counters of the connection; behind its end the last ones. Zeros before it is open.
  WebSocketStatistics statistics() const;

  /// The subprotocol that the server chose; empty if none, and before the connection is open. Where
  /// it is a credential, `***`.
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
