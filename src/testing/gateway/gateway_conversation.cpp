#include "testing/gateway/gateway_conversation.hpp"

#include <algorithm>
#include <utility>

#include "testing/gateway/gateway_messages.hpp"
#include "testing/server/json_members.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::testing {

namespace {

// A result is made when the client has taken the others, up to this.
constexpr std::size_t maxQueuedBytes = std::size_t{256} << 10;

constexpr std::uint16_t normalClosure = 1000;

// The frames of a message, with a ping behind each but the last: a server's are not masked
// (RFC 6455 section 5).
std::string fragmented(MessageType type, std::string_view payload, unsigned fragments) {
  const std::size_t pieceSize =
      std::max<std::size_t>(1, (payload.size() + fragments - 1) / fragments);
  std::string frames;
  unsigned char opcode = type == MessageType::text ? 1 : 2;
  do {
    const std::string_view piece = payload.substr(0, pieceSize);
    payload.remove_prefix(piece.size());
    frames += static_cast<char>(opcode | (payload.empty() ? 0x80u : 0u));
    const std::size_t lengthBytes = piece.size() < 126 ? 0 : piece.size() < 65'536 ? 2 : 8;
    frames += static_cast<char>(lengthBytes == 0 ? piece.size() : lengthBytes == 2 ? 126 : 127);
    for (std::size_t i = lengthBytes; i > 0; --i) {
      frames += static_cast<char>(static_cast<std::uint64_t>(piece.size()) >> (8 * (i - 1)) & 0xff);
    }
    frames += piece;
    if (!payload.empty()) {
      frames += std::string_view("\x89\x00", 2);
    }
    opcode = 0;
  } while (!payload.empty());
  return frames;
}

/// The type of a client's message; nothing if it is no JSON object with one.
std::optional<std::string> typeOf(std::string_view text) {
  try {
    std::string type = jsonStringMember(jsonMembers(text), "type");
    return type.empty() ? std::nullopt : std::optional(std::move(type));
  } catch (const Error&) {
    return std::nullopt;  // The client is told.
  }
}

}  // namespace

GatewayConversation::GatewayConversation(const GatewayServerOptions& options,
                                         RequestedStream settings, GatewayLog& log,
                                         WebSocketPeer& peer, StreamStore* store)
    : options_(options), settings_(std::move(settings)), log_(log), peer_(peer), store_(store) {}

GatewayConversation::~GatewayConversation() {
  if (kept_) {
    store_->end(*kept_);
  }
  if (isOpen_ && !isOver_ && !isCompleted_) {
    log_.change([](auto& log) { ++log.disconnected; });
  }
}

void GatewayConversation::onOpen(TimePoint now) {
  isOpen_ = true;
  lastMessage_ = lastWork_ = now;
  if (!settings_.announced) {
    metadataAt_ = now + options_.metadataDelay;
  }
  proceed(now);
}

void GatewayConversation::onPing(TimePoint now) {
  lastMessage_ = now;
}

void GatewayConversation::onDrained(TimePoint now) {
  proceed(now);
}

void GatewayConversation::onMessage(MessageType type, std::string_view payload, TimePoint now) {
  lastMessage_ = now;
  if (type == MessageType::binary) {
    lastWork_ = now;
    onAudio(payload.size());
  } else {
    onText(payload, now);
  }
  proceed(now);
}

void GatewayConversation::onAudio(std::size_t size) {
  log_.change([&](auto& log) { log.audioBytes += size; });
  if (isOver_ || isSilent_) {
    return;
  }
  if (settings_.announced && !isConfigured_) {
    failRequest("Audio came before the CONFIGURATION message that the URL announces");
  } else if (endReceived_) {
    failRequest("Audio came after END_OF_STREAM");
  } else if (size == 0) {
    failRequest("An empty binary message came, which means nothing");
  } else if (!isEnding_) {
    audio_ += size;
    partialDue_ = makesResults() && !settings_.raw && !isFinalDue();
    if (audio_ >= options_.fault.afterBytes) {
      playFault(Moment::audio);
    }
  }
}

void GatewayConversation::onText(std::string_view text, TimePoint now) {
  const auto type = typeOf(text);
  if (type == "KEEP_ALIVE") {
    log_.change([](auto& log) { ++log.keepAlives; });
  } else {
    lastWork_ = now;
  }
  if (isOver_ || isSilent_) {
    return;
  }
  if (!type) {
    failRequest("A text message is no JSON object with a type");
  } else if (type == "CONFIGURATION") {
    onConfiguration(text, now);
  } else if (settings_.announced && !isConfigured_) {
    failRequest(*type + " came before the CONFIGURATION message that the URL announces");
  } else if (type == "END_OF_STREAM") {
    onEnd(now);
  } else if (type != "KEEP_ALIVE") {
    failRequest("A client sends no message of type " + *type);
  }
}

void GatewayConversation::onConfiguration(std::string_view text, TimePoint now) {
  if (!settings_.announced) {
    failRequest("A CONFIGURATION message came that the URL does not announce");
    return;
  }
  if (isConfigured_) {
    failRequest("A second CONFIGURATION message came");
    return;
  }
  isConfigured_ = true;
  if (const auto problem = configurationProblem(text, settings_); !problem.empty()) {
    fail(problem);
    return;
  }
  metadataAt_ = now + options_.metadataDelay;
}

void GatewayConversation::onEnd(TimePoint now) {
  if (endReceived_) {
    failRequest("A second END_OF_STREAM came");
    return;
  }
  endReceived_ = true;
  if (!isEnding_ && !playFault(Moment::endOfStream)) {
    isEnding_ = true;
    endAt_ = now + options_.drainDelay;
  }
}

void GatewayConversation::onWake(TimePoint now) {
  const bool isTooQuiet =
      now - lastMessage_ >= options_.inactivityLimit || now - lastWork_ >= options_.idleLimit;
  if (isTooQuiet && isOpen_ && !isOver_) {
    isOver_ = true;
    log_.change([](auto& log) { ++log.timedOut; });
    peer_.disconnect();
    return;
  }
  proceed(now);
}

std::optional<TimePoint> GatewayConversation::nextWake() const {
  if (!isOpen_ || isOver_) {
    return std::nullopt;
  }
  TimePoint next =
      std::min(lastMessage_ + options_.inactivityLimit, lastWork_ + options_.idleLimit);
  if (isSilent_) {
    return next;
  }
  if (metadataAt_) {
    next = std::min(next, *metadataAt_);
  }
  if (resultAt_ && hasRoom()) {
    next = std::min(next, *resultAt_);
  }
  if (isCreated_ && isEnding_ && !isResultDue()) {
    next = std::min(next, endAt_);
  }
  return next;
}

void GatewayConversation::proceed(TimePoint now) {
  if (metadataAt_ && now >= *metadataAt_ && !isOver_ && !isSilent_) {
    metadataAt_.reset();
    createStream();
  }
  while (isCreated_ && !isOver_ && !isSilent_) {
    if (isResultDue()) {
      if (!isReadyFor(now)) {
        return;
      }
      sendResult();
    } else if (isEnding_ && now >= endAt_) {
      endStream();
    } else {
      return;
    }
  }
}

void GatewayConversation::createStream() {
  if (playFault(Moment::metadata)) {
    return;
  }
  if (!settings_.problem.empty()) {
    fail(settings_.problem);
    return;
  }
  isCreated_ = true;
  if (store_ != nullptr) {
    kept_ = store_->begin(settings_);
  }
  send(MessageType::text, metadataMessage(settings_, options_.nullMembers));
}

// A second of audio that is complete, or what is left of it at the end.
bool GatewayConversation::isFinalDue() const {
  const std::uint64_t told = finals_ * options_.bytesPerResult;
  return makesResults() && audio_ >= (isEnding_ ? told + 1 : told + options_.bytesPerResult);
}

// Whether a result may go out; else its time is set, or comes when the client has read.
bool GatewayConversation::isReadyFor(TimePoint now) {
  if (settings_.egress && !hasRoom()) {
    return false;
  }
  if (options_.resultDelay > Duration::zero()) {
    if (!resultAt_) {
      resultAt_ = now + options_.resultDelay;
    }
    if (now < *resultAt_) {
      return false;
    }
    resultAt_.reset();
  }
  return true;
}

void GatewayConversation::sendResult() {
  MadeUpResult result;
  result.number = finals_ + 1;
  result.sequenceId = ++results_;
  result.isFinal = isFinalDue();
  result.endMilliseconds =
      std::min(audio_, result.number * options_.bytesPerResult) * 1000 / options_.bytesPerResult;
  partialDue_ = false;
  finals_ += result.isFinal ? 1 : 0;
  if (kept_) {
    store_->add(*kept_, result);
  }
  if (settings_.egress) {
    tellResult(result);
  }
}

void GatewayConversation::tellResult(const MadeUpResult& result) {
  for (const auto& extra : options_.extraMessages) {
    send(MessageType::text, extra);
  }
  if (settings_.raw) {
    send(MessageType::binary, result.text());
  } else {
    send(MessageType::text,
         responseMessage(settings_, result, options_.integerTimestamps, options_.nullMembers));
  }
  log_.change([](auto& log) { ++log.results; });
}

void GatewayConversation::endStream() {
  using UploadEnd = GatewayServerOptions::UploadEnd;
  isCompleted_ = endReceived_;
  if (kept_) {
    store_->end(*kept_);
  }
  if (isCompleted_) {
    log_.change([](auto& log) { ++log.completed; });
  }
  if (!settings_.egress && options_.uploadEnd == UploadEnd::silence) {
    isSilent_ = true;
    return;
  }
  if (settings_.egress || options_.uploadEnd == UploadEnd::endOfStream) {
    send(MessageType::text, endMessage());
    if (playFault(Moment::serverEndOfStream)) {
      return;
    }
  }
  close(normalClosure);
}

bool GatewayConversation::playFault(Moment moment) {
  const GatewayFault& fault = options_.fault;
  if (fault.moment != moment) {
    return false;
  }
  switch (fault.kind) {
    case Kind::none:
      return false;
    case Kind::error:
      fail(fault.error);
      break;
    case Kind::close:
      close(fault.closeCode);
      break;
    case Kind::reset:
      isOver_ = true;
      peer_.reset();
      break;
    case Kind::disconnect:
      isOver_ = true;
      peer_.disconnect();
      break;
    case Kind::silence:
      isSilent_ = true;
      break;
    case Kind::freeze:
      isOver_ = true;
      peer_.freeze();
      break;
    case Kind::endOfStream:
      isEnding_ = true;
      if (moment == Moment::metadata) {
        endStream();
        return true;
      }
      return false;
  }
  return true;
}

void GatewayConversation::fail(const std::string& errorResponse) {
  log_.change([](auto& log) { ++log.errors; });
  send(MessageType::text, errorMessage(errorResponse));
  close(normalClosure);
}

void GatewayConversation::failRequest(std::string_view message) {
  fail(errorResponse(400, "Bad Request", "GENERAL_BAD_REQUEST_ERROR", message));
}

void GatewayConversation::send(MessageType type, std::string_view payload) {
  if (options_.fragments > 1) {
    peer_.sendRaw(fragmented(type, payload, options_.fragments));
  } else {
    peer_.send(type, payload);
  }
}

void GatewayConversation::close(std::uint16_t code) {
  isOver_ = true;
  peer_.close(code, "");
}

bool GatewayConversation::hasRoom() const {
  return peer_.bytesToSend() < maxQueuedBytes;
}

}  // namespace wsferry::testing
