#pragma once

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "wsferry/core/transport.hpp"

namespace wsferry::testing {

/// A transport without a network whose time stands still until a test moves it. The test plays the
/// peer: it reads what was sent and says what comes back. Everything runs inside run() and
/// advance(), on the caller's thread, so that a test is plain calls in a row. Not thread-safe.
class ScriptedTransport final : public Transport {
 public:
  explicit ScriptedTransport(asio::io_context& context) : context_(context) {}

  /// What secrets() returns; must be set before the transport's user is created.
  std::vector<std::string> credentials;

  // What the test does.

  /// Runs everything that is ready.
  void run() {
    context_.restart();
    context_.poll();
  }

  /// Moves the clock forward, waking the listener at the times it asked for.
  void advance(Duration duration) {
    run();
    const TimePoint target = now_ + duration;
    while (wake_ && *wake_ <= target && !over_) {
      now_ = std::max(now_, *wake_);
      wake_.reset();
      later([this] {
        if (const auto listener = listener_.lock()) {
          listener->onWake();
        }
      });
      run();
    }
    now_ = target;
  }

  /// The process sleeps: time passes, and everything due meanwhile comes late, at its end.
  void sleep(Duration duration) {
    run();
    now_ += duration;
    advance(Duration(0));
  }

  /// The peer sends a message.
  void receive(std::string payload, MessageType type = MessageType::text) {
    lastReceived_ = now_;
    if (closeCode_) {
      return;
    }
    inbox_.emplace_back(type, std::move(payload));
    deliver();
    run();
  }

  /// The peer's close frame has come, and the connection is about to end.
  void beginClosing() { closing_ = true; }

  /// Whether the listener holds the peer back.
  bool isPaused() const { return paused_; }

  /// The peer sends part of a message, say.
  void receiveBytes() { lastReceived_ = now_; }

  /// The peer answers all pings, or this many.
  void answerPings() { answerPings(pings_); }
  void answerPings(std::uint64_t count) {
    receiveBytes();
    lastPong_ = count;
  }

  /// The connection ends.
  void lose(std::error_code error, ErrorInfo info = {}) {
    end(error, std::move(info));
    run();
  }

  /// Called for each message sent, from a fresh stack: the place for a peer that answers.
  std::function<void(std::string)> onSent;

  /// Every message sent, oldest first, and its type.
  const std::vector<std::string>& sent() const { return sent_; }
  const std::vector<MessageType>& sentTypes() const { return sentTypes_; }
  std::string lastSent() const { return sent_.empty() ? std::string() : sent_.back(); }
  unsigned pings() const { return pings_; }
  std::optional<std::uint16_t> closeCode() const { return closeCode_; }
  bool isAborted() const { return aborted_; }

  /// What bytesToSend() returns.
  std::uint64_t unsentBytes = 0;

  /// What hasUnreadInput() returns.
  bool unreadInput = false;

  /// The network takes all of it.
  void drain() {
    unsentBytes = 0;
    later([this] {
      if (const auto listener = listener_.lock(); listener && !over_) {
        listener->onDrained();
      }
    });
    run();
  }

  /// Whether close() is answered by the peer at once. Default true.
  bool answersClose = true;

  // Transport

  asio::any_io_executor executor() const override { return context_.get_executor(); }
  void attach(std::weak_ptr<TransportListener> listener) override {
    listener_ = std::move(listener);
  }
  void pauseReceiving(bool paused) override {
    paused_ = paused;
    deliver();
  }
  bool isOpen() const override { return !over_ && !closing_; }
  void send(MessageType type, std::string_view payload) override {
    if (!isOpen()) {
      return;
    }
    sent_.emplace_back(payload);
    sentTypes_.push_back(type);
    if (onSent) {
      later([this, text = sent_.back()] { onSent(text); });
    }
  }
  std::uint64_t ping() override { return ++pings_; }
  std::uint64_t lastPong() const override { return lastPong_; }
  void close(std::uint16_t code, std::string_view) override {
    closeCode_ = code;
    closing_ = true;
    if (answersClose) {
      end(Errc::cancelled, {});
    }
  }
  void abort(std::error_code reason, ErrorInfo info) override {
    aborted_ = true;
    end(reason, std::move(info));
  }
  std::uint64_t bytesToSend() const override { return unsentBytes; }
  TimePoint lastReceived() const override { return lastReceived_; }
  bool hasUnreadInput() const override { return unreadInput; }
  std::vector<std::string> secrets() const override { return credentials; }
  TimePoint now() const override { return now_; }
  void wakeAt(TimePoint when) override { wake_ = when; }

 private:
  // Not once the transport is gone, which a test may let happen before it runs the context.
  template <class Function>
  void later(Function function) {
    asio::post(context_, [alive = std::weak_ptr(alive_), function = std::move(function)]() mutable {
      if (!alive.expired()) {
        function();
      }
    });
  }

  void deliver() {
    later([this] {
      while (!inbox_.empty() && !paused_ && !over_) {
        auto [type, payload] = std::move(inbox_.front());
        inbox_.pop_front();
        if (const auto listener = listener_.lock()) {
          listener->onMessage(type, std::move(payload));
        }
      }
    });
  }

  void end(std::error_code error, ErrorInfo info) {
    if (std::exchange(over_, true)) {
      return;
    }
    later([this, error, info = std::move(info)] {
      if (const auto listener = listener_.lock()) {
        listener->onClosed(error, info);
      }
    });
  }

  asio::io_context& context_;
  const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  std::weak_ptr<TransportListener> listener_;
  TimePoint now_{std::chrono::hours(1)};
  TimePoint lastReceived_ = now_;
  std::optional<TimePoint> wake_;
  std::deque<std::pair<MessageType, std::string>> inbox_;
  bool paused_ = false;
  std::vector<std::string> sent_;
  std::vector<MessageType> sentTypes_;
  unsigned pings_ = 0;
  std::uint64_t lastPong_ = 0;
  std::optional<std::uint16_t> closeCode_;
  bool aborted_ = false;
  bool closing_ = false;
  bool over_ = false;
};

}  // namespace wsferry::testing
