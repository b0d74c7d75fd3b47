#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <system_error>
#include <utility>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/error/affordable.hpp"
#include "wsferry/core/detail/websocket/connection_end.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/core/websocket_options.hpp"

namespace wsferry {

enum class ConnectionState {
  idle,
  opening,
  open,
  closing,  ///< Our close frame is queued; the peer's is awaited.
  ending,   ///< The protocol is done; its last bytes are to be written.
  closed
};

/// The life of one WebSocket connection: decides when it is open, who closed it, how long opening
/// and closing may take, and how it ended. No socket, timer, protocol engine or callback of its
/// own: the owner tells it what happened and what time it is, and asks what to do. What happens
/// after the end changes nothing. Not thread-safe.
class ConnectionMachine {
 public:
  /// What onDeadline() tells its owner to do.
  enum class Due {
    nothing,
    opening,   ///< Give up opening; the opener says what it was doing.
    violation  ///< Tell the peer that it broke the protocol: no more messages were requested.
  };

  explicit ConnectionMachine(const WebSocketOptions& options)
      : connectTimeout_(bounded(options.connectTimeout)),
        handshakeTimeout_(bounded(options.handshakeTimeout)),
        closeTimeout_(bounded(options.closeTimeout)),
        maxMessageSize_(options.maxMessageSize) {}

  ConnectionState state() const { return state_; }
  bool isClosed() const { return state_ == ConnectionState::closed; }
  /// Whether messages can still be sent.
  bool isOpen() const { return state_ == ConnectionState::open && !writeLoss_; }
  /// Whether the upgrade has succeeded, whatever came since.
  bool wasOpened() const { return wasOpened_; }
  /// How the connection ended, once it is closed.
  const ConnectionEnd& end() const { return end_; }
  const Url& url() const { return url_; }

  /// Whether to read from the socket; `hasRoom` says whether messages could be kept. A close frame
  /// is awaited in any case: messages that come before it are dropped.
  bool wantsInput(bool hasRoom) const {
    return state_ == ConnectionState::closing ||
           (state_ == ConnectionState::open && hasRoom && !isBroken_);
  }

  /// Whether output may be written. The opener of the connection writes the upgrade request itself.
  bool mayWrite() const { return state_ != ConnectionState::opening && !isClosed(); }

  /// Whether the peer broke the protocol and has not been told yet: what it said before is good,
  /// and may still be answered.
  bool isBroken() const { return isBroken_; }

  /// When onDeadline() or takeAlarm() has something to do; TimePoint::max() for never.
  TimePoint nextWake() const { return std::min(deadline_, alarm_); }

  /// Whether it has ended, and its owner has yet to release what it holds and to notify everyone
  /// who waits. That may fail for lack of memory, and is due until onReleased().
  bool isReleaseDue() const { return isClosed() && !isReleased_; }
  void onReleased() { isReleased_ = true; }

  /// The result of a call that closed the connection. Output written before a failure that came
  /// instead of the peer's close frame has reached the peer, as far as can be known.
  std::error_code closeResult(bool isAllWritten) const {
    if (hasTimedOut_) {
      return Errc::timedOut;
    }
    const bool wasClosed = end_.error == Errc::cancelled || end_.error == Errc::connectionClosed;
    return wasClosed || isAllWritten ? std::error_code() : end_.error;
  }

  /// The result of a call that needs an open connection when there is none.
  std::error_code unusableError() const {
    return isClosed() ? end_.error : make_error_code(Errc::invalidState);
  }

  // Opening.

  void onConnect(const Url& url, TimePoint now) {
    url_ = url;
    state_ = ConnectionState::opening;
    deadline_ = now + connectTimeout_;
  }

  /// The server is about to get the upgrade request.
  void onRequest(TimePoint now) {
    if (state_ == ConnectionState::opening) {
      isRequestBegun_ = true;
      deadline_ = now + handshakeTimeout_;
    }
  }

  void onOpened() {
    if (state_ == ConnectionState::opening) {
      wasOpened_ = true;
      state_ = ConnectionState::open;
      deadline_ = TimePoint::max();
    }
  }

  /// The call that connects was cancelled: `total`, which `endsBegun` is not, ends it until the
  /// server has got something of the request.
  void onConnectCancelled(bool endsBegun) {
    if (endsBegun || !isRequestBegun_) {
      finish({Errc::cancelled, "Connecting to " + url_.display() + " was cancelled"});
    }
  }

  // What the peer does.

  /// It broke the protocol.
  void onViolation(TimePoint now) {
    if (!isClosed()) {
      isBroken_ = true;
      await(now);
    }
  }

  /// The protocol engine is done: the close frames were exchanged, or it failed.
  void onProtocolEnd(const ProtocolEnd& end, TimePoint now) {
    if (isClosed()) {
      return;
    }
    end_ = detail::endByProtocol(url_, end, state_ == ConnectionState::closing, maxMessageSize_);
    state_ = ConnectionState::ending;
    isBroken_ = false;
    await(now);
  }

  /// Everything received was processed, which may have taken a while: waits begin now.
  void onInputHandled(TimePoint now) {
    if (state_ == ConnectionState::ending || isBroken_) {
      await(now);
    }
  }

  /// It makes us answer its pings, but does not read the answers.
  void onFlood() { finish(detail::endByFlood(url_)); }

  // What the socket does.

  /// Reading it starts or continues, see wantsInput().
  void onReading(TimePoint now) {
    if (writeLoss_) {
      await(now);
    }
  }

  /// It has accepted some output. A peer that accepts what was queued is not late with its close
  /// frame.
  void onWritten(TimePoint now) {
    if (state_ == ConnectionState::closing) {
      await(now);
    }
  }

  /// It has accepted everything, or accepts nothing any more.
  void onOutputGone() {
    if (state_ == ConnectionState::ending) {
      finish(end_);
    }
  }

  void onReadFailed(const SocketLoss& loss) {
    finish(state_ == ConnectionState::ending ? end_ : detail::endByLoss(url_, loss));
  }

  /// Nothing more can be written. What the peer said before it hung up may still be unread, and
  /// says more than the failure: a reset in answer to what was sent meanwhile is noticed first.
  /// `isFull` says that nothing would be read.
  void onWriteFailed(const SocketLoss& loss, bool isFull) {
    if (state_ == ConnectionState::ending || isFull) {
      onReadFailed(loss);
    } else {
      writeLoss_ = loss;
    }
  }

  // What this side does.

  /// Whether onClose() has an effect: only the first time.
  bool mayClose() const {
    return state_ == ConnectionState::opening || state_ == ConnectionState::open;
  }

  /// It closes; of an open connection the close frame is queued.
  void onClose(TimePoint now) {
    if (state_ == ConnectionState::opening) {
      finish({Errc::cancelled, "The connection was closed while it was being opened"});
    } else if (state_ == ConnectionState::open) {
      state_ = ConnectionState::closing;
      await(now);
    }
  }

  /// It drops the connection at once.
  void drop(ConnectionEnd end) { finish(std::move(end)); }

  // Time.

  /// Requests one alarm, instead of any requested before. One that is not soon comes a little late,
  /// together with those of other connections: otherwise thousands of idle connections would wake
  /// the process thousands of times a second.
  void setAlarm(TimePoint when, TimePoint now) {
    if (isClosed()) {
      return;
    }
    alarm_ = when;
    if (when != TimePoint::max() && when - now >= soon) {
      alarm_ += (alarmGrid - when.time_since_epoch() % alarmGrid) % alarmGrid;
    }
  }

  /// Whether the alarm has come; it is unset then.
  [[nodiscard]] bool takeAlarm(TimePoint now) {
    const bool hasCome = alarm_ <= now;
    if (hasCome) {
      alarm_ = TimePoint::max();
    }
    return hasCome;
  }

  /// Ends what has taken too long, unless that is up to the owner.
  [[nodiscard]] Due onDeadline(TimePoint now) {
    if (deadline_ > now) {
      return Due::nothing;
    }
    deadline_ = TimePoint::max();
    if (state_ == ConnectionState::opening) {
      return Due::opening;
    }
    if (state_ == ConnectionState::open && isBroken_) {
      return Due::violation;
    }
    if (state_ == ConnectionState::ending) {
      finish(end_);
    } else if (state_ == ConnectionState::closing) {
      hasTimedOut_ = true;
      finish(detail::endBySilence(url_, closeTimeout_));
    } else if (writeLoss_) {
      finish(detail::endByLoss(url_, *writeLoss_));
    }
    return Due::nothing;
  }

 private:
  static constexpr Duration soon{1'000};
  static constexpr Duration alarmGrid{50};

  void await(TimePoint now) {
    if (!isClosed()) {
      deadline_ = now + closeTimeout_;
    }
  }

  void finish(ConnectionEnd end) {
    if (isClosed()) {
      return;
    }
    state_ = ConnectionState::closed;
    isBroken_ = false;
    deadline_ = alarm_ = TimePoint::max();
    // Before there is a connection, a mistake in the options does not concern a peer.
    if (end.error && end.error != ErrorCondition::usage && end.info.address.empty()) {
      end.info.address = affordable([this] { return url_.display(); });
      end.info.peer = ErrorPeer::remote;
    }
    end_ = std::move(end);
  }

  Duration connectTimeout_;
  Duration handshakeTimeout_;
  Duration closeTimeout_;
  std::size_t maxMessageSize_;
  Url url_;
  ConnectionState state_ = ConnectionState::idle;
  bool isRequestBegun_ = false;
  bool wasOpened_ = false;
  bool isBroken_ = false;
  std::optional<SocketLoss> writeLoss_;
  ConnectionEnd end_;  ///< From state `ending` on.
  bool hasTimedOut_ = false;
  bool isReleased_ = false;
  TimePoint deadline_ = TimePoint::max();
  TimePoint alarm_ = TimePoint::max();
};

}  // namespace wsferry
