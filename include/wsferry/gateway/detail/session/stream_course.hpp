#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/error/thrown.hpp"
#include "wsferry/core/detail/text/seconds_text.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/detail/session/line_watch.hpp"
#include "wsferry/gateway/detail/session/stream_settings.hpp"
#include "wsferry/gateway/detail/session/turn_count.hpp"
#include "wsferry/gateway/detail/session/verdict_rule.hpp"
#include "wsferry/gateway/stream_state.hpp"
#include "wsferry/gateway/verdict.hpp"

namespace wsferry::gateway {

/// The course of a stream from connect() to its verdict (protocol sections 8 to 11): its states,
/// what ends it, how long each side has for that, and what the end means. No clock and no I/O of
/// its own: the owner tells it the time and what happened, and does what it returns. Its input
/// contains no secrets. After the verdict all functions do nothing. Not thread-safe.
class StreamCourse {
 public:
  struct Reason {
    std::error_code error;
    ErrorInfo info;
  };

  /// What the owner must do, in this order.
  struct Step {
    /// Send nothing more: drop the audio that waits, and refuse more with this.
    std::optional<std::error_code> stop;
    bool flow = false;            ///< connect() is done, and what waits is sent.
    bool listen = false;          ///< Continue reading: waiting events no longer hold anything
                                  ///< back.
    bool close = false;           ///< Close the connection in good order.
    std::optional<Reason> abort;  ///< Drop the connection, if there is one, for this reason.
    bool conclude = false;        ///< It is over: deliver the verdict.
  };

  /// What is known about the connection.
  struct Line {
    std::uint64_t unsent = 0;    ///< Bytes that wait for the network.
    bool isEndAnswered = false;  ///< The ping that onEndSent() asked for, or a later one.
  };

  /// What was sent until now. Without a connection the times do not count.
  struct Sent {
    std::uint64_t audioBytes = 0;
    Duration since{0};         ///< The last message, of whatever kind.
    Duration sinceContent{0};  ///< The last one other than a keep-alive.
  };

  /// `settings` outlive it.
  explicit StreamCourse(const StreamSettings& settings) : settings_(settings) {}

  StreamState state() const { return state_; }
  bool hasStarted() const { return started_; }
  bool isOver() const { return state_ == StreamState::closed; }

  /// Whether the server's messages still matter.
  bool hears() const { return !isOver() && !discarding_; }

  /// Whether to send audio, and the end after it.
  bool sendsAudio() const;
  bool isFinishing() const { return finishing_; }

  // The opening.

  /// Call it once. A stream that was closed before concludes at once.
  [[nodiscard]] Step onConnect();
  /// The connection is open.
  [[nodiscard]] Step onOpened(TimePoint now);
  /// It could not be opened. `refusal`: what the server answered; `exception`: what the provider of
  /// the secret threw.
  [[nodiscard]] Step onNotOpened(Reason reason, std::optional<ErrorResponse> refusal = {},
                                 std::exception_ptr exception = {});

  // The end that the program requested. The time counts only if a connection is open.

  /// No more audio is offered.
  [[nodiscard]] Step onFinish(TimePoint now);
  /// Our end of stream goes out. Returns whether a ping should follow, whose answer proves that the
  /// server has what was sent before.
  [[nodiscard]] bool onEndSent(TimePoint now);
  bool isEndSent() const { return history_.endSent; }
  /// A message with audio goes out.
  void onAudioSent() { turns_.onAudioSent(); }
  /// A flush message goes out.
  void onFlushSent() { turns_.onFlushSent(); }
  /// The verdict for a finish() that is cancelled; the stream goes on.
  [[nodiscard]] Verdict withoutFinish(const Sent& sent) const;

  // The server's side.

  /// A message has come, of whatever type.
  void onMessage() { history_.lastUnknown.clear(); }
  /// Its type is unknown.
  void onUnknown(std::string text) { history_.lastUnknown = std::move(text); }
  [[nodiscard]] Step onMetadata();
  [[nodiscard]] Step onServerError(ErrorResponse response, TimePoint now);
  /// The server has refused something, and continues. `ends`: this is the answer to a flush, or to
  /// our end of stream. Returns whether audio is affected, so that results may be missing.
  [[nodiscard]] bool onRefusal(ErrorResponse response, bool ends);
  /// Whether it continues after an error that only an announced stream survives.
  bool survivesErrors() const { return !history_.metadataMissing; }
  [[nodiscard]] Step onServerEnd(TimePoint now);

  /// The connection has ended.
  [[nodiscard]] Step onClosed(Reason reason);

  // The line.

  /// Too much waits for the program, so nothing more is read.
  void onPaused() { paused_ = true; }
  /// Reading continues. `isOpen`: the connection has not ended meanwhile, as far as is known.
  void onResumed(bool isOpen);
  bool isPaused() const { return paused_; }

  /// LineWatch declared it dead or stalled.
  [[nodiscard]] Step onLineLost(LineWatch::Action how);

  /// What is due; one step at a time.
  [[nodiscard]] Step onTime(TimePoint now, const Line& line);
  /// When onTime() has something to do next; TimePoint::max() if never.
  TimePoint nextDeadline() const;

  // Ends of this side's own making.

  /// The stream is closed from here. `message` says why.
  [[nodiscard]] Step cancel(std::string message, TimePoint now);
  /// The same for a failure of this side's.
  [[nodiscard]] Step cancel(Reason reason, TimePoint now);
  /// The stream is no longer wanted.
  [[nodiscard]] Step drop(TimePoint now);
  /// Code on the stream's own thread threw. `message` says so.
  [[nodiscard]] Step onException(const std::exception_ptr& exception, std::string message);

  // The verdict.

  /// This many bytes of audio were dropped for Step::stop.
  void onDropped(std::uint64_t bytes) { history_.audioLeft = history_.audioLeft || bytes > 0; }
  /// For Step::conclude. Without the audio that was not sent.
  [[nodiscard]] Verdict verdict(const Sent& sent) const;
  /// The verdict was delivered. An exception before that leads to onException(), which concludes
  /// again.
  void onTold() { told_ = true; }

 private:
  Step beginStreaming();
  Step awaitClose(std::error_code refusal, TimePoint now);
  Step onDrainDeadline(TimePoint now, const Line& line);
  bool isUploadCertain(const Line& line) const;
  Step giveUp(Reason reason, TimePoint now);
  void setEnd(Reason reason, bool endedHere);
  void stop(Step& step, std::error_code refusal);
  void close(Step& step, TimePoint now);
  void conclude(Step& step);

  const StreamSettings& settings_;
  StreamState state_ = StreamState::idle;
  bool started_ = false;
  bool finishing_ = false;
  bool paused_ = false;
  bool closeSent_ = false;
  bool discarding_ = false;
  bool ended_ = false;  ///< The history has its end.
  bool told_ = false;   ///< The verdict is given.
  StreamHistory history_;
  TurnCount turns_;

  TimePoint metadataDeadline_ = TimePoint::max();
  TimePoint endSentAt_;
  TimePoint drainDeadline_ = TimePoint::max();
  TimePoint closeDeadline_ = TimePoint::max();
};

namespace detail {

inline StreamCourse::Reason because(std::error_code error, std::string message) {
  ErrorInfo info;
  info.message = std::move(message);
  return {error, std::move(info)};
}

}  // namespace detail

inline bool StreamCourse::sendsAudio() const {
  return (state_ == StreamState::streaming || state_ == StreamState::draining) && !history_.endSent;
}

inline StreamCourse::Step StreamCourse::onConnect() {
  Step step;
  started_ = true;
  if (isOver()) {
    conclude(step);
  } else {
    state_ = StreamState::connecting;
  }
  return step;
}

inline StreamCourse::Step StreamCourse::onOpened(TimePoint now) {
  history_.opened = true;
  if (finishing_) {
    drainDeadline_ = now + settings_.drainTimeout;
  }
  history_.metadataMissing = settings_.profile.sendsMetadata;
  if (!settings_.awaitsMetadata) {
    return beginStreaming();
  }
  state_ = StreamState::awaitingMetadata;
  metadataDeadline_ = now + settings_.metadataTimeout;
  return {};
}

inline StreamCourse::Step StreamCourse::onNotOpened(Reason reason,
                                                    std::optional<ErrorResponse> refusal,
                                                    std::exception_ptr exception) {
  Step step;
  if (!isOver()) {
    history_.refusal = std::move(refusal);
    history_.exception = std::move(exception);
    setEnd(std::move(reason), false);
    conclude(step);
  }
  return step;
}

inline StreamCourse::Step StreamCourse::beginStreaming() {
  state_ = finishing_ ? StreamState::draining : StreamState::streaming;
  Step step;
  step.flow = true;
  return step;
}

inline StreamCourse::Step StreamCourse::onFinish(TimePoint now) {
  Step step;
  if (isOver() || std::exchange(finishing_, true)) {
    return step;
  }
  if (state_ == StreamState::awaitingMetadata || state_ == StreamState::streaming) {
    drainDeadline_ = now + settings_.drainTimeout;
  }
  if (state_ == StreamState::streaming) {
    state_ = StreamState::draining;
    step.flow = true;
  }
  return step;
}

inline bool StreamCourse::onEndSent(TimePoint now) {
  const bool isUpload = !settings_.rules.egress;
  history_.endSent = true;
  turns_.onEndSent();
  endSentAt_ = now;
  drainDeadline_ = now + (isUpload ? settings_.uploadTimeout : settings_.drainTimeout);
  return isUpload && sendsPings(settings_.line.keepAlive);
}

// Whatever the server has said: the program may not have received all results.
inline Verdict StreamCourse::withoutFinish(const Sent& sent) const {
  StreamHistory soFar;
  soFar.opened = history_.opened;
  soFar.audioBytesSent = sent.audioBytes;
  soFar.cancelled = true;
  soFar.error = Errc::cancelled;
  soFar.info.message = "The wait for the verdict was cancelled; the stream goes on";
  return judge(soFar, settings_.rules);
}

inline StreamCourse::Step StreamCourse::onMetadata() {
  if (state_ == StreamState::closing || isOver()) {
    return {};
  }
  history_.metadataMissing = false;
  metadataDeadline_ = TimePoint::max();
  return state_ == StreamState::awaitingMetadata ? beginStreaming() : Step();
}

inline StreamCourse::Step StreamCourse::onServerError(ErrorResponse response, TimePoint now) {
  if (isOver()) {
    return {};
  }
  if (!history_.serverError) {
    history_.serverError = std::move(response);
  }
  Step step = awaitClose(judge(history_, settings_.rules).error, now);
  if (settings_.profile.clientCloses) {
    close(step, now);
  }
  return step;
}

inline bool StreamCourse::onRefusal(ErrorResponse response, bool ends) {
  if (!turns_.losesByRefusal(ends) || isOver()) {
    return false;
  }
  if (history_.refusals++ == 0) {
    history_.firstRefusal = std::move(response);
  }
  return true;
}

inline StreamCourse::Step StreamCourse::onServerEnd(TimePoint now) {
  if (isOver()) {
    return {};
  }
  if (settings_.profile.flushIsAnswered && turns_.takesAnswer(history_.endSent)) {
    return {};
  }
  if (!history_.serverEnded) {
    history_.serverEnded = true;
    history_.serverEndedFirst = !history_.endSent;
  }
  Step step = awaitClose(Errc::invalidState, now);
  if (settings_.profile.clientCloses) {
    close(step, now);
  }
  return step;
}

inline StreamCourse::Step StreamCourse::onClosed(Reason reason) {
  Step step;
  if (!isOver()) {
    setEnd(std::move(reason), false);
    conclude(step);
  }
  return step;
}

inline void StreamCourse::onResumed(bool isOpen) {
  if (paused_ && !isOver()) {
    paused_ = false;
    history_.endedUnheard = !isOpen;
  }
}

inline StreamCourse::Step StreamCourse::onLineLost(LineWatch::Action how) {
  Step step;
  if (isOver()) {
    return step;
  }
  std::string message =
      "The network accepted nothing to send for " + secondsText(settings_.line.sendTimeout) + ".";
  if (how == LineWatch::Action::declareDead) {
    message = "The server did not answer a ping within " + secondsText(settings_.line.pongTimeout) +
              ", and sent nothing else.";
  } else if (how == LineWatch::Action::declareIgnored) {
    message = "The server acknowledged none of the audio that it was sent for " +
              secondsText(settings_.line.sendTimeout) + ".";
  }
  Reason reason = detail::because(Errc::connectionLost, message);
  setEnd(reason, true);
  stop(step, reason.error);
  state_ = StreamState::closing;
  step.abort = std::move(reason);
  return step;
}

inline StreamCourse::Step StreamCourse::onTime(TimePoint now, const Line& line) {
  Step step;
  if (isOver()) {
    return step;
  }
  if (now >= closeDeadline_) {
    closeDeadline_ = TimePoint::max();
    if (closeSent_) {
      step.abort = detail::because(Errc::timedOut,
                                   "The server did not answer the close frame "
                                   "within " +
                                       secondsText(settings_.closeTimeout) + ".");
    } else {
      close(step, now);
    }
  } else if (now >= metadataDeadline_) {
    step = giveUp(detail::because(Errc::timedOut, "The server did not announce the stream within " +
                                                      secondsText(settings_.metadataTimeout) +
                                                      " of the connection's opening."),
                  now);
  } else if (now >= drainDeadline_) {
    step = onDrainDeadline(now, line);
  }
  return step;
}

inline StreamCourse::Step StreamCourse::onDrainDeadline(TimePoint now, const Line& line) {
  const bool isUpload = !settings_.rules.egress && history_.endSent;
  if (paused_) {
    // What the server said is not known while the program does not take events.
    drainDeadline_ = now + (isUpload ? settings_.uploadTimeout : settings_.drainTimeout);
    return {};
  }
  if (isUpload && isUploadCertain(line)) {
    Step step;
    history_.uploadQuiet = true;
    setEnd({}, true);
    stop(step, Errc::invalidState);
    close(step, now);
    return step;
  }
  if (isUpload && now - endSentAt_ < settings_.drainTimeout) {
    // Soon: keep-alive of the same interval always has something to send at such a moment.
    drainDeadline_ = now + std::max(settings_.uploadTimeout / 5, Duration(1));
    return {};
  }
  const std::string limit = secondsText(settings_.drainTimeout);
  return giveUp(detail::because(Errc::timedOut, history_.endSent
                                                    ? "The server did not end the stream within " +
                                                          limit + " after the end of the audio."
                                                    : "The audio could not be sent within " +
                                                          limit + " after its end."),
                now);
}

// Silence after the end of stream is success only if the server provably has it: anything else it
// sends may have crossed our end. Without pings there is no proof, and the network's word must
// suffice.
inline bool StreamCourse::isUploadCertain(const Line& line) const {
  return line.unsent == 0 && (!sendsPings(settings_.line.keepAlive) || line.isEndAnswered);
}

inline TimePoint StreamCourse::nextDeadline() const {
  return std::min({metadataDeadline_, drainDeadline_, closeDeadline_});
}

inline StreamCourse::Step StreamCourse::cancel(Reason reason, TimePoint now) {
  Step step;
  if (isOver()) {
    return step;
  }
  const std::error_code refusal = reason.error;
  discarding_ = true;
  if (!ended_) {
    history_.cancelled = true;
    setEnd(std::move(reason), true);
  }
  stop(step, refusal);
  if (history_.opened) {
    step.listen = true;
    close(step, now);
  } else if (started_) {
    conclude(step);
  } else {
    state_ = StreamState::closed;
  }
  return step;
}

inline StreamCourse::Step StreamCourse::cancel(std::string message, TimePoint now) {
  return cancel(detail::because(Errc::cancelled, std::move(message)), now);
}

inline StreamCourse::Step StreamCourse::drop(TimePoint now) {
  const std::string message = "The stream was destroyed before the server had ended it.";
  Step step = cancel(message, now);
  if (!isOver()) {
    step.abort = detail::because(Errc::cancelled, message);
    conclude(step);
  }
  return step;
}

inline StreamCourse::Step StreamCourse::onException(const std::exception_ptr& exception,
                                                    std::string message) {
  Step step;
  if (told_) {
    return step;
  }
  Reason reason = detail::because(exceptionCode(exception), std::move(message));
  history_.exception = exception;
  discarding_ = true;
  setEnd(reason, true);
  stop(step, reason.error);
  step.abort = std::move(reason);
  if (started_) {
    conclude(step);
  } else {
    state_ = StreamState::closed;
  }
  return step;
}

inline Verdict StreamCourse::verdict(const Sent& sent) const {
  StreamHistory history = history_;
  history.audioBytesSent = sent.audioBytes;
  history.sinceSent = sent.since;
  history.sinceContentSent = sent.sinceContent;
  return judge(history, settings_.rules);
}

// The server has said its last word, and closes the connection; if not, this side does.
inline StreamCourse::Step StreamCourse::awaitClose(std::error_code refusal, TimePoint now) {
  Step step;
  stop(step, refusal);
  state_ = StreamState::closing;
  if (!closeSent_ && closeDeadline_ == TimePoint::max()) {
    closeDeadline_ = now + settings_.closeTimeout;
  }
  return step;
}

inline StreamCourse::Step StreamCourse::giveUp(Reason reason, TimePoint now) {
  Step step;
  stop(step, reason.error);
  setEnd(std::move(reason), true);
  close(step, now);
  return step;
}

// The first reason is the one that counts.
inline void StreamCourse::setEnd(Reason reason, bool endedHere) {
  if (!std::exchange(ended_, true)) {
    history_.error = reason.error;
    history_.info = std::move(reason.info);
    history_.endedHere = endedHere;
  }
}

inline void StreamCourse::stop(Step& step, std::error_code refusal) {
  metadataDeadline_ = TimePoint::max();
  drainDeadline_ = TimePoint::max();
  step.stop = refusal;
}

inline void StreamCourse::close(Step& step, TimePoint now) {
  state_ = StreamState::closing;
  if (!std::exchange(closeSent_, true)) {
    step.close = true;
    closeDeadline_ = now + settings_.closeTimeout;
  }
}

inline void StreamCourse::conclude(Step& step) {
  state_ = StreamState::closed;
  metadataDeadline_ = drainDeadline_ = closeDeadline_ = TimePoint::max();
  step.conclude = true;
}

}  // namespace wsferry::gateway
