#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "testing/gateway/gateway_log.hpp"
#include "testing/gateway/gateway_request.hpp"
#include "testing/gateway/stream_store.hpp"
#include "testing/server/websocket_session.hpp"
#include "wsferry/core/clock.hpp"
#include "wsferry/testing/gateway_server.hpp"

namespace wsferry::testing {

/// The server's side of one stream (protocol sections 5 to 10), without a clock: it is told the
/// time. Its memory does not grow with what the client sends or does not read. Not thread-safe.
class GatewayConversation {
 public:
  /// `options`, `log` and `peer` outlive the conversation.
  /// Results go to `store` as well, which may be null and outlives it too.
  GatewayConversation(const GatewayServerOptions& options, RequestedStream settings,
                      GatewayLog& log, WebSocketPeer& peer, StreamStore* store = nullptr);
  ~GatewayConversation();
  GatewayConversation(const GatewayConversation&) = delete;
  GatewayConversation& operator=(const GatewayConversation&) = delete;

  void onOpen(TimePoint now);
  void onMessage(MessageType type, std::string_view payload, TimePoint now);
  void onPing(TimePoint now);
  void onDrained(TimePoint now);
  void onWake(TimePoint now);

  /// When onWake() has something to do next.
  std::optional<TimePoint> nextWake() const;

 private:
  using Moment = GatewayFault::Moment;
  using Kind = GatewayFault::Kind;

  void onAudio(std::size_t size);
  void onText(std::string_view text, TimePoint now);
  void onConfiguration(std::string_view text, TimePoint now);
  void onEnd(TimePoint now);

  /// Does what is due.
  void proceed(TimePoint now);
  void createStream();
  bool isResultDue() const { return isFinalDue() || partialDue_; }
  bool isFinalDue() const;
  [[nodiscard]] bool isReadyFor(TimePoint now);
  void sendResult();
  void tellResult(const MadeUpResult& result);
  void endStream();

  /// Does what the fault is, if this is its moment. True if nothing is to follow.
  bool playFault(Moment moment);
  void fail(const std::string& errorResponse);
  void failRequest(std::string_view message);
  void send(MessageType type, std::string_view payload);
  void close(std::uint16_t code);
  bool hasRoom() const;
  bool makesResults() const { return settings_.egress || kept_; }

  const GatewayServerOptions& options_;
  const RequestedStream settings_;
  GatewayLog& log_;
  WebSocketPeer& peer_;
  StreamStore* const store_;
  std::shared_ptr<KeptStream> kept_;

  TimePoint lastMessage_{};  ///< Pings and keep-alive included...
  TimePoint lastWork_{};     ///< ...and without them.
  std::optional<TimePoint> metadataAt_;
  std::optional<TimePoint> resultAt_;
  TimePoint endAt_{};  ///< Of a stream that is ending.

  std::uint64_t audio_ = 0;
  std::uint64_t finals_ = 0;   ///< Made.
  std::uint64_t results_ = 0;  ///< Made.
  bool partialDue_ = false;

  bool isOpen_ = false;
  bool isConfigured_ = false;  ///< The announced CONFIGURATION has come.
  bool isCreated_ = false;     ///< The metadata has been sent.
  bool isEnding_ = false;
  bool endReceived_ = false;
  bool isCompleted_ = false;
  bool isSilent_ = false;
  bool isOver_ = false;
};

}  // namespace wsferry::testing
