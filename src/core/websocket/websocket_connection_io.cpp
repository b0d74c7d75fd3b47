// How a connection does what its machine, its reader and its writer decide.
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/ssl/error.hpp>

#include "core/websocket/websocket_connection.hpp"

namespace wsferry {
namespace {

SocketLoss lossOf(const asio::error_code& error) {
  return {error, error == asio::error::eof || error == asio::ssl::error::stream_truncated};
}

}  // namespace

void WebSocketConnection::read() {
  if (!machine_.wantsInput(reader_.hasRoom())) {
    return;
  }
  machine_.onReading(Clock::now());
  if (reader_.isReading()) {
    return;
  }
  const auto [data, size] = reader_.beginRead();
  socket_->asyncReadSome(
      asio::buffer(data, size),
      [self = shared_from_this(), data = data](const asio::error_code& error, std::size_t got) {
        self->reader_.endRead();
        self->onRead(error, {data, got});
      });
}

void WebSocketConnection::onRead(const asio::error_code& error, std::string_view bytes) {
  if (machine_.isClosed()) {
    return;
  }
  if (!bytes.empty()) {
    process(bytes);
  }
  if (error) {
    machine_.onReadFailed(lossOf(error));
    follow();
  }
}

void WebSocketConnection::process(std::string_view bytes) {
  reader_.onReceived(bytes.size(), Clock::now());
  {
    const auto cork = writer_.cork();
    take(bytes);
    reader_.onUsed(bytes.size());
    completeConnect();
    deliver();
    settle();
  }
  machine_.onInputHandled(Clock::now());
  write();
  if (writer_.isFlooded()) {
    machine_.onFlood();
  }
  read();
  follow();
}

void WebSocketConnection::take(std::string_view bytes) {
  const auto reply = writer_.reply();
  engine_->take(bytes);
  if (engine_->hasFailed()) {
    machine_.onViolation(reader_.lastReceived());
  }
}

void WebSocketConnection::settle() {
  if (machine_.isBroken() && reader_.isWorkedOff(calls_.isReceiving())) {
    engine_->settle();
  }
}

void WebSocketConnection::resume() {
  deliver();
  read();
  follow();
}

void WebSocketConnection::deliver() {
  while (reader_.hasForListener()) {
    Message message = reader_.take();
    if (const auto listener = listener_.lock()) {
      listener->onMessage(message.type, std::move(message.payload));
    }
  }
  if (calls_.isReceiving() && reader_.hasForCall()) {
    calls_.completeReceive({}, reader_.take());
  }
  if (machine_.isClosed() && reader_.takeEnd()) {
    if (const auto listener = listener_.lock()) {
      listener->onClosed(machine_.end().error, machine_.end().info);
    }
  }
}

void WebSocketConnection::writeSoon() {
  if (writer_.isMuch()) {
    write();
  } else if (writer_.mayGather()) {
    writer_.beginGathering(Clock::now());
    gather();
  }
}

void WebSocketConnection::gather() {
  asio::post(executor_, [self = shared_from_this()] {
    if (self->writer_.keepGathering(Clock::now())) {
      self->gather();
    } else {
      self->write();
      self->follow();
    }
  });
}

void WebSocketConnection::write() {
  if (!machine_.mayWrite()) {
    return;
  }
  if (const auto bytes = writer_.beginWrite()) {
    socket_->asyncWriteSome(
        asio::buffer(*bytes),
        [self = shared_from_this()](const asio::error_code& error, std::size_t size) {
          self->writer_.endWrite(size);
          self->onWritten(error);
        });
  } else if (writer_.isDone()) {
    machine_.onOutputGone();
  }
}

void WebSocketConnection::onWritten(const asio::error_code& error) {
  if (machine_.isClosed()) {
    return;
  }
  if (error) {
    writer_.stop();
    machine_.onWriteFailed(lossOf(error), reader_.isFull());
    read();
  } else {
    machine_.onWritten(Clock::now());
    calls_.onWritten(writer_.bytesSent());
    writeOn();
  }
  follow();
}

void WebSocketConnection::writeOn() {
  if (writer_.unsent() == 0 && machine_.state() == ConnectionState::open) {
    if (const auto listener = listener_.lock()) {
      listener->onDrained();
    }
  }
  if (writer_.unsent() > 0 && machine_.state() == ConnectionState::open) {
    writeSoon();
  } else {
    write();
  }
}

void WebSocketConnection::follow() {
  if (machine_.isReleaseDue()) {
    release();
  } else {
    armTimer();
  }
}

// A timer that fires too early costs less than moving it with every message.
void WebSocketConnection::armTimer() {
  const TimePoint next = machine_.nextWake();
  if (next == TimePoint::max() && timerAt_ != next) {
    timerAt_ = next;  // The context is not to wait for what nobody waits for.
    timer_.cancel();
  }
  if (next >= timerAt_) {
    return;
  }
  timerAt_ = next;
  timer_.expires_at(timerAt_);
  timer_.async_wait([weak = weak_from_this(), at = timerAt_](const asio::error_code& error) {
    const auto self = weak.lock();
    // A wait that ended just before the timer was set anew is told apart by the time.
    if (!error && self && self->timerAt_ == at) {
      self->timerAt_ = TimePoint::max();
      self->onTimer();
    }
  });
}

void WebSocketConnection::onTimer() {
  const TimePoint now = Clock::now();
  switch (machine_.onDeadline(now)) {
    case ConnectionMachine::Due::opening:
      std::shared_ptr(opener_)->onTimeout();  // which has it dropped here
      break;
    case ConnectionMachine::Due::violation:
      engine_->settle();
      write();
      break;
    case ConnectionMachine::Due::nothing:
      break;
  }
  if (machine_.takeAlarm(now)) {
    if (const auto listener = listener_.lock()) {
      listener->onWake();
    }
  }
  follow();
}

// After an exception, such as for lack of memory, all of it may be done again.
void WebSocketConnection::release() {
  if (const auto opener = std::exchange(opener_, nullptr)) {
    opener->cancel();
  }
  if (socket_) {
    socket_->close();
  }
  timer_.cancel();
  writer_.drop();
  calls_.finish(machine_.end(), machine_.closeResult(writer_.isAllWritten()));
  asio::post(executor_, [self = shared_from_this()] { self->deliver(); });
  machine_.onReleased();
}

}  // namespace wsferry
