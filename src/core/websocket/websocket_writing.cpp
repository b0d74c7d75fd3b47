// How a connection writes what its engine has put out.
#include <asio/post.hpp>

#include "core/websocket/websocket_connection.hpp"

namespace wsferry {
namespace {

// Less output than this may wait for more, so long at most.
constexpr std::uint64_t gatheredSize = std::uint64_t{16} << 10;
constexpr Duration gatheringTime{1};

}  // namespace

// What is sent bit by bit goes out together, because a call of the system costs more than a turn of
// the executor: a little output waits for more until in two turns nothing was added, or it is late.
void WebSocketConnection::writeSoon() {
  if (bytesToSend_ >= gatheredSize) {
    write();
  } else if (!writing_ && !corked_ && !writePosted_) {
    writePosted_ = true;
    postWrite(true, Clock::now() + gatheringTime);
  }
}

void WebSocketConnection::postWrite(bool mayWait, TimePoint latest) {
  asio::post(executor_, [self = shared_from_this(), before = totalQueued_, mayWait, latest] {
    const bool grew = self->totalQueued_ > before;
    if ((grew || mayWait) && self->bytesToSend_ < gatheredSize && Clock::now() < latest) {
      self->postWrite(grew, latest);
    } else {
      self->writePosted_ = false;
      self->write();
    }
  });
}

void WebSocketConnection::write() {
  if (writing_ || corked_ || state_ == State::opening || state_ == State::over) {
    return;
  }
  if (writeError_) {
    if (state_ == State::ending) {
      finish(end_.error, end_.info);
    }
    return;
  }
  if (queued_.isEmpty()) {
    if (state_ == State::ending) {
      finish(end_.error, end_.info);
    }
    return;
  }
  writing_ = true;
  socket_->asyncWriteSome(
      asio::buffer(queued_.beginWrite()),
      [self = shared_from_this()](const asio::error_code& error, std::size_t size) {
        self->writing_ = false;
        self->queued_.consume(size);
        self->onWritten(error, size);
      });
}

void WebSocketConnection::onWritten(const asio::error_code& error, std::size_t size) {
  if (state_ == State::over) {
    return;
  }
  if (error) {
    onWriteFailed(error);
    return;
  }
  totalWritten_ += size;
  bytesSent_ += size;
  bytesToSend_ = totalQueued_ - totalWritten_;
  if (totalWritten_ >= repliesEnd_) {
    repliesQueued_ = 0;
  }
  completeWritten();
  // A peer that still takes what was queued is not late with its close frame.
  if (state_ == State::closing) {
    armDeadline();
  }
  if (bytesToSend_ == 0 && state_ == State::open) {
    if (const auto listener = listener_.lock()) {
      listener->onDrained();
    }
  }
  if (state_ == State::open && bytesToSend_ > 0) {
    writeSoon();
  } else {
    write();
  }
}

// What the peer said before it hung up may still be there to be read, and says more than the
// failure: a reset that answers what was sent meanwhile comes before it is looked at.
void WebSocketConnection::onWriteFailed(const asio::error_code& error) {
  const bool isFull = !attached_ && inboxBytes_ > options_.receiveQueueLimit;
  if (state_ == State::ending || isFull) {
    lose(error);
    return;
  }
  writeError_ = error;
  read();
}

void WebSocketConnection::completeWritten() {
  while (!sends_.empty() && sends_.front().end <= totalWritten_) {
    auto send = std::move(sends_.front());
    sends_.pop_front();
    send.completion({});
  }
}

}  // namespace wsferry
