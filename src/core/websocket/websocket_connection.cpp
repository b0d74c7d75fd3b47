#include "core/websocket/websocket_connection.hpp"

#include <asio/post.hpp>
#include <new>

#include "wsferry/core/detail/error/affordable.hpp"
#include "wsferry/core/detail/error/thrown.hpp"
#include "wsferry/core/detail/request/request_headers.hpp"
#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/core/detail/thread/last_post.hpp"

namespace wsferry {

WebSocketConnection::WebSocketConnection(asio::any_io_executor executor,
                                         std::shared_ptr<IoThread> thread, WebSocketOptions options)
    : thread_(std::move(thread)),
      executor_(std::move(executor)),
      options_(std::move(options)),
      machine_(options_),
      reader_(options_.receiveQueueLimit),
      timer_(executor_) {}

WebSocketStatistics WebSocketConnection::statistics() const {
  WebSocketStatistics result;
  result.bytesReceived = reader_.bytesReceived();
  result.bytesSent = writer_.bytesSent();
  result.messagesReceived = reader_.messagesReceived();
  result.messagesSent = writer_.messagesSent();
  result.bytesToSend = writer_.unsent();
  return result;
}

std::string WebSocketConnection::subprotocol() const {
  const std::lock_guard lock(answerMutex_);
  return subprotocol_;
}

std::vector<std::pair<std::string, std::string>> WebSocketConnection::responseHeaders() const {
  const std::lock_guard lock(answerMutex_);
  return responseHeaders_;
}

void WebSocketConnection::attach(std::weak_ptr<TransportListener> listener) {
  listener_ = std::move(listener);
  reader_.attach();
  calls_.completeReceive(Errc::invalidState, {});
  asio::post(executor_, [self = shared_from_this()] { self->resume(); });
}

void WebSocketConnection::pauseReceiving(bool paused) {
  reader_.pause(paused);
  if (!paused) {
    asio::post(executor_, [self = shared_from_this()] { self->resume(); });
  }
}

void WebSocketConnection::send(MessageType type, std::string_view payload) {
  if (machine_.state() != ConnectionState::open) {
    return;
  }
  try {
    engine_->send(type, payload);
  } catch (const Error& error) {
    end({error.code(), error.info()});
    return;
  }
  writer_.onMessage();
  writeSoon();
}

std::uint64_t WebSocketConnection::ping() {
  return machine_.state() == ConnectionState::open ? sendPing() : calls_.newPing();
}

std::uint64_t WebSocketConnection::sendPing() {
  const std::uint64_t number = calls_.newPing();
  engine_->ping(std::to_string(number));
  write();
  return number;
}

void WebSocketConnection::close(std::uint16_t code, std::string_view reason) {
  if (!machine_.mayClose()) {
    return;
  }
  if (machine_.state() == ConnectionState::open) {
    engine_->close(code, reason);
  }
  machine_.onClose(Clock::now());
  write();
  read();
  follow();
}

void WebSocketConnection::abort(std::error_code reason, ErrorInfo info) {
  if (machine_.state() != ConnectionState::idle && !machine_.isClosed()) {
    reader_.clear();
    end({reason, std::move(info)});
  }
}

void WebSocketConnection::expectLeave() {
  if (thread_) {
    thread_->expectEnd();
  }
}

void WebSocketConnection::drop() {
  reader_.clear();
  end({Errc::cancelled, "The connection was dropped by its owner"});
}

void WebSocketConnection::leave() {
  const bool isPosted = postLast(executor_, [self = shared_from_this()] { self->drop(); });
  if (thread_) {
    if (!isPosted) {
      thread_->stop();
    }
    thread_->end();
  }
}

void WebSocketConnection::onException(const std::exception_ptr& exception) {
  reader_.clear();  // What follows a message that was not worked off is not to be worked off.
  ConnectionEnd reason;
  reason.error = exceptionCode(exception);
  reason.info.message = affordable([&exception] {
    return "The connection was dropped because of an exception on its thread" +
           exceptionText(exception);
  });
  // The listener is told here if there is no memory to do it later: nobody else is on the stack.
  try {
    end(std::move(reason));
  } catch (const std::bad_alloc&) {
    deliver();
    throw;
  }
}

void WebSocketConnection::end(ConnectionEnd end) {
  machine_.drop(std::move(end));
  follow();
}

bool WebSocketConnection::hasUnreadInput() const {
  asio::error_code ignored;  // shows in the read that waits
  return reader_.isReading() && socket_->tcp().available(ignored) > 0;
}

std::vector<std::string> WebSocketConnection::secrets() const {
  return secretsOf(machine_.url(), options_);
}

void WebSocketConnection::wakeAt(TimePoint when) {
  machine_.setAlarm(when, Clock::now());
  follow();
}

void WebSocketConnection::onOutput(std::string_view bytes) {
  writer_.append(bytes);
}

void WebSocketConnection::onOpen() {
  machine_.onOpened();
}

void WebSocketConnection::onMessage(MessageType type, std::string payload) {
  reader_.add(type, std::move(payload));
}

void WebSocketConnection::onPong(std::string_view payload) {
  calls_.onPong(payload, reader_.lastReceived());
}

void WebSocketConnection::onClosed(std::uint16_t code, std::string_view reason,
                                   std::error_code error) {
  const std::string shown = reason.size() > longestWholeReason
                                ? blankSecretsInStart(reason, secrets())
                                : blankSecrets(reason, secrets());
  machine_.onProtocolEnd({code, shown, error}, Clock::now());
}

}  // namespace wsferry
