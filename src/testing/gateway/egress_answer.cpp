#include "testing/gateway/egress_answer.hpp"

#include <algorithm>
#include <utility>

#include "testing/gateway/gateway_messages.hpp"

namespace wsferry::testing {
namespace {

constexpr std::size_t mostUnread = std::size_t{256} << 10;
constexpr std::size_t longLinePiece = std::size_t{64} << 10;

using FaultKind = EgressFault::Kind;

std::string hexOf(std::size_t number) {
  std::string text;
  do {
    text.insert(text.begin(), "0123456789abcdef"[number % 16]);
    number /= 16;
  } while (number > 0);
  return text;
}

}  // namespace

EgressAnswer::EgressAnswer(const GatewayServerOptions& options, const EgressFault& fault,
                           EgressQuery query,
                           std::vector<std::shared_ptr<const KeptStream>> streams, GatewayLog& log,
                           WebSocketPeer& peer)
    : options_(options), fault_(fault), query_(std::move(query)), log_(log), peer_(peer) {
  for (auto& stream : streams) {
    const auto resumed = query_.resume.find(sinkTopicOf(stream->settings));
    Reading reading{std::move(stream), 0};
    // Results count from 1, so that the number of the last is the index of the next.
    if (resumed != query_.resume.end() && fault_.kind != FaultKind::repeat) {
      reading.next = resumed->second;
    }
    readings_.push_back(std::move(reading));
  }
}

void EgressAnswer::onOpen() {
  std::string head = "HTTP/1.1 200 OK\r\nContent-Type: ";
  head += query_.isRaw ? "application/octet-stream" : "application/x-ndjson";
  head += fault_.kind == FaultKind::unmarkedEnd ? "\r\n" : "\r\nTransfer-Encoding: chunked\r\n";
  peer_.sendRaw(head + "Connection: close\r\n\r\n");
  proceed();
}

void EgressAnswer::proceed() {
  while (!isOver_ && hasRoom()) {
    if (longLineLeft_ > 0) {
      const std::size_t size = std::min(longLineLeft_, longLinePiece);
      longLineLeft_ -= size;
      send(std::string(size, 'x') + (longLineLeft_ == 0 ? "\n" : ""));
    } else if (playFault()) {
      continue;
    } else if (query_.count == sent_) {
      end();
    } else if (!sendNext()) {
      if (!hasAllEnded()) {
        return;
      }
      end();
    }
  }
}

bool EgressAnswer::hasRoom() const {
  return peer_.bytesToSend() < mostUnread;
}

// In the streams' order, and each stream's in its own.
bool EgressAnswer::sendNext() {
  return query_.isMain && std::any_of(readings_.begin(), readings_.end(),
                                      [this](Reading& reading) { return sendNextOf(reading); });
}

bool EgressAnswer::sendNextOf(Reading& reading) {
  const KeptStream& stream = *reading.stream;
  reading.next = std::max(reading.next, stream.forgotten);
  while (reading.next < stream.forgotten + stream.results.size()) {
    const MadeUpResult& result =
        stream.results[static_cast<std::size_t>(reading.next++ - stream.forgotten)];
    if (result.isFinal || !(query_.isFinalOnly || query_.isRaw)) {
      sendResult(stream, result);
      return true;
    }
  }
  return false;
}

void EgressAnswer::sendResult(const KeptStream& stream, const MadeUpResult& result) {
  if (query_.isRaw) {
    send(result.text());
  } else {
    ResultForm form;
    form.integerTimestamps = options_.integerTimestamps;
    form.nullMembers = options_.nullMembers;
    form.omitsPayload = query_.omitsPayload;
    send(sinkMessage(stream.settings, result, form) + "\n");
  }
  ++sent_;
  log_.change([](auto& log) { ++log.egressResults; });
}

void EgressAnswer::send(std::string_view bytes) {
  if (fault_.kind == FaultKind::unmarkedEnd) {
    peer_.sendRaw(bytes);
  } else {
    peer_.sendRaw(hexOf(bytes.size()) + "\r\n" + std::string(bytes) + "\r\n");
  }
}

// Whether there was one to play.
bool EgressAnswer::playFault() {
  if (hasPlayed_ || sent_ < fault_.afterResults) {
    return false;
  }
  hasPlayed_ = true;
  switch (fault_.kind) {
    case FaultKind::cut:
      return playEnd(R"({"streamId":")");
    case FaultKind::reset:
      isOver_ = true;
      peer_.reset();
      return true;
    case FaultKind::silence:
      isOver_ = true;
      return true;
    case FaultKind::badLine:
      send(fault_.line + "\n");
      return true;
    case FaultKind::longLine:
      longLineLeft_ = fault_.lineBytes;
      return true;
    default:
      return false;
  }
}

bool EgressAnswer::playEnd(std::string_view line) {
  send(line);
  isOver_ = true;
  peer_.disconnect();
  return true;
}

bool EgressAnswer::hasAllEnded() const {
  return std::all_of(readings_.begin(), readings_.end(),
                     [](const Reading& reading) { return reading.stream->hasEnded; });
}

void EgressAnswer::end() {
  isOver_ = true;
  if (fault_.kind != FaultKind::unmarkedEnd) {
    peer_.sendRaw("0\r\n\r\n");
  }
  peer_.disconnect();
}

}  // namespace wsferry::testing
