#include "core/websocket/websocket_connection.hpp"

#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/ssl/error.hpp>
#include <charconv>

#include "core/websocket/upgrade.hpp"
#include "wsferry/core/detail/error/thrown.hpp"
#include "wsferry/core/detail/text/redaction.hpp"
#include "wsferry/core/detail/websocket/http_response.hpp"

namespace wsferry {
namespace {

// The read buffer grows while it is filled, and is given back when it was long too large: a
// connection that says little costs little.
constexpr std::size_t firstReadSize = std::size_t{4} << 10;
constexpr std::size_t lastReadSize = std::size_t{256} << 10;
constexpr unsigned smallReadsLimit = 4;
// Answers to pings that a peer which does not read may pile up.
constexpr std::size_t repliesLimit = 1 << 20;

const char* describeCloseCode(std::uint16_t code) {
  switch (code) {
    case 1000:
      return " (normal)";
    case 1001:
      return " (going away)";
    case 1002:
      return " (protocol error)";
    case 1003:
      return " (unsupported data)";
    case 1007:
      return " (invalid data)";
    case 1008:
      return " (policy violation)";
    case 1009:
      return " (message too big)";
    case 1011:
      return " (server error)";
    case 1012:
      return " (server restarts)";
    case 1013:
      return " (try again later)";
    default:
      return "";
  }
}

ErrorInfo makeInfo(std::string message) {
  ErrorInfo info;
  info.message = std::move(message);
  return info;
}

}  // namespace

WebSocketConnection::WebSocketConnection(asio::any_io_executor executor,
                                         std::shared_ptr<IoThread> thread, WebSocketOptions options)
    : thread_(std::move(thread)),
      executor_(std::move(executor)),
      options_(std::move(options)),
      deadline_(executor_),
      alarm_(executor_) {}

WebSocketStatistics WebSocketConnection::statistics() const {
  WebSocketStatistics result;
  result.bytesReceived = bytesReceived_;
  result.bytesSent = bytesSent_;
  result.messagesReceived = messagesReceived_;
  result.messagesSent = messagesSent_;
  result.bytesToSend = bytesToSend_;
  return result;
}

std::string WebSocketConnection::subprotocol() const {
  const std::lock_guard lock(subprotocolMutex_);
  return subprotocol_;
}

void WebSocketConnection::attach(std::weak_ptr<TransportListener> listener) {
  attached_ = true;
  listener_ = std::move(listener);
  if (receive_) {
    receive_->completion(Errc::invalidState, {});
    receive_.reset();
  }
  asio::post(executor_, [self = shared_from_this()] {
    self->deliver();
    self->read();
  });
}

void WebSocketConnection::pauseReceiving(bool paused) {
  paused_ = paused;
  if (!paused) {
    asio::post(executor_, [self = shared_from_this()] {
      self->deliver();
      self->read();
    });
  }
}

void WebSocketConnection::send(MessageType type, std::string_view payload) {
  if (state_ != State::open) {
    return;
  }
  try {
    engine_->send(type, payload);
  } catch (const Error& error) {
    finish(error.code(), error.info());
    return;
  }
  ++messagesSent_;
  writeSoon();
}

void WebSocketConnection::ping() {
  if (state_ == State::open) {
    sendPing();
  }
}

std::uint64_t WebSocketConnection::sendPing() {
  engine_->ping(std::to_string(++pingNumber_));
  write();
  return pingNumber_;
}

void WebSocketConnection::close(std::uint16_t code, std::string_view reason) {
  if (state_ == State::opening) {
    finish(Errc::cancelled, makeInfo("The connection was closed while it was being opened"));
  } else if (state_ == State::open) {
    engine_->close(code, reason);
    if (state_ == State::open) {
      state_ = State::closing;
    }
    armDeadline();
    write();
    read();
  }
}

void WebSocketConnection::abort(std::error_code reason, ErrorInfo info) {
  if (state_ != State::idle && state_ != State::over) {
    inbox_.clear();
    finish(reason, std::move(info));
  }
}

void WebSocketConnection::expectLeave() {
  if (thread_) {
    thread_->expectEnd();
  }
}

void WebSocketConnection::drop() {
  inbox_.clear();
  finish(Errc::cancelled, makeInfo("The connection was dropped by its owner"));
}

void WebSocketConnection::leave() {
  asio::post(executor_, [self = shared_from_this()] { self->drop(); });
  if (thread_) {
    thread_->end();
  }
}

std::vector<std::string> WebSocketConnection::secrets() const {
  return secretsOf(url_, options_);
}

bool WebSocketConnection::hasUnreadInput() const {
  asio::error_code ignored;  // shows in the read that waits
  return reading_ && socket_->tcp().available(ignored) > 0;
}

void WebSocketConnection::onException(const std::exception_ptr& exception) {
  inbox_.clear();  // What follows a message that was not worked off is not to be worked off.
  finish(exceptionCode(exception),
         makeInfo("The connection was dropped because of an exception on its thread" +
                  exceptionText(exception)));
}

void WebSocketConnection::wakeAt(TimePoint when) {
  if (state_ == State::over) {
    return;
  }
  alarm_.expires_at(when);
  alarm_.async_wait([weak = weak_from_this(), number = ++alarmNumber_](const asio::error_code& e) {
    const auto self = weak.lock();
    if (!e && self && number == self->alarmNumber_ && self->state_ != State::over) {
      if (const auto listener = self->listener_.lock()) {
        listener->onWake();
      }
    }
  });
}

void WebSocketConnection::onOutput(std::string_view bytes) {
  queued_.append(bytes);
  totalQueued_ += bytes.size();
  if (feeding_) {
    repliesQueued_ += bytes.size();
    repliesEnd_ = totalQueued_;
  }
  bytesToSend_ = totalQueued_ - totalWritten_;
}

void WebSocketConnection::onOpen() {
  engineOpen_ = true;
}

void WebSocketConnection::onMessage(MessageType type, std::string payload) {
  ++messagesReceived_;
  inboxBytes_ += payload.size() + sizeof(Message);
  inbox_.push_back({type, std::move(payload)});
}

void WebSocketConnection::onPong(std::string_view payload) {
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(payload.data(), payload.data() + payload.size(), number);
  if (error != std::errc() || end != payload.data() + payload.size()) {
    return;
  }
  // A peer may answer only the latest of several pings.
  while (!pings_.empty() && pings_.front().number <= number) {
    auto ping = std::move(pings_.front());
    pings_.erase(pings_.begin());
    ping.completion({}, lastReceived_ - ping.sent);
  }
}

void WebSocketConnection::onClosed(std::uint16_t code, std::string_view reason,
                                   std::error_code error) {
  const std::string words = printable(blankSecrets(reason, secrets()), 200);
  if (error == Errc::invalidUpgrade) {
    end_.info.message =
        "The answer of " + url_.display() + " to the upgrade request is wrong: " + words;
  } else if (error == Errc::messageTooBig) {
    end_.info.message = url_.display() + " sent a message larger than the limit of " +
                        std::to_string(options_.maxMessageSize) + " bytes.";
  } else if (error) {
    end_.info.message = url_.display() + " broke the WebSocket protocol: " + words;
  } else if (state_ == State::closing) {
    error = Errc::cancelled;
    end_.info.message = "The connection was closed by this side";
  } else {
    error = Errc::connectionClosed;
    end_.info.closeCode = code;
    end_.info.closeReason = words;
    end_.info.message =
        url_.display() + " closed the connection " +
        (code == 1005 ? "without a code"
                      : "with code " + std::to_string(code) + describeCloseCode(code)) +
        (words.empty() ? "" : ": " + words);
  }
  end_.error = error;
  state_ = State::ending;
}

void WebSocketConnection::onUpgradeAnswered(const std::error_code& error, ErrorInfo info,
                                            std::string_view received) {
  opener_.reset();
  if (error) {
    finish(error, std::move(info));
    return;
  }
  readBuffer_.resize(firstReadSize);
  process(received);
}

void WebSocketConnection::read() {
  const bool wanted =
      state_ == State::closing || (state_ == State::open && !paused_ && !engine_->hasFailed() &&
                                   (attached_ || inboxBytes_ <= options_.receiveQueueLimit));
  if (wanted && writeError_) {
    armDeadline();
  }
  if (reading_ || !wanted) {
    return;
  }
  reading_ = true;
  socket_->asyncReadSome(
      asio::buffer(readBuffer_),
      [self = shared_from_this()](const asio::error_code& error, std::size_t size) {
        self->reading_ = false;
        self->onRead(error, size);
      });
}

void WebSocketConnection::onRead(const asio::error_code& error, std::size_t size) {
  if (state_ == State::over) {
    return;
  }
  if (size > 0) {
    process({readBuffer_.data(), size});
  }
  if (error && state_ != State::over) {
    lose(error);
  }
}

void WebSocketConnection::process(std::string_view bytes) {
  lastReceived_ = Clock::now();
  bytesReceived_ += bytes.size();
  corked_ = true;
  feeding_ = true;
  engine_->take(bytes);
  feeding_ = false;
  fitReadBuffer(bytes.size());
  if (engineOpen_ && connect_) {
    {
      const std::lock_guard lock(subprotocolMutex_);
      subprotocol_ = engine_->subprotocol();
    }
    if (state_ == State::opening) {
      state_ = State::open;
    }
    auto completion = std::move(connect_->completion);
    connect_.reset();
    completion({}, {});
  }
  deliver();
  settle();
  corked_ = false;
  if (state_ == State::ending || engine_->hasFailed()) {
    armDeadline();
  }
  write();
  if (repliesQueued_ > repliesLimit) {
    finish(Errc::protocolViolation,
           makeInfo(url_.display() + " sends pings without reading the answers."));
  }
  read();
}

// Who receives message by message may want to answer those that came before the peer's failure, and
// has done so when it asks for the next one.
void WebSocketConnection::settle() {
  if (attached_ || receive_ || messagesReceived_ == 0) {
    engine_->settle();
  }
}

void WebSocketConnection::fitReadBuffer(std::size_t size) {
  smallReads_ = size < firstReadSize ? smallReads_ + 1 : 0;
  if (size == readBuffer_.size() && size < lastReadSize) {
    readBuffer_ = std::vector<char>(2 * size);
  } else if (smallReads_ >= smallReadsLimit && readBuffer_.size() > firstReadSize) {
    readBuffer_ = std::vector<char>(firstReadSize);
  }
}

void WebSocketConnection::deliver() {
  if (attached_) {
    while (!inbox_.empty() && !paused_) {
      Message message = std::move(inbox_.front());
      inbox_.pop_front();
      inboxBytes_ -= message.payload.size() + sizeof(Message);
      if (const auto listener = listener_.lock()) {
        listener->onMessage(message.type, std::move(message.payload));
      }
    }
    if (state_ == State::over && inbox_.empty() && !endReported_) {
      endReported_ = true;
      if (const auto listener = listener_.lock()) {
        listener->onClosed(end_.error, end_.info);
      }
    }
  } else if (receive_ && !inbox_.empty()) {
    Message message = std::move(inbox_.front());
    inbox_.pop_front();
    inboxBytes_ -= message.payload.size() + sizeof(Message);
    auto completion = std::move(receive_->completion);
    receive_.reset();
    completion({}, std::move(message));
  }
}

void WebSocketConnection::armDeadline() {
  deadline_.expires_after(options_.closeTimeout);
  deadline_.async_wait([self = shared_from_this()](const asio::error_code& error) {
    // A wait that ended just before the timer was set anew is told apart by the time.
    if (!error && self->deadline_.expiry() <= Clock::now()) {
      self->onDeadline();
    }
  });
}

void WebSocketConnection::onDeadline() {
  if (state_ == State::open && engine_->hasFailed()) {
    engine_->settle();
    armDeadline();
    write();
  } else if (state_ == State::ending) {
    finish(end_.error, end_.info);
  } else if (state_ == State::closing) {
    closeTimedOut_ = true;
    finish(Errc::connectionLost,
           makeInfo(url_.display() + " did not answer the close frame within " +
                    std::to_string(options_.closeTimeout.count()) + " ms; the connection was " +
                    "dropped."));
  } else if (writeError_) {
    lose(writeError_);
  }
}

void WebSocketConnection::lose(const asio::error_code& error) {
  if (state_ == State::ending) {
    finish(end_.error, end_.info);
  } else if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) {
    finish(Errc::connectionLost,
           makeInfo(url_.display() + " closed the connection without a close frame. It, or a " +
                    "proxy before it, may have been stopped or have run into a limit."));
  } else {
    finish(Errc::connectionLost,
           makeInfo("The connection to " + url_.display() + " was lost: " + error.message()));
  }
}

void WebSocketConnection::finish(const std::error_code& error, ErrorInfo info) {
  if (state_ == State::over) {
    return;
  }
  state_ = State::over;
  // Before there is a connection, a mistake in the options is not about a peer.
  if (error && error != ErrorCondition::usage && info.address.empty()) {
    info.address = url_.display();
    info.peer = ErrorPeer::remote;
  }
  end_ = {error, std::move(info)};
  if (opener_) {
    opener_->cancel();
    opener_.reset();
  }
  if (socket_) {
    socket_->close();
  }
  deadline_.cancel();
  alarm_.cancel();
  bytesToSend_ = 0;
  if (connect_) {
    connect_->completion(end_.error, end_.info);
    connect_.reset();
  }
  if (receive_) {
    receive_->completion(end_.error, {});
    receive_.reset();
  }
  for (auto& send : sends_) {
    send.completion(end_.error);
  }
  sends_.clear();
  for (auto& ping : pings_) {
    ping.completion(end_.error, {});
  }
  pings_.clear();
  for (auto& close : closes_) {
    close.completion(closeResult());
  }
  closes_.clear();
  asio::post(executor_, [self = shared_from_this()] { self->deliver(); });
}

}  // namespace wsferry
