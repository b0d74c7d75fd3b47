#include "wsferry/gateway/stream.hpp"

#include <asio/post.hpp>
#include <asio/strand.hpp>
#include <atomic>
#include <future>

#include "core/thread/running_on.hpp"
#include "gateway/session/stream_session.hpp"
#include "wsferry/core/detail/thread/process_mark.hpp"

namespace wsferry::gateway {
namespace {

/// A completion that sets a promise; on whatever executor, as no code of the program runs in it.
template <class Value, class... Args>
Completion<Args...> fulfil(std::promise<Value> promise, const asio::any_io_executor& executor) {
  return Completion<Args...>(
      [promise = std::move(promise)](Args... args) mutable {
        promise.set_value(Value{std::move(args)...});
      },
      executor);
}

}  // namespace

/// What a Stream owns. The session outlives it as long as something is pending.
class Stream::Impl {
 public:
  Impl(asio::any_io_executor executor, std::shared_ptr<IoThread> thread,
       asio::any_io_executor eventExecutor, std::shared_ptr<IoThread> eventThread,
       std::shared_ptr<Transport> transport, StreamOptions options, StreamEvents events)
      : eventThread_(eventThread), thread_(thread) {
    const std::size_t limit = options.eventQueueBytes;
    events_ = std::make_shared<EventDelivery>(std::move(eventExecutor), std::move(eventThread),
                                              std::move(events), limit);
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
                  "This call would wait here for the stream's own thread or io_context, as in its "
                  "events: use the asynchronous form");
    }
  }

  void wakeSender() {
    asio::post(session_->executor(), [session = session_] { session->pump(); });
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

  /// The stream's owner is gone. Waits for a handler that runs, and for threads of its own.
  void leave() {
    // Nothing is left in a context that the program may not run again.
    if (session_->state() != StreamState::closed) {
      asio::post(session_->executor(), [session = session_] { session->drop(); });
    }
    events_->gate()->close();
    if (thread_) {
      thread_->end();
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
  std::promise<std::pair<std::error_code, ErrorInfo>> promise;
  auto connected = promise.get_future();
  impl_->startConnect(fulfil<std::pair<std::error_code, ErrorInfo>, std::error_code, ErrorInfo>(
      std::move(promise), impl_->session()->executor()));
  auto [error, info] = connected.get();
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
    std::promise<std::error_code> promise;
    auto taken = promise.get_future();
    startSend(
        impl_, std::move(bytes),
        fulfil<std::error_code, std::error_code>(std::move(promise), impl_->session()->executor()));
    result = taken.get();
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
  throw Error(*result, *result == Errc::queueFull
                           ? "The queue for audio is full, and WhenFull::reject was chosen; send "
                             "slower, or raise sendQueueBytes"
                           : "The stream takes no more audio: finish() was called, or the server "
                             "has ended it");
}

Verdict Stream::finish() {
  impl_->refuseToWaitHere();
  std::promise<Verdict> promise;
  auto finished = promise.get_future();
  impl_->startFinish(fulfil<Verdict, Verdict>(std::move(promise), impl_->session()->executor()));
  return finished.get();
}

void Stream::close() {
  asio::post(impl_->session()->executor(), [session = impl_->session()] { session->close(); });
}

StreamState Stream::state() const {
  return impl_->session()->state();
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

void Stream::startFinish(const std::shared_ptr<Impl>& impl, Completion<Verdict> completion) {
  impl->startFinish(std::move(completion));
}

}  // namespace wsferry::gateway
