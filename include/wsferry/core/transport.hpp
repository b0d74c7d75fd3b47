#pragma once

#include "wsferry/core/asio_settings.hpp"

#include <asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/message_type.hpp"
#include "wsferry/export.hpp"

namespace wsferry {

/// What a transport tells its user. Every call is made on the transport's executor, one at a time,
/// and never from inside a call to the transport.
class WSFERRY_API TransportListener {
 public:
  virtual ~TransportListener() = default;

  virtual void onMessage(MessageType type, std::string payload) = 0;

  /// The time requested with wakeAt() has come.
  virtual void onWake() = 0;

  /// The network has taken everything that was queued: bytesToSend() is 0.
  virtual void onDrained() {}

  /// The connection is over; nothing follows. Called exactly once, also after close() and abort():
  /// Errc::connectionClosed with the peer's code and reason after a close frame, Errc::cancelled
  /// after a close() of our own that the peer answered, the reason given to abort(), else
  /// Errc::connectionLost and the like.
  virtual void onClosed(const std::error_code& error, const ErrorInfo& info) = 0;
};

/// One open connection that carries messages: a WebSocket, or a scripted peer in a test. It is also
/// its user's clock and alarm, so that a test can own the time. All functions are to be called on
/// executor() unless they say otherwise, and do nothing once the connection is over.
class WSFERRY_API Transport {
 public:
  virtual ~Transport() = default;

  /// The connection's strand. Safe from any thread.
  virtual asio::any_io_executor executor() const = 0;

  /// Sets the one listener, which is held weakly. It also gets messages that arrived earlier.
  virtual void attach(std::weak_ptr<TransportListener> listener) = 0;

  /// While true, no message is delivered, and the peer is held back once the network's buffers are
  /// full; its pongs and its end are then not noticed either. Default false.
  virtual void pauseReceiving(bool paused) = 0;

  /// Queues one message. The bytes are copied before the call returns.
  virtual void send(MessageType type, std::string_view payload) = 0;

  /// Sends a ping frame and returns its number, which is larger than those of earlier ones. The
  /// answer shows in lastReceived() and lastPong().
  virtual std::uint64_t ping() = 0;

  /// The number of the last ping that the peer has answered, and with it all that was sent before;
  /// 0 if none.
  virtual std::uint64_t lastPong() const = 0;

  /// Whether a message can still be sent: not once either side has begun to close, nor after the
  /// connection's end, even if onClosed() is still to come because reading is paused.
  virtual bool isOpen() const = 0;

  /// Sends what is queued, then a close frame, and waits a bounded time for the peer's. Messages
  /// that the peer sends meanwhile are dropped.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;

  /// Drops the connection at once.
  virtual void abort(std::error_code reason, ErrorInfo info) = 0;

  /// Bytes queued but not yet accepted by the network. Safe from any thread.
  virtual std::uint64_t bytesToSend() const = 0;

  /// When bytes last came from the peer, of whatever kind.
  virtual TimePoint lastReceived() const = 0;

  /// Whether bytes of the peer are waiting to be read, and are not held back by pauseReceiving():
  /// after a sleep they are found only after an onWake(). Default false.
  virtual bool hasUnreadInput() const { return false; }

  /// The credentials of this connection, which its peer may repeat, and which no report may show.
  /// Safe from any thread. Default none.
  virtual std::vector<std::string> secrets() const { return {}; }

  virtual TimePoint now() const = 0;

  /// Requests one onWake() at `when`, instead of any requested before.
  virtual void wakeAt(TimePoint when) = 0;
};

}  // namespace wsferry
