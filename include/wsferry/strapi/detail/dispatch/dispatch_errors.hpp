#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/seconds_text.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/uuid.hpp"
#include "wsferry/strapi/detail/dispatch/opening_watch.hpp"

namespace wsferry::strapi::detail {

// Messages about requests and servers that fail.

inline ErrorInfo errorText(std::string message) {
  ErrorInfo info;
  info.message = std::move(message);
  return info;
}

inline ErrorInfo notSent(const std::string& label) {
  return errorText("Cancelled before " + label + " was sent.");
}

inline ErrorInfo uuidInUse(const Uuid& uuid, const std::string& label) {
  return errorText("The uuid " + uuid.toString() +
                   " belongs to a message that waits for its answer; " + label + " was not sent.");
}

inline ErrorInfo cancelledWaiting(const std::string& label) {
  return errorText("Cancelled while waiting for the answer to " + label +
                   "; the request may have taken effect.");
}

inline ErrorInfo noAnswer(const std::string& label, Duration waited, unsigned timesSent) {
  return errorText("No answer to " + label + " in " + secondsText(waited) + " (sent " +
                   counted(timesSent, "time", "times") + "). The request may have taken effect.");
}

inline ErrorInfo noSignOfLife(Duration window) {
  return errorText("The server gave no sign of life for " + secondsText(window) +
                   ", not even an answer to pings. It died or hangs, or the network lost it.");
}

inline ErrorInfo noData(Duration waited) {
  return errorText("The server is alive but sent no data for " + secondsText(waited) + ".");
}

inline ErrorInfo speaksFirst(const std::string& serverName, std::string_view strange) {
  return errorText(serverName +
                   " is a WebSocket server, but not Strapi's transfer endpoint: it began with \"" +
                   printable(strange, 200) + "\".");
}

inline ErrorInfo staysSilent(const std::string& serverName, const OpeningWatch::Overdue& overdue,
                             Duration waited) {
  return errorText(serverName +
                   (overdue.isFirst ? " is a WebSocket server, but not Strapi's transfer endpoint"
                                    : " is stuck, or not Strapi's transfer endpoint") +
                   ": it is alive, but did not answer " + overdue.label + " for " +
                   secondsText(waited) + ".");
}

}  // namespace wsferry::strapi::detail
