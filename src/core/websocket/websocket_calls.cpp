// The calls of WebSocketClient on its connection.
#include <algorithm>

#include "core/websocket/upgrade.hpp"
#include "core/websocket/websocket_connection.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"

namespace wsferry {
namespace {

constexpr std::size_t maxReasonSize = 123;

template <class Calls>
void cancelIn(Calls& calls, WebSocketConnection::CallId id) {
  const auto found =
      std::find_if(calls.begin(), calls.end(), [id](const auto& call) { return call.id == id; });
  if (found != calls.end()) {
    auto completion = std::move(found->completion);
    calls.erase(found);
    completion(Errc::cancelled);
  }
}

}  // namespace

void WebSocketConnection::connect(CallId id, const Url& url,
                                  Completion<std::error_code, ErrorInfo> completion) {
  if (state_ != State::idle) {
    ErrorInfo info;
    info.message = "connect() works once per WebSocketClient; make another client";
    completion(Errc::invalidState, std::move(info));
    return;
  }
  url_ = url;
  state_ = State::opening;
  connect_.emplace(Connect{id, std::move(completion)});
  try {
    engine_ =
        WebSocketEngine::client(*this, makeUpgradeRequest(url, options_), options_.maxMessageSize);
    engine_->start();
    socket_ = std::make_shared<ConnectionSocket>(executor_);
    opener_ =
        std::make_shared<WebSocketOpener>(executor_, socket_, url, options_, queued_.takeAll());
  } catch (const Error& error) {
    finish(error.code(), error.info());
    return;
  }
  // The opener writes the request.
  bytesSent_ = totalWritten_ = totalQueued_;
  bytesToSend_ = 0;
  opener_->start([weak = weak_from_this()](const std::error_code& error, ErrorInfo info,
                                           const std::string& received) {
    if (const auto self = std::static_pointer_cast<WebSocketConnection>(weak.lock())) {
      self->onUpgradeAnswered(error, std::move(info), received);
    }
  });
}

void WebSocketConnection::sendMessage(CallId id, MessageType type, const std::string& payload,
                                      Completion<std::error_code> completion) {
  if (state_ != State::open) {
    completion(unusableError());
    return;
  }
  try {
    engine_->send(type, payload);
  } catch (const Error& error) {
    completion(error.code());
    return;
  }
  ++messagesSent_;
  sends_.push_back({id, totalQueued_, std::move(completion)});
  writeSoon();
}

void WebSocketConnection::receive(CallId id, Completion<std::error_code, Message> completion) {
  if (receive_ || attached_ || state_ == State::idle) {
    completion(Errc::invalidState, {});
    return;
  }
  if (inbox_.empty() && state_ == State::over) {
    completion(end_.error, {});
    return;
  }
  receive_.emplace(Receive{id, std::move(completion)});
  deliver();
  if (engine_->hasFailed()) {
    settle();
    armDeadline();
    write();
  }
  read();
}

void WebSocketConnection::measurePing(
    CallId id, Completion<std::error_code, std::chrono::nanoseconds> completion) {
  if (state_ != State::open) {
    completion(unusableError(), {});
    return;
  }
  const auto sent = now();
  pings_.push_back({id, sendPing(), sent, std::move(completion)});
}

void WebSocketConnection::closeAndWait(CallId id, std::uint16_t code, const std::string& reason,
                                       Completion<std::error_code> completion) {
  Utf8Validator text;
  const bool codeAllowed = code == 1000 || (code >= 3000 && code <= 4999);
  if (!codeAllowed || reason.size() > maxReasonSize || !text.update(reason) || !text.complete()) {
    completion(Errc::invalidOption);
    return;
  }
  if (state_ == State::idle) {
    completion(Errc::invalidState);
    return;
  }
  if (state_ == State::over) {
    completion({});
    return;
  }
  closes_.push_back({id, std::move(completion)});
  close(code, reason);
}

void WebSocketConnection::cancelCall(CallId id, asio::cancellation_type type) {
  if (connect_ && connect_->id == id) {
    if (!endsBegunCall(type) && (!opener_ || opener_->isRequestBegun())) {
      return;
    }
    ErrorInfo info;
    info.message = "Connecting to " + url_.display() + " was cancelled";
    finish(Errc::cancelled, std::move(info));
    return;
  }
  if (receive_ && receive_->id == id) {
    auto completion = std::move(receive_->completion);
    receive_.reset();
    completion(Errc::cancelled, {});
    return;
  }
  if (!endsBegunCall(type)) {
    return;
  }
  cancelIn(sends_, id);
  cancelIn(closes_, id);
  const auto ping = std::find_if(pings_.begin(), pings_.end(),
                                 [id](const Ping& candidate) { return candidate.id == id; });
  if (ping != pings_.end()) {
    auto completion = std::move(ping->completion);
    pings_.erase(ping);
    completion(Errc::cancelled, {});
  }
}

void WebSocketConnection::cancelAllCalls() {
  std::vector<CallId> ids;
  const auto collect = [&ids](const auto& calls) {
    for (const auto& call : calls) {
      ids.push_back(call.id);
    }
  };
  if (connect_) {
    ids.push_back(connect_->id);
  }
  if (receive_) {
    ids.push_back(receive_->id);
  }
  collect(sends_);
  collect(pings_);
  collect(closes_);
  for (const auto id : ids) {
    cancelCall(id, asio::cancellation_type::terminal);
  }
}

std::error_code WebSocketConnection::closeResult() const {
  if (closeTimedOut_) {
    return Errc::timedOut;
  }
  const bool closed = end_.error == Errc::cancelled || end_.error == Errc::connectionClosed;
  return closed || totalWritten_ == totalQueued_ ? std::error_code() : end_.error;
}

std::error_code WebSocketConnection::unusableError() const {
  return state_ == State::over ? end_.error : Errc::invalidState;
}

}  // namespace wsferry
