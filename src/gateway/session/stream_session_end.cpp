// How a stream ends: deadlines, the end of the connection, and the verdict.
#include <algorithm>
#include <asio/post.hpp>

#include "gateway/session/stream_session.hpp"
#include "wsferry/core/detail/error/thrown.hpp"
#include "wsferry/core/detail/text/redaction.hpp"
#include "wsferry/core/detail/text/seconds_text.hpp"

namespace wsferry::gateway {
namespace {

constexpr std::uint16_t normalClose = 1000;

}  // namespace

void StreamSession::cancelConnect(CallId id) {
  if (connect_ && connect_->id == id) {
    ErrorInfo info;
    info.message = "connect() was cancelled; the stream goes on";
    connect_->completion(Errc::cancelled, std::move(info));
    connect_.reset();
  }
}

void StreamSession::cancelFinish(CallId id) {
  const auto found = std::find_if(finishes_.begin(), finishes_.end(),
                                  [id](const Finish& candidate) { return candidate.id == id; });
  if (found == finishes_.end()) {
    return;
  }
  auto completion = std::move(found->completion);
  finishes_.erase(found);
  StreamHistory soFar = history_;
  soFar.cancelled = true;
  soFar.error = Errc::cancelled;
  soFar.info.message = "finish() was cancelled; the stream goes on";
  const auto counters = queue_->counters();
  soFar.audioBytesSent = counters.taken;
  Verdict verdict = judge(soFar, settings_.rules);
  verdict.audioBytesUnsent = counters.dropped;
  completion(std::move(verdict));
}

void StreamSession::close() {
  if (!isOver()) {
    cancel("The stream was closed by this side before the server had ended it.");
  }
}

void StreamSession::drop() {
  if (isOver()) {
    return;
  }
  const std::string message = "The stream was destroyed before the server had ended it.";
  cancel(message);
  if (!isOver()) {
    ErrorInfo info;
    info.message = message;
    transport_->abort(Errc::cancelled, std::move(info));
    conclude();
  }
}

void StreamSession::onException(const std::exception_ptr& exception) {
  if (told_) {
    return;
  }
  const std::error_code error = exceptionCode(exception);
  ErrorInfo info;
  info.message =
      "The stream was ended by an exception on its own thread" + exceptionText(exception);
  history_.exception = exception;
  discarding_ = true;
  setEnd(error, info, true);
  stop(error);
  if (transport_) {
    transport_->abort(error, std::move(info));
  }
  if (started_) {
    conclude();
  } else {
    state_ = StreamState::closed;
  }
}

void StreamSession::onHandlerThrew() {
  asio::post(executor_, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && !self->isOver()) {
      self->cancel("The stream was closed because an event handler threw an exception.");
    }
  });
}

void StreamSession::onWake() {
  if (isOver()) {
    return;
  }
  alarm_ = TimePoint::max();
  const TimePoint now = transport_->now();
  watch_->onReceived(transport_->hasUnreadInput() ? now : transport_->lastReceived());
  watch_->onUnsent(transport_->bytesToSend(), now);
  if (paused_) {
    watch_->onPaused(now);
  }
  for (auto action = watch_->onTime(now); action != LineWatch::Action::none;
       action = watch_->onTime(now)) {
    onLineAction(action);
  }
  onDeadline(now);
  armWake();
}

void StreamSession::onLineAction(LineWatch::Action action) {
  ErrorInfo info;
  switch (action) {
    case LineWatch::Action::none:
      return;
    case LineWatch::Action::keepAlive:
      sendKeepAlive();
      return;
    case LineWatch::Action::warnIdle:
      events_->warning(StreamWarning::idle, "Nothing but keep-alive was sent for " +
                                                secondsText(settings_.line.idleWarning) +
                                                "; the server ends a stream that is idle for " +
                                                secondsText(settings_.rules.idleLimit) + ".");
      return;
    case LineWatch::Action::declareDead:
      info.message = "The server did not answer a ping within " +
                     secondsText(settings_.line.pongTimeout) + ", nor sent anything else.";
      break;
    case LineWatch::Action::declareStalled:
      info.message = "The network took nothing of what was to be sent for " +
                     secondsText(settings_.line.sendTimeout) + ".";
      break;
  }
  setEnd(Errc::connectionLost, info, true);
  stop(Errc::connectionLost);
  state_ = StreamState::closing;
  transport_->abort(Errc::connectionLost, std::move(info));
}

void StreamSession::onDeadline(TimePoint now) {
  if (now >= closeDeadline_) {
    closeDeadline_ = TimePoint::max();
    if (closeSent_) {
      ErrorInfo info;
      info.message = "The server did not answer the close frame within " +
                     secondsText(settings_.closeTimeout) + ".";
      transport_->abort(Errc::timedOut, std::move(info));
    } else {
      closeTransport();
    }
  } else if (now >= metadataDeadline_) {
    giveUp(Errc::timedOut, "The server did not announce the stream within " +
                               secondsText(settings_.metadataTimeout) +
                               " of the connection's opening.");
  } else if (now >= drainDeadline_) {
    onDrainDeadline(now);
  }
}

// Silence after the end of stream is success only where the server provably has it.
bool StreamSession::isUploadCertain() const {
  return transport_->bytesToSend() == 0 && (!pings() || transport_->lastReceived() > endSentAt_);
}

void StreamSession::onDrainDeadline(TimePoint now) {
  const bool isUpload = !settings_.rules.egress && history_.endSent;
  if (paused_) {
    // What the server said is not known while the program does not take events.
    drainDeadline_ = now + (isUpload ? settings_.uploadTimeout : settings_.drainTimeout);
  } else if (isUpload && isUploadCertain()) {
    history_.uploadQuiet = true;
    setEnd({}, {}, true);
    stop(Errc::invalidState);
    closeTransport();
  } else if (isUpload && now - endSentAt_ < settings_.drainTimeout) {
    drainDeadline_ = now + settings_.uploadTimeout;
  } else {
    giveUp(Errc::timedOut, history_.endSent
                               ? "The server did not end the stream within " +
                                     secondsText(settings_.drainTimeout) + " of our end of stream."
                               : "The audio could not be sent within " +
                                     secondsText(settings_.drainTimeout) + " of finish().");
  }
}

void StreamSession::armWake() {
  if (isOver()) {
    return;
  }
  const TimePoint next =
      std::min({watch_->nextEvent(), metadataDeadline_, drainDeadline_, closeDeadline_});
  // A wake that has become too early costs less than moving the alarm with every message.
  if (next < alarm_) {
    alarm_ = next;
    transport_->wakeAt(next);
  }
}

void StreamSession::onClosed(const std::error_code& error, const ErrorInfo& info) {
  if (!isOver()) {
    setEnd(error, info, false);
    conclude();
  }
}

// The first reason is the one that counts.
void StreamSession::setEnd(std::error_code error, ErrorInfo info, bool endedHere) {
  if (!std::exchange(ended_, true)) {
    history_.error = error;
    history_.info = std::move(info);
    history_.endedHere = endedHere;
  }
}

void StreamSession::giveUp(Errc error, std::string message) {
  ErrorInfo info;
  info.message = std::move(message);
  setEnd(error, std::move(info), true);
  stop(error);
  closeTransport();
}

void StreamSession::cancel(std::string message) {
  discarding_ = true;
  if (!ended_) {
    history_.cancelled = true;
    ErrorInfo info;
    info.message = std::move(message);
    setEnd(Errc::cancelled, std::move(info), true);
  }
  stop(Errc::cancelled);
  if (transport_ && started_) {
    transport_->pauseReceiving(false);
    closeTransport();
  } else if (started_) {
    conclude();
  } else {
    state_ = StreamState::closed;
  }
}

void StreamSession::awaitClose(std::error_code refusal) {
  stop(refusal);
  state_ = StreamState::closing;
  if (!closeSent_ && closeDeadline_ == TimePoint::max()) {
    closeDeadline_ = transport_->now() + settings_.closeTimeout;
    armWake();
  }
}

// Nothing more is sent.
void StreamSession::stop(std::error_code refusal) {
  metadataDeadline_ = TimePoint::max();
  drainDeadline_ = TimePoint::max();
  if (watch_) {
    watch_->stop();
  }
  history_.audioLeft = queue_->drop(refusal) > 0 || history_.audioLeft;
}

void StreamSession::closeTransport() {
  state_ = StreamState::closing;
  if (!std::exchange(closeSent_, true)) {
    transport_->close(normalClose, "");
    closeDeadline_ = transport_->now() + settings_.closeTimeout;
    armWake();
  }
}

void StreamSession::conclude() {
  state_ = StreamState::closed;
  if (opener_) {
    opener_->cancel();
    opener_.reset();
  }
  if (transport_ && watch_) {
    const TimePoint now = transport_->now();
    history_.sinceSent = std::chrono::duration_cast<Duration>(now - watch_->lastSent());
    history_.sinceContentSent =
        std::chrono::duration_cast<Duration>(now - watch_->lastContentSent());
  }
  history_.info = wsferry::withoutSecrets(std::move(history_.info), secrets_);
  history_.audioBytesSent = queue_->counters().taken;
  Verdict verdict = judge(history_, settings_.rules);
  stop(verdict.error ? verdict.error : Errc::invalidState);
  verdict.audioBytesUnsent = queue_->counters().dropped;
  EndWaiters waiters;
  if (connect_) {
    waiters.connect = std::move(connect_->completion);
    connect_.reset();
  }
  for (Finish& finish : finishes_) {
    waiters.finishes.push_back(std::move(finish.completion));
  }
  finishes_.clear();
  told_ = true;
  events_->verdict(std::move(verdict), std::move(waiters));
  transport_.reset();
  work_ = {};
}

}  // namespace wsferry::gateway
