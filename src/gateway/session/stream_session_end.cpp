// How a stream ends: deadlines, the end of the connection, and the verdict.
#include <algorithm>
#include <asio/post.hpp>
#include <new>
#include <string>

#include "gateway/session/stream_session.hpp"
#include "wsferry/core/detail/error/affordable.hpp"
#include "wsferry/core/detail/error/thrown.hpp"
#include "wsferry/core/detail/secrets/redaction.hpp"
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
  Verdict verdict = course_.withoutFinish(sent());
  verdict.audioBytesUnsent = queue_->counters().dropped;
  completion(std::move(verdict));
}

void StreamSession::close() {
  carryOut(
      course_.cancel("The stream was closed by this side before the server had ended it.", now()));
}

void StreamSession::fail(std::error_code error, ErrorInfo info) {
  carryOut(course_.cancel({error, std::move(info)}, now()));
}

void StreamSession::drop() {
  carryOut(course_.drop(now()));
}

void StreamSession::onException(const std::exception_ptr& exception) {
  std::string message = affordable([&] {
    return blankLongSecrets(
        "The stream was ended by an exception on its own thread" + exceptionText(exception),
        secrets_);
  });
  try {
    carryOut(course_.onException(exception, std::move(message)));
  } catch (const std::bad_alloc&) {
    connect_.reset();  // Nobody waits for memory.
    finishes_.clear();
    throw;
  }
}

void StreamSession::onHandlerThrew() {
  asio::post(executor_, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self) {
      self->carryOut(self->course_.cancel(
          "The stream was closed because an event handler threw an exception.", self->now()));
    }
  });
}

void StreamSession::onWake() {
  if (isOver()) {
    return;
  }
  alarm_ = TimePoint::max();
  const TimePoint now = transport_->now();
  const TimePoint heard = transport_->lastReceived();
  // Asking the system is dear, and matters only where silence may be a death.
  const bool mayBeDead = now - heard >= settings_.line.pongTimeout;
  watch_->onReceived(mayBeDead && transport_->hasUnreadInput() ? now : heard);
  watch_->onUnsent(transport_->bytesToSend(), now);
  if (course_.isPaused()) {
    watch_->onPaused(now);
  }
  for (auto action = watch_->onTime(now); action != LineWatch::Action::none;
       action = watch_->onTime(now)) {
    onLineAction(action);
  }
  if (now >= pausedUntil_) {
    resume();
  }
  const bool isEndAnswered = endPing_ != 0 && transport_->lastPong() >= endPing_;
  carryOut(course_.onTime(now, {transport_->bytesToSend(), isEndAnswered}));
}

void StreamSession::onLineAction(LineWatch::Action action) {
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
    case LineWatch::Action::declareStalled:
    case LineWatch::Action::declareIgnored:
      carryOut(course_.onLineLost(action));
      return;
  }
}

void StreamSession::armWake() {
  if (isOver() || !watch_) {
    return;
  }
  const TimePoint next = std::min({watch_->nextEvent(), course_.nextDeadline(), pausedUntil_});
  // A wake that has become too early costs less than moving the alarm with every message.
  if (next < alarm_) {
    alarm_ = next;
    transport_->wakeAt(next);
  }
}

void StreamSession::onClosed(const std::error_code& error, const ErrorInfo& info) {
  if (!isOver()) {
    trace(StreamTrace::Kind::closed, MessageType::text, info.message, false);
  }
  carryOut(course_.onClosed({error, wsferry::withoutSecrets(info, secrets_)}));
}

void StreamSession::carryOut(StreamCourse::Step step) {
  state_ = course_.state();
  if (step.stop) {
    stop(*step.stop);
  }
  if (step.flow) {
    if (connect_) {
      connect_->completion({}, {});
      connect_.reset();
    }
    resume();
    pump();
  }
  if (step.listen) {
    transport_->pauseReceiving(false);
  }
  if (step.close) {
    transport_->close(normalClose, "");
  }
  if (step.abort && transport_) {
    transport_->abort(step.abort->error, std::move(step.abort->info));
  }
  if (step.conclude) {
    conclude();
  }
  armWake();
}

// Nothing more is sent.
void StreamSession::stop(std::error_code refusal) {
  if (watch_) {
    watch_->stop();
  }
  course_.onDropped(queue_->drop(refusal));
}

StreamCourse::Sent StreamSession::sent() const {
  StreamCourse::Sent sent;
  sent.audioBytes = queue_->counters().taken;
  if (transport_ && watch_) {
    const TimePoint now = transport_->now();
    sent.since = std::chrono::duration_cast<Duration>(now - watch_->lastSent());
    sent.sinceContent = std::chrono::duration_cast<Duration>(now - watch_->lastContentSent());
  }
  return sent;
}

void StreamSession::conclude() {
  if (opener_) {
    opener_->cancel();
    opener_.reset();
  }
  Verdict verdict = course_.verdict(sent());
  stop(verdict.error ? verdict.error : Errc::invalidState);
  verdict.audioBytesUnsent = queue_->counters().dropped;
  // Whether the upgrade's answer says so, or a message behind it.
  if (const auto asked = std::exchange(asked_, nullptr);
      asked && verdict.error == Errc::notAuthenticated) {
    asked->drop();
  }
  EndWaiters waiters;
  if (connect_) {
    waiters.connect = std::move(connect_->completion);
    connect_.reset();
  }
  for (Finish& finish : finishes_) {
    waiters.finishes.push_back(std::move(finish.completion));
  }
  finishes_.clear();
  resume();
  events_->verdict(std::move(verdict), std::move(waiters));
  course_.onTold();
  facts_.end();
  transport_.reset();
  work_ = {};
}

}  // namespace wsferry::gateway
