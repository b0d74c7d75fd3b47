// How a stream opens, sends and hears; how it ends is in stream_session_end.cpp.
#include "gateway/session/stream_session.hpp"

#include <algorithm>
#include <asio/execution/outstanding_work.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>

#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/core/detail/text/seconds_text.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/gateway/detail/messages/error_reader.hpp"
#include "wsferry/gateway/detail/messages/incoming_message.hpp"
#include "wsferry/gateway/detail/messages/json_values.hpp"
#include "wsferry/gateway/detail/messages/member_path.hpp"
#include "wsferry/gateway/detail/messages/message_template.hpp"
#include "wsferry/gateway/detail/messages/result_problem.hpp"
#include "wsferry/gateway/detail/request/refuse_option.hpp"
#include "wsferry/gateway/detail/request/stream_request.hpp"

namespace wsferry::gateway {
namespace {

constexpr std::size_t longestLastWords = 4'096;
// What the connection copies and holds at most: pings and the end stay close behind it.
constexpr std::uint64_t networkQueueSize = AudioPiece::maxSize;

ErrorResponse withoutSecrets(ErrorResponse response, const std::vector<std::string>& secrets) {
  for (std::string* text :
       {&response.title, &response.message, &response.internalErrorName, &response.json}) {
    *text = blankSecrets(*text, secrets);
  }
  return response;
}

// Whether a binary message is one of text by what it holds.
bool isJsonText(const Profile& profile, const std::string& bytes) {
  Utf8Validator validator;
  return profile.jsonInBinary && validator.update(bytes) && validator.complete();
}

}  // namespace

StreamSession::StreamSession(asio::any_io_executor executor, std::shared_ptr<IoThread> thread,
                             std::shared_ptr<Transport> transport, StreamOptions options,
                             std::shared_ptr<EventDelivery> events)
    : thread_(std::move(thread)),
      executor_(std::move(executor)),
      settings_(makeStreamSettings(options)),
      events_(std::move(events)),
      queue_(
          std::make_shared<AudioQueue>(options.sendQueueBytes, options.whenFull, settings_.pieces)),
      transport_(std::move(transport)) {
  StreamRequest request = makeStreamRequest(options, options.credentials.secret);
  if (!settings_.profile.audioMessage.empty()) {
    aroundAudio_ = splitAtAudio(settings_.profile.audioMessage);
  }
  if (request.urlRequest && !transport_ && !options.urlProvider) {
    refuse("urlProvider",
           "This gateway's profile gets the URL of a stream by a request: give a urlProvider for "
           "it, or a URL obtained earlier");
  }
  if (transport_) {
    firstMessage_ = std::move(request.firstMessage);
    secrets_ = std::move(request.connection.secrets);
  } else {
    opener_ = std::make_shared<StreamOpener>(executor_, std::move(options));
  }
}

void StreamSession::connect(CallId id, Completion<std::error_code, ErrorInfo> completion) {
  if (course_.hasStarted()) {
    ErrorInfo info;
    info.message = "connect() works once per Stream; make another stream";
    completion(Errc::invalidState, std::move(info));
    return;
  }
  connect_.emplace(Connect{id, std::move(completion)});
  events_->start(weak_from_this());
  carryOut(course_.onConnect());
  if (isOver()) {
    return;
  }
  work_ = asio::prefer(executor_, asio::execution::outstanding_work.tracked);
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
  asked_ = std::move(result.asked);
  if (result.transport) {
    transport_ = std::move(result.transport);
    facts_.open(*std::move(result.client), secrets_);
    if (!result.streamId.empty()) {
      events_->streamId(blankSecrets(result.streamId, secrets_));
    }
    open(result.firstMessage, result.requested);
    return;
  }
  if (result.refusal) {
    result.refusal = withoutSecrets(std::move(*result.refusal), secrets_);
  }
  carryOut(
      course_.onNotOpened({result.error, wsferry::withoutSecrets(std::move(result.info), secrets_)},
                          std::move(result.refusal), std::move(result.exception)));
}

void StreamSession::open(const std::string& firstMessage, TimePoint requested) {
  const TimePoint now = transport_->now();
  auto step = course_.onOpened(now);
  // The server counts our silence from when it had the request, which is before its answer was
  // here. Not more than a little before: a slow connect must not pass for silence.
  watch_.emplace(settings_.line, now,
                 std::max(requested, now - settings_.rules.inactivityLimit / 10));
  transport_->attach(weak_from_this());
  trace(StreamTrace::Kind::opened, MessageType::binary, {}, false);
  if (!firstMessage.empty()) {
    send(MessageType::text, firstMessage, false);
  }
  carryOut(std::move(step));
}

void StreamSession::finish(CallId id, Completion<Verdict> completion) {
  awaitVerdict(id, std::move(completion));
  finishAudio();
}

void StreamSession::awaitVerdict(CallId id, Completion<Verdict> completion) {
  if (isOver()) {
    events_->completeLate(std::move(completion));
  } else {
    finishes_.push_back({id, std::move(completion)});
  }
}

void StreamSession::finishAudio() {
  if (!isOver()) {
    queue_->close(Errc::invalidState);
    carryOut(course_.onFinish(now()));
  }
}

void StreamSession::endFile() {
  queue_->expectNoMore();
  pump();
}

void StreamSession::pause(std::function<void()> goOn) {
  if (isOver() || course_.sendsAudio()) {
    goOn();
  } else {
    paused_ = std::move(goOn);
  }
}

void StreamSession::pauseUntil(TimePoint when, std::function<void()> goOn) {
  if (isOver() || when <= now()) {
    goOn();
    return;
  }
  paused_ = std::move(goOn);
  pausedUntil_ = when;
  armWake();
}

void StreamSession::resume() {
  pausedUntil_ = TimePoint::max();
  if (const auto resumed = std::exchange(paused_, nullptr)) {
    resumed();
  }
}

void StreamSession::pump() {
  // What a connection that is closing is given would be lost, and taken for sent.
  if (!course_.sendsAudio() || !transport_->isOpen()) {
    return;
  }
  const TimePoint now = transport_->now();
  watch_->onUnsent(transport_->bytesToSend(), now);
  // A message that cannot be sent ends the connection.
  while (transport_->isOpen() && transport_->bytesToSend() < networkQueueSize &&
         !window_.isFull()) {
    auto piece = queue_->take();
    if (!piece) {
      break;
    }
    sendPiece(*piece);
    watch_->onSent(now, false);
  }
  watch_->onUnsent(transport_->bytesToSend(), now);
  watch_->onHeldBack(window_.isFull() && !queue_->isEmpty(), now);
  if (course_.isFinishing() && queue_->isEmpty()) {
    sendEnd();
  }
  armWake();
}

void StreamSession::sendPiece(const AudioPiece& piece) {
  if (piece.kind != AudioPiece::Kind::audio) {
    transmit(MessageType::text, piece.bytes, false);
    if (piece.kind == AudioPiece::Kind::flush) {
      course_.onFlushSent();
    }
    return;
  }
  window_.onSent();
  course_.onAudioSent();
  if (aroundAudio_.first.empty()) {
    transmit(MessageType::binary, piece.bytes, true);
    return;
  }
  std::string text = aroundAudio_.first;
  encodeBase64(piece.bytes, text);
  transmit(MessageType::text, text += aroundAudio_.second, true);
}

void StreamSession::transmit(MessageType type, std::string_view payload, bool isAudio) {
  transport_->send(type, payload);
  if (transport_->isOpen()) {  // Else it was none that can be sent.
    trace(StreamTrace::Kind::sent, type, payload, isAudio);
  }
}

void StreamSession::trace(StreamTrace::Kind kind, MessageType type, std::string_view payload,
                          bool isAudio) {
  if (!events_->traces()) {
    return;
  }
  StreamTrace trace;
  trace.kind = kind;
  trace.type = type;
  const bool isMessage = kind == StreamTrace::Kind::sent || kind == StreamTrace::Kind::received;
  trace.bytes = isMessage ? payload.size() : 0;
  if (type == MessageType::text && !isAudio) {
    trace.text = blankSecrets(payload, secrets_);
  }
  trace.when = transport_->now();
  events_->trace(std::move(trace));
}

void StreamSession::send(MessageType type, std::string_view payload, bool isKeepAlive) {
  if (!transport_->isOpen()) {
    return;
  }
  const TimePoint now = transport_->now();
  watch_->onUnsent(transport_->bytesToSend(), now);
  transmit(type, payload, false);
  watch_->onSent(now, isKeepAlive);
  watch_->onUnsent(transport_->bytesToSend(), now);
}

void StreamSession::sendKeepAlive() {
  const KeepAliveMode mode = settings_.line.keepAlive;
  if (sendsPings(mode)) {
    sendPing();
  }
  const bool mayTell = !settings_.profile.keepAliveUntilEnd || !course_.isEndSent();
  if (mayTell && (mode == KeepAliveMode::message || mode == KeepAliveMode::both)) {
    send(MessageType::text, settings_.profile.keepAliveMessage, true);
  }
}

// Its number; 0 where none can be sent.
std::uint64_t StreamSession::sendPing() {
  if (!transport_->isOpen()) {
    return 0;
  }
  const TimePoint now = transport_->now();
  const std::uint64_t number = transport_->ping();
  trace(StreamTrace::Kind::pinged, MessageType::binary, {}, false);
  watch_->onSent(now, true);
  watch_->onUnsent(transport_->bytesToSend(), now);
  return number;
}

void StreamSession::sendEnd() {
  const std::string message =
      fillIn(settings_.profile.endMessage, {{"messages", std::to_string(window_.sent())},
                                            {"bytes", std::to_string(queue_->counters().taken)}});
  send(message.empty() ? MessageType::binary : MessageType::text, message, false);
  // A message that cannot be sent ends the connection, this one or the last before it.
  if (transport_->isOpen() && course_.onEndSent(transport_->now())) {
    endPing_ = sendPing();
  }
}

void StreamSession::onMessage(MessageType type, std::string payload) {
  if (!course_.hears()) {
    return;
  }
  trace(StreamTrace::Kind::received, type, payload, false);
  course_.onMessage();
  if (type == MessageType::binary && !isJsonText(settings_.profile, payload)) {
    events_->binary(std::move(payload));
  } else {
    onText(std::move(payload));
  }
  if (!course_.isPaused() && events_->isFull()) {
    course_.onPaused();
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
  const bool mayBeResult = message.kind == MessageKind::end || message.kind == MessageKind::unknown;
  if (mayBeResult && isResultByItsText(payload)) {
    events_->protocolError(
        "a message that is no response by the profile's rules has a text where "
        "those have theirs",
        blankSecrets(payload, secrets_));
  }
  switch (message.kind) {
    case MessageKind::metadata:
      tellMetadata(std::move(payload), message);
      carryOut(course_.onMetadata());
      break;
    case MessageKind::response:
      onResponse(std::move(payload), message);
      break;
    case MessageKind::error:
    case MessageKind::warning:
    case MessageKind::refusal:
      onServerError(message);
      break;
    case MessageKind::end:
      carryOut(course_.onServerEnd(transport_->now()));
      break;
    case MessageKind::acknowledgement:
      onAcknowledgement(message);
      break;
    case MessageKind::ignored:
      break;
    case MessageKind::unknown:
      payload = blankSecrets(payload, secrets_);
      course_.onUnknown(payload.substr(0, longestLastWords));
      events_->unknown(std::move(payload));
      break;
  }
}

bool StreamSession::isResultByItsText(std::string_view text) const {
  const Profile& profile = settings_.profile;
  const std::string_view subject =
      profile.responseMember.empty() ? text : valueAt(text, profile.responseMember);
  return !profile.results.isEmpty() && hasTextOfResult(profile.results, subject);
}

void StreamSession::onResponse(std::string&& payload, const IncomingMessage& message) {
  const bool ends = message.ends;
  if (const auto problem =
          problemOfResult(settings_.profile.results, message.subject, message.finality);
      !problem.empty()) {
    events_->protocolError(problem, blankSecrets(payload, secrets_));
  }
  events_->response(std::move(payload), message);
  if (ends) {
    carryOut(course_.onServerEnd(transport_->now()));
  }
}

void StreamSession::onServerError(const IncomingMessage& message) {
  ErrorResponse error =
      withoutSecrets(readErrorResponse(message.subject, settings_.profile.errors), secrets_);
  if (message.kind == MessageKind::error || !course_.survivesErrors()) {
    carryOut(course_.onServerError(std::move(error), transport_->now()));
    return;
  }
  const std::string words = detail::words(error);
  const bool isRefusal = message.kind == MessageKind::refusal;
  const bool isLoss = isRefusal && course_.onRefusal(std::move(error), message.ends);
  // Of what held no audio an answer is all that there is to be had.
  if (isLoss || !message.ends) {
    events_->warning(StreamWarning::serverError,
                     "The server says: " + words +
                         (isLoss ? ". The stream continues, but results may be missing."
                                 : ". The stream continues."));
  }
  if (message.ends) {
    carryOut(course_.onServerEnd(transport_->now()));
  }
}

void StreamSession::onAcknowledgement(const IncomingMessage& message) {
  const std::string& member = settings_.profile.acknowledgedMember;
  std::optional<std::uint64_t> number;
  if (!member.empty()) {
    number = static_cast<std::uint64_t>(
        std::max<std::int64_t>(integerOf(valueAt(message.subject, member)).value_or(0), 0));
  }
  if (!window_.onAcknowledged(number)) {
    events_->protocolError("it acknowledges audio that was not sent",
                           blankSecrets(message.subject, secrets_));
    return;
  }
  watch_->onHeldBack(false, transport_->now());
  pump();
}

// Results are content and go on as they are; what a gateway says of the stream does not repeat the
// credentials.
void StreamSession::tellMetadata(std::string&& payload, const IncomingMessage& message) {
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
    if (self && self->course_.isPaused() && !self->isOver()) {
      self->course_.onResumed(self->transport_->isOpen());
      self->watch_->onPaused(self->transport_->now());
      self->transport_->pauseReceiving(false);
    }
  });
}

}  // namespace wsferry::gateway
