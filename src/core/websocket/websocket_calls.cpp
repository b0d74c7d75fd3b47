// The calls of WebSocketClient on its connection.
#include "core/websocket/upgrade.hpp"
#include "core/websocket/websocket_connection.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"

namespace wsferry {
namespace {

constexpr std::size_t maxReasonSize = 123;

bool isCloseAllowed(std::uint16_t code, std::string_view reason) {
  Utf8Validator text;
  return (code == 1000 || (code >= 3000 && code <= 4999)) && reason.size() <= maxReasonSize &&
         text.update(reason) && text.complete();
}

}  // namespace

void WebSocketConnection::connect(CallId id, const Url& url,
                                  Completion<std::error_code, ErrorInfo> completion) {
  if (machine_.state() != ConnectionState::idle) {
    ErrorInfo info;
    info.message = "connect() works once per WebSocketClient; make another client";
    completion(Errc::invalidState, std::move(info));
    return;
  }
  machine_.onConnect(url, Clock::now());
  calls_.addConnect(id, std::move(completion));
  try {
    engine_ =
        WebSocketEngine::client(*this, makeUpgradeRequest(url, options_), options_.maxMessageSize);
    engine_->start();
    socket_ = std::make_shared<ConnectionSocket>(executor_, options_.rateLimit);
    opener_ =
        std::make_shared<WebSocketOpener>(executor_, socket_, url, options_, writer_.takeAll());
  } catch (const Error& error) {
    end({error.code(), error.info()});
    return;
  }
  opener_->start(
      [weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
          self->machine_.onRequest(Clock::now());
          self->follow();
        }
      },
      [weak = weak_from_this()](const std::error_code& error, ErrorInfo info,
                                const std::string& received) {
        if (const auto self = weak.lock()) {
          self->onUpgradeAnswered(error, std::move(info), received);
        }
      });
  follow();
}

void WebSocketConnection::onUpgradeAnswered(const std::error_code& error, ErrorInfo info,
                                            std::string_view received) {
  opener_.reset();
  if (error) {
    end({error, std::move(info)});
  } else {
    {
      const std::lock_guard lock(answerMutex_);
      responseHeaders_ = std::move(info.httpHeaders);
    }
    process(received);
  }
}

void WebSocketConnection::completeConnect() {
  if (!machine_.wasOpened() || !calls_.isConnecting()) {
    return;
  }
  {
    const std::lock_guard lock(answerMutex_);
    subprotocol_ = engine_->subprotocol();
  }
  calls_.completeConnect();
}

void WebSocketConnection::sendMessage(CallId id, MessageType type, const std::string& payload,
                                      Completion<std::error_code> completion) {
  if (machine_.state() != ConnectionState::open) {
    completion(machine_.unusableError());
    return;
  }
  try {
    engine_->send(type, payload);
  } catch (const Error& error) {
    completion(error.code());
    return;
  }
  writer_.onMessage();
  calls_.addSend(id, writer_.queued(), std::move(completion));
  writeSoon();
}

void WebSocketConnection::receive(CallId id, Completion<std::error_code, Message> completion) {
  if (calls_.isReceiving() || reader_.isAttached() || machine_.state() == ConnectionState::idle) {
    completion(Errc::invalidState, {});
    return;
  }
  if (reader_.isEmpty() && machine_.isClosed()) {
    completion(machine_.end().error, {});
    return;
  }
  calls_.addReceive(id, std::move(completion));
  deliver();
  if (machine_.isBroken()) {
    settle();
    machine_.onInputHandled(Clock::now());
    write();
  }
  read();
  follow();
}

void WebSocketConnection::measurePing(
    CallId id, Completion<std::error_code, std::chrono::nanoseconds> completion) {
  if (machine_.state() != ConnectionState::open) {
    completion(machine_.unusableError(), {});
    return;
  }
  const auto sent = now();
  calls_.addPing(id, sendPing(), sent, std::move(completion));
}

void WebSocketConnection::closeAndWait(CallId id, std::uint16_t code, const std::string& reason,
                                       Completion<std::error_code> completion) {
  if (!isCloseAllowed(code, reason)) {
    completion(Errc::invalidOption);
  } else if (machine_.state() == ConnectionState::idle) {
    completion(Errc::invalidState);
  } else if (machine_.isClosed()) {
    completion({});
  } else {
    calls_.addClose(id, std::move(completion));
    close(code, reason);
  }
}

void WebSocketConnection::cancelCall(CallId id, asio::cancellation_type type) {
  if (calls_.isConnecting(id)) {
    machine_.onConnectCancelled(endsBegunCall(type));
    follow();
  } else {
    calls_.cancel(id, endsBegunCall(type));
  }
}

void WebSocketConnection::cancelAllCalls() {
  if (calls_.isConnecting()) {
    machine_.onConnectCancelled(true);
    follow();
  }
  calls_.cancelAll();
}

}  // namespace wsferry
