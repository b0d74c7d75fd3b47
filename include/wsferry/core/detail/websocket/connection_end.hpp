#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry {

/// What everyone is told about a connection that is over.
struct ConnectionEnd {
  std::error_code error;
  ErrorInfo info;

  ConnectionEnd() = default;
  ConnectionEnd(std::error_code code, ErrorInfo known) : error(code), info(std::move(known)) {}
  ConnectionEnd(std::error_code code, std::string message) : error(code) {
    info.message = std::move(message);
  }
};

/// Why a socket can no longer be read or written.
struct SocketLoss {
  std::error_code error;
  bool isHangUp = false;  ///< The peer ended the stream, or cut off TLS, without a message.
};

/// What the protocol engine says when it is done: the peer's close frame, or what failed.
struct ProtocolEnd {
  std::uint16_t code = 0;
  std::string_view reason;  ///< Without secrets.
  std::error_code error;
};

namespace detail {

inline const char* describeCloseCode(std::uint16_t code) {
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

inline ConnectionEnd endByCloseFrame(const Url& url, std::uint16_t code, const std::string& words) {
  ConnectionEnd end(
      Errc::connectionClosed,
      url.display() + " closed the connection " +
          (code == 1005 ? "without a code"
                        : "with code " + std::to_string(code) + describeCloseCode(code)) +
          (words.empty() ? "" : ": " + words));
  end.info.closeCode = code;
  end.info.closeReason = words;
  return end;
}

/// @param closing whether the close frame is the answer to ours.
inline ConnectionEnd endByProtocol(const Url& url, const ProtocolEnd& end, bool closing,
                                   std::size_t maxMessageSize) {
  const std::string words = printable(end.reason, 200);
  if (end.error == Errc::invalidUpgrade) {
    return {end.error,
            "The answer of " + url.display() + " to the upgrade request is wrong: " + words};
  }
  if (end.error == Errc::messageTooBig) {
    return {end.error, url.display() + " sent a message larger than the limit of " +
                           std::to_string(maxMessageSize) + " bytes."};
  }
  if (end.error) {
    return {end.error, url.display() + " broke the WebSocket protocol: " + words};
  }
  if (closing) {
    return {Errc::cancelled, "The connection was closed by this side"};
  }
  return endByCloseFrame(url, end.code, words);
}

inline ConnectionEnd endByLoss(const Url& url, const SocketLoss& loss) {
  if (loss.isHangUp) {
    return {Errc::connectionLost,
            url.display() +
                " closed the connection without a close frame. It, or a "
                "proxy in front of it, may have been stopped or hit a limit."};
  }
  return {Errc::connectionLost,
          "The connection to " + url.display() + " was lost: " + loss.error.message()};
}

inline ConnectionEnd endBySilence(const Url& url, Duration closeTimeout) {
  return {Errc::connectionLost, url.display() + " did not answer the close frame within " +
                                    std::to_string(closeTimeout.count()) +
                                    " ms; the connection was dropped."};
}

inline ConnectionEnd endByFlood(const Url& url) {
  return {Errc::protocolViolation, url.display() + " sends pings without reading the answers."};
}

}  // namespace detail
}  // namespace wsferry
