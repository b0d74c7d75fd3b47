#include "wsferry/gateway/stream.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <asio/strand.hpp>
#include <atomic>
#include <utility>

#include "core/thread/running_on.hpp"
#include "gateway/session/file_sending.hpp"
#include "gateway/session/stream_session.hpp"
#include "wsferry/core/detail/thread/awaited.hpp"
#include "wsferry/core/detail/thread/last_post.hpp"
#include "wsferry/core/detail/thread/process_mark.hpp"
#include "wsferry/gateway/detail/messages/json_values.hpp"
#include "wsferry/gateway/detail/messages/member_path.hpp"
#include "wsferry/gateway/detail/messages/message_template.hpp"
#include "wsferry/gateway/detail/request/refuse_option.hpp"

namespace wsferry::gateway {
/// What a Stream owns. The session outlives it as long as something is pending.
class Stream::Impl {
 public:
  Impl(asio::any_io_executor executor, std::shared_ptr<IoThread> thread,
       asio::any_io_executor eventExecutor, std::shared_ptr<IoThread> eventThread,
       std::shared_ptr<Transport> transport, StreamOptions options, StreamEvents events)
      : eventThread_(eventThread), thread_(thread), rawAudio_(options.rawAudio) {
    if (options.pullResults && (events.onResponse || events.onPartial || events.onFinal)) {
      refuse("pullResults",
             "Results are either read or delivered as events: leave onResponse, onPartial and "
             "onFinal empty");
    }
    events_ = std::make_shared<EventDelivery>(std::move(eventExecutor), std::move(eventThread),
                                              std::move(events), options);
    auto& provider = options.credentials.secretProvider;
    provider = guarded(events_->gate(), std::move(provider));
    session_ = std::make_shared<StreamSession>(std::move(executor), std::move(thread),
                                               std::move(transport), std::move(options), events_);
    if (thread_) {
      thread_->onException([weak = std::weak_ptr(session_)](const std::exception_ptr& thrown) {
        if (const auto session = weak.lock()) {
          session->onException(thrown);
        }
      });
      eventThread_->onException([weak = std::weak_ptr(events_)](const std::exception_ptr& thrown) {
        if (const auto delivery = weak.lock()) {
          delivery->onException(thrown);
        }
      });
    }
  }

  bool isOfOtherProcess() const { return thread_ && thread_->isOfOtherProcess(); }

  const std::shared_ptr<StreamSession>& session() const { return session_; }
  const asio::any_io_executor& eventExecutor() const { return events_->executor(); }

  /// Runs `call(session, id)` on the session's executor.
  template <class Call>
  void run(StreamSession::CallId id, Call call) {
    asio::post(session_->executor(),
               [session = session_, id, call = std::move(call)]() mutable { call(*session, id); });
  }

  StreamSession::CallId newCallId() { return nextCallId_++; }

  bool wouldWaitForItself() const {
    return isRunningOn(session_->executor()) || isRunningOn(events_->executor());
  }

  void refuseToWaitHere() const {
    if (wouldWaitForItself()) {
      throw Error(Errc::invalidState,
                  "This call would wait for the stream's own thread or io_context, as in its event "
                  "handlers: use the asynchronous form");
    }
  }

  void closeEvents() { events_->close(); }

  void wakeSender() {
    asio::post(session_->executor(), [session = session_] { session->pump(); });
  }

  std::error_code offerMessage(std::string text, AudioPiece::Kind kind) {
    bool awaited = false;
    const std::error_code error = session_->queue().offerMessage(std::move(text), kind, awaited);
    if (awaited) {
      wakeSender();
    }
    return error;
  }

  void startConnect(Completion<std::error_code, ErrorInfo> completion) {
    connectCalled_ = true;
    const auto id = newCallId();
    cancelWith(completion, id,
               [](StreamSession& session, auto call) { session.cancelConnect(call); });
    run(id, [completion = std::move(completion)](StreamSession& session, auto call) mutable {
      session.connect(call, std::move(completion));
    });
  }

  void startFinish(Completion<Verdict> completion) {
    if (!connectCalled_) {
      Verdict verdict;
      verdict.error = Errc::invalidState;
      verdict.info.message = "finish() needs a stream: call connect() first";
      completion.completeAtOnce(std::move(verdict));
      return;
    }
    // At once, so that the same thread offers nothing behind it.
    session_->queue().close(Errc::invalidState);
    const auto id = newCallId();
    cancelWith(completion, id,
               [](StreamSession& session, auto call) { session.cancelFinish(call); });
    run(id, [completion = std::move(completion)](StreamSession& session, auto call) mutable {
      session.finish(call, std::move(completion));
    });
  }

  void startFile(const std::string& path, const FilePace& pace, Completion<Verdict> completion) {
    std::shared_ptr<FileSending> file;
    try {
      file = std::make_shared<FileSending>(path, rawAudio_, pace);
      if (hasFile_.exchange(true)) {
        throw Error(Errc::invalidState, "streamFile() works once per Stream; make another stream");
      }
    } catch (const Error& error) {
      Verdict verdict;
      verdict.error = error.code();
      verdict.info = error.info();
      completion.completeAtOnce(std::move(verdict));
      return;
    }
    connectCalled_ = true;
    const auto id = newCallId();
    cancelWith(completion, id, [weak = std::weak_ptr(file)](StreamSession& session, auto call) {
      if (const auto cancelled = weak.lock()) {
        cancelled->stop();
        session.endFile();
      }
      session.cancelFinish(call);
    });
    run(id, [file, executor = eventExecutor(), completion = std::move(completion)](
                StreamSession& session, auto call) mutable {
      if (!session.queue().expect(file->size())) {
        Verdict verdict;
        verdict.error = Errc::invalidState;
        verdict.info.message = "The stream accepts no more audio: nothing of the file was sent";
        completion(std::move(verdict));
        return;
      }
      session.awaitVerdict(call, std::move(completion));
      if (!session.hasStarted()) {
        session.connect(call, {[](const std::error_code&, const ErrorInfo&) {}, executor});
      }
      file->start(session.shared_from_this(), executor);
    });
  }

  void startRead(Completion<std::error_code, Response> completion) {
    if (!connectCalled_) {
      completion.completeAtOnce(Errc::invalidState, {});
      return;
    }
    const auto id = newCallId();
    completion.onCancel([weak = std::weak_ptr(events_), id](asio::cancellation_type) {
      if (const auto events = weak.lock()) {
        asio::post(events->executor(), [events, id] { events->cancelRead(id); });
      }
    });
    asio::post(events_->executor(),
               [events = events_, id, completion = std::move(completion)]() mutable {
                 events->readResult(id, std::move(completion));
               });
  }

  Duration coveredAudio() const { return events_->coveredAudio(); }

  /// The stream's owner is gone. Waits for a handler that runs, and for threads of its own.
  void leave() {
    events_->close();
    // Nothing is left in a context that the program may not run again.
    const bool isDropped =
        session_->state() == StreamState::closed ||
        postLast(session_->executor(), [session = session_] { session->drop(); });
    events_->gate()->close();
    if (thread_) {
      if (!isDropped) {
        thread_->stop();
      }
      if (thread_->end()) {
        events_->abandon();
      }
      eventThread_->end();
    }
  }

 private:
  // What these calls began goes on without them, so that `total` does not end them.
  template <class AnyCompletion, class Cancel>
  void cancelWith(AnyCompletion& completion, StreamSession::CallId id, Cancel cancel) {
    completion.onCancel([weak = std::weak_ptr(session_), id, cancel](asio::cancellation_type type) {
      const auto session = weak.lock();
      if (session && endsBegunCall(type)) {
        asio::post(session->executor(), [session, id, cancel] { cancel(*session, id); });
      }
    });
  }

  // First, because they keep the contexts of everything below alive.
  std::shared_ptr<IoThread> eventThread_;
  std::shared_ptr<IoThread> thread_;
  std::shared_ptr<EventDelivery> events_;
  std::shared_ptr<StreamSession> session_;
  std::atomic<StreamSession::CallId> nextCallId_{1};
  std::atomic<bool> connectCalled_{false};
  std::atomic<bool> hasFile_{false};
  const std::optional<RawAudio> rawAudio_;
};

Stream::Stream(StreamOptions options, StreamEvents events) {
  // One thread needs no strand.
  auto thread = std::make_shared<IoThread>();
  auto eventThread = std::make_shared<IoThread>();
  const asio::any_io_executor executor = thread->context().get_executor();
  const asio::any_io_executor eventExecutor = eventThread->context().get_executor();
  impl_ = std::make_shared<Impl>(executor, std::move(thread), eventExecutor, std::move(eventThread),
                                 nullptr, std::move(options), std::move(events));
}

Stream::Stream(asio::io_context& context, StreamOptions options, StreamEvents events)
    : impl_(std::make_shared<Impl>(asio::make_strand(context), nullptr, asio::make_strand(context),
                                   nullptr, nullptr, std::move(options), std::move(events))) {}

Stream::Stream(asio::io_context& context, asio::any_io_executor eventExecutor,
               StreamOptions options, StreamEvents events)
    : impl_(std::make_shared<Impl>(asio::make_strand(context), nullptr,
                                   asio::make_strand(eventExecutor), nullptr, nullptr,
                                   std::move(options), std::move(events))) {}

Stream::Stream(std::shared_ptr<Transport> transport, StreamOptions options, StreamEvents events) {
  const asio::any_io_executor executor = transport->executor();
  impl_ = std::make_shared<Impl>(executor, nullptr, asio::make_strand(executor), nullptr,
                                 std::move(transport), std::move(options), std::move(events));
}

Stream::Stream(Stream&&) noexcept = default;

Stream& Stream::operator=(Stream&& other) noexcept {
  Stream taken(std::move(other));
  std::swap(impl_, taken.impl_);
  return *this;
}

Stream::~Stream() {
  if (impl_ && impl_->isOfOtherProcess()) {
    keepForEver(std::move(impl_));
  } else if (impl_) {
    impl_->leave();
  }
}

void Stream::connect() {
  impl_->refuseToWaitHere();
  auto [error, info] = awaitResult<std::pair<std::error_code, ErrorInfo>>([this](auto handler) {
    impl_->startConnect({std::move(handler), impl_->session()->executor()});
  });
  if (error) {
    throw Error(error, std::move(info));
  }
}

void Stream::sendAudio(std::string bytes) {
  bool awaited = false;
  auto result = impl_->session()->queue().tryOffer(bytes, awaited);
  if (awaited) {
    impl_->wakeSender();
  }
  if (!result) {
    impl_->refuseToWaitHere();
    result = awaitResult<std::error_code>([&](auto handler) {
      startSend(impl_, std::move(bytes), {std::move(handler), impl_->session()->executor()});
    });
  }
  if (!*result) {
    return;
  }
  const StreamState now = state();
  const bool isEnding = now == StreamState::closing || now == StreamState::closed;
  if (*result != Errc::queueFull && isEnding && !impl_->wouldWaitForItself()) {
    const Verdict verdict = finish();
    if (verdict.error) {
      throw Error(verdict.error, verdict.info);
    }
  }
  throw Error(
      *result,
      *result == Errc::queueFull
          ? "The audio queue is full, and WhenFull::reject was chosen; send slower, or raise "
            "sendQueueBytes"
          : "The stream accepts no more audio: finish() was called, or the server has ended it");
}

std::error_code Stream::sendText(std::string text) {
  return impl_->offerMessage(std::move(text), AudioPiece::Kind::text);
}

std::error_code Stream::flush() {
  const std::string& message = impl_->session()->profile().flushMessage;
  return message.empty() ? Errc::invalidOption
                         : impl_->offerMessage(message, AudioPiece::Kind::flush);
}

std::error_code Stream::update(std::string_view changes) {
  const Profile& profile = impl_->session()->profile();
  if (profile.updateMessage.empty() || !isWholeJsonObject(changes)) {
    return Errc::invalidOption;
  }
  std::string message = withChanges(profile.updateMessage, changes);
  const bool isHarmless = std::all_of(
      profile.configurationNeeds.begin(), profile.configurationNeeds.end(), [&](const auto& need) {
        const std::string_view value = memberTextAt(message, need.first);
        return value.empty() || value == need.second;
      });
  return isHarmless ? impl_->offerMessage(std::move(message), AudioPiece::Kind::text)
                    : make_error_code(Errc::invalidOption);
}

Verdict Stream::finish() {
  impl_->refuseToWaitHere();
  return awaitResult<Verdict>([this](auto handler) {
    impl_->startFinish({std::move(handler), impl_->session()->executor()});
  });
}

Verdict Stream::streamFile(const std::string& path, FilePace pace) {
  impl_->refuseToWaitHere();
  return awaitResult<Verdict>([&](auto handler) {
    impl_->startFile(path, pace, {std::move(handler), impl_->session()->executor()});
  });
}

void Stream::close() {
  impl_->closeEvents();
  asio::post(impl_->session()->executor(), [session = impl_->session()] { session->close(); });
}

StreamState Stream::state() const {
  return impl_->session()->state();
}

Duration Stream::coveredAudio() const {
  return impl_->coveredAudio();
}

WebSocketStatistics Stream::statistics() const {
  return impl_->session()->facts().statistics();
}

std::string Stream::subprotocol() const {
  return impl_->session()->facts().subprotocol();
}

std::vector<std::pair<std::string, std::string>> Stream::responseHeaders() const {
  return impl_->session()->facts().responseHeaders();
}

std::size_t Stream::queuedBytes() const {
  return static_cast<std::size_t>(impl_->session()->queue().counters().queued);
}

asio::any_io_executor Stream::eventExecutor() const {
  return impl_->eventExecutor();
}

void Stream::startConnect(const std::shared_ptr<Impl>& impl,
                          Completion<std::error_code, ErrorInfo> completion) {
  impl->startConnect(std::move(completion));
}

void Stream::startSend(const std::shared_ptr<Impl>& impl, std::string bytes,
                       Completion<std::error_code> completion) {
  if (impl->session()->queue().offer(std::move(bytes), std::move(completion))) {
    impl->wakeSender();
  }
}

void Stream::startFile(const std::shared_ptr<Impl>& impl, const std::string& path, FilePace pace,
                       Completion<Verdict> completion) {
  impl->startFile(path, pace, std::move(completion));
}

void Stream::startRead(const std::shared_ptr<Impl>& impl,
                       Completion<std::error_code, Response> completion) {
  impl->startRead(std::move(completion));
}

void Stream::startFinish(const std::shared_ptr<Impl>& impl, Completion<Verdict> completion) {
  impl->startFinish(std::move(completion));
}

}  // namespace wsferry::gateway
