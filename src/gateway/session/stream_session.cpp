// How a stream opens, sends and hears; how it ends is in stream_session_end.cpp.
#include "gateway/session/stream_session.hpp"

#include <algorithm>
#include <asio/execution/outstanding_work.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>

#include "gateway/messages/incoming_message.hpp"
#include "gateway/request/stream_request.hpp"
#include "wsferry/core/detail/text/redaction.hpp"
#include "wsferry/core/detail/text/seconds_text.hpp"

namespace wsferry::gateway {
namespace {

// What the connection copies and holds at most: pings and the end stay close behind it.
constexpr std::uint64_t networkQueueSize = AudioQueue::maxPieceSize;

ErrorResponse withoutSecrets(ErrorResponse response, const std::vector<std::string>& secrets) {
  for (std::string* text :
       {&response.title, &response.message, &response.internalErrorName, &response.json}) {
    *text = blankSecrets(*text, secrets);
  }
  return response;
}

}  // namespace

StreamSession::StreamSession(asio::any_io_executor executor, std::shared_ptr<IoThread> thread,
                             std::shared_ptr<Transport> transport, StreamOptions options,
                             std::shared_ptr<EventDelivery> events)
    : thread_(std::move(thread)),
      executor_(std::move(executor)),
      settings_(makeStreamSettings(options)),
      events_(std::move(events)),
      queue_(std::make_shared<AudioQueue>(options.sendQueueBytes, options.whenFull)),
      transport_(std::move(transport)) {
  StreamRequest request = makeStreamRequest(options, options.credentials.secret);
  if (transport_) {
    firstMessage_ = std::move(request.firstMessage);
    secrets_ = std::move(request.connection.secrets);
  } else {
    opener_ = std::make_shared<StreamOpener>(executor_, std::move(options));
  }
}

void StreamSession::connect(CallId id, Completion<std::error_code, ErrorInfo> completion) {
  if (started_) {
    ErrorInfo info;
    info.message = "connect() works once per Stream; make another stream";
    completion(Errc::invalidState, std::move(info));
    return;
  }
  started_ = true;
  connect_.emplace(Connect{id, std::move(completion)});
  events_->start(weak_from_this());
  if (isOver()) {
    conclude();
    return;
  }
  work_ = asio::prefer(executor_, asio::execution::outstanding_work.tracked);
  state_ = StreamState::connecting;
  if (settings_.line.keepAlive != KeepAliveMode::off &&
      settings_.line.keepAliveInterval >= settings_.rules.inactivityLimit) {
    events_->warning(StreamWarning::keepAliveTooSlow,
                     "The keep-alive interval of " + secondsText(settings_.line.keepAliveInterval) +
                         " is not below the server's inactivity limit of " +
                         secondsText(settings_.rules.inactivityLimit) +
                         ": the server may drop the stream when no audio is sent.");
  }
  if (transport_) {
    open(firstMessage_, transport_->now());
    return;
  }
  opener_->start([weak = weak_from_this()](StreamOpener::Result result) {
    if (const auto self = weak.lock()) {
      self->onOpenerDone(std::move(result));
    }
  });
}

void StreamSession::onOpenerDone(StreamOpener::Result result) {
  if (isOver()) {
    return;
  }
  opener_.reset();
  secrets_ = std::move(result.secrets);
  if (result.transport) {
    transport_ = std::move(result.transport);
    open(result.firstMessage, result.requested);
    return;
  }
  if (result.refusal) {
    history_.refusal = withoutSecrets(std::move(*result.refusal), secrets_);
  }
  history_.exception = result.exception;
  setEnd(result.error, std::move(result.info), false);
  conclude();
}

void StreamSession::open(const std::string& firstMessage, TimePoint requested) {
  const TimePoint now = transport_->now();
  history_.opened = true;
  // The server counts our silence from when it had the request, which is before its answer was
  // here. Not more than a little before: a slow connect must not pass for silence.
  watch_.emplace(settings_.line, now,
                 std::max(requested, now - settings_.rules.inactivityLimit / 10));
  transport_->attach(weak_from_this());
  if (!firstMessage.empty()) {
    send(MessageType::text, firstMessage, false);
  }
  if (finishing_) {
    drainDeadline_ = now + settings_.drainTimeout;
  }
  history_.metadataMissing = settings_.profile.sendsMetadata;
  if (settings_.awaitsMetadata) {
    state_ = StreamState::awaitingMetadata;
    metadataDeadline_ = now + settings_.metadataTimeout;
  } else {
    beginStreaming();
  }
  armWake();
}

void StreamSession::beginStreaming() {
  state_ = finishing_ ? StreamState::draining : StreamState::streaming;
  if (connect_) {
    connect_->completion({}, {});
    connect_.reset();
  }
  pump();
}

void StreamSession::finish(CallId id, Completion<Verdict> completion) {
  if (isOver()) {
    events_->completeLate(std::move(completion));
    return;
  }
  finishes_.push_back({id, std::move(completion)});
  if (std::exchange(finishing_, true)) {
    return;
  }
  queue_->close(Errc::invalidState);
  if (state_ == StreamState::awaitingMetadata || state_ == StreamState::streaming) {
    drainDeadline_ = transport_->now() + settings_.drainTimeout;
    armWake();
  }
  if (state_ == StreamState::streaming) {
    state_ = StreamState::draining;
    pump();
  }
}

void StreamSession::pump() {
  const bool isFlowing = state_ == StreamState::streaming || state_ == StreamState::draining;
  // What a connection that is closing is given would be lost, and taken for sent.
  if (!isFlowing || history_.endSent || !transport_->isOpen()) {
    return;
  }
  const TimePoint now = transport_->now();
  watch_->onUnsent(transport_->bytesToSend(), now);
  while (transport_->bytesToSend() < networkQueueSize) {
    const auto piece = queue_->take();
    if (!piece) {
      break;
    }
    transport_->send(MessageType::binary, *piece);
    watch_->onSent(now, false);
  }
  watch_->onUnsent(transport_->bytesToSend(), now);
  if (finishing_ && queue_->isEmpty()) {
    sendEnd();
  }
  armWake();
}

void StreamSession::send(MessageType type, std::string_view payload, bool isKeepAlive) {
  if (!transport_->isOpen()) {
    return;
  }
  const TimePoint now = transport_->now();
  watch_->onUnsent(transport_->bytesToSend(), now);
  transport_->send(type, payload);
  watch_->onSent(now, isKeepAlive);
  watch_->onUnsent(transport_->bytesToSend(), now);
}

void StreamSession::sendKeepAlive() {
  const KeepAliveMode mode = settings_.line.keepAlive;
  if (pings()) {
    sendPing();
  }
  if (mode == KeepAliveMode::message || mode == KeepAliveMode::both) {
    send(MessageType::text, settings_.profile.keepAliveMessage, true);
  }
}

void StreamSession::sendPing() {
  if (transport_->isOpen()) {
    const TimePoint now = transport_->now();
    transport_->ping();
    watch_->onSent(now, true);
    watch_->onUnsent(transport_->bytesToSend(), now);
  }
}

bool StreamSession::pings() const {
  const KeepAliveMode mode = settings_.line.keepAlive;
  return mode == KeepAliveMode::ping || mode == KeepAliveMode::both;
}

void StreamSession::sendEnd() {
  const std::string& message = settings_.profile.endMessage;
  send(message.empty() ? MessageType::binary : MessageType::text, message, false);
  history_.endSent = true;
  endSentAt_ = transport_->now();
  drainDeadline_ =
      endSentAt_ + (settings_.rules.egress ? settings_.drainTimeout : settings_.uploadTimeout);
  if (!settings_.rules.egress && pings()) {
    sendPing();  // its answer says that what was sent before has come
  }
}

void StreamSession::onMessage(MessageType type, std::string payload) {
  if (isOver() || discarding_) {
    return;
  }
  if (type == MessageType::binary) {
    events_->binary(std::move(payload));
  } else {
    onText(std::move(payload));
  }
  if (!paused_ && events_->isFull()) {
    paused_ = true;
    transport_->pauseReceiving(true);
  }
}

void StreamSession::onText(std::string payload) {
  IncomingMessage message = readIncoming(settings_.profile, payload);
  const bool isRaw = settings_.format == EgressFormat::raw;
  if (isRaw && (!message.problem.empty() || message.kind == MessageKind::unknown)) {
    events_->rawText(std::move(payload));
    return;
  }
  if (!message.problem.empty()) {
    // Programs log these: what a server repeats of the credentials must not get there.
    events_->protocolError(blankLongSecrets(message.problem, secrets_),
                           blankSecrets(payload, secrets_));
    return;
  }
  switch (message.kind) {
    case MessageKind::metadata:
      tellMetadata(std::move(payload), message);
      onMetadata();
      break;
    case MessageKind::response:
      events_->response(std::move(payload), message.subject);
      break;
    case MessageKind::error:
      onServerError(message.subject);
      break;
    case MessageKind::end:
      onServerEnd();
      break;
    case MessageKind::ignored:
      break;
    case MessageKind::unknown:
      events_->unknown(blankSecrets(payload, secrets_));
      break;
  }
}

// Results are content and go on as they are; what a gateway says of the stream does not repeat the
// credentials.
void StreamSession::tellMetadata(std::string payload, const IncomingMessage& message) {
  std::string blanked = blankSecrets(payload, secrets_);
  if (blanked == payload) {
    events_->metadata(std::move(payload), message.subject);
    return;
  }
  const IncomingMessage again = readIncoming(settings_.profile, blanked);
  if (again.kind == MessageKind::metadata) {
    events_->metadata(std::move(blanked), again.subject);
  }
}

void StreamSession::onMetadata() {
  if (state_ == StreamState::closing) {
    return;
  }
  history_.metadataMissing = false;
  metadataDeadline_ = TimePoint::max();
  if (state_ == StreamState::awaitingMetadata) {
    beginStreaming();
  }
}

void StreamSession::onServerError(std::string_view subject) {
  if (!history_.serverError) {
    history_.serverError = withoutSecrets(readErrorResponse(subject), secrets_);
  }
  awaitClose(judge(history_, settings_.rules).error);
}

void StreamSession::onServerEnd() {
  if (!history_.serverEnded) {
    history_.serverEnded = true;
    history_.serverEndedFirst = !history_.endSent;
  }
  awaitClose(Errc::invalidState);
}

void StreamSession::onDrained() {
  if (!isOver()) {
    watch_->onUnsent(transport_->bytesToSend(), transport_->now());
    pump();
  }
}

// Weakly: these calls may come when nobody runs the executor any more, and what is posted then must
// not keep it, by way of the stream, from being destroyed.
void StreamSession::onEventsTaken() {
  asio::post(executor_, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && self->paused_ && !self->isOver()) {
      self->paused_ = false;
      self->history_.endedUnheard = !self->transport_->isOpen();
      self->watch_->onPaused(self->transport_->now());
      self->transport_->pauseReceiving(false);
    }
  });
}

}  // namespace wsferry::gateway
