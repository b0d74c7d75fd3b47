#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/message_type.hpp"

namespace wsferry::gateway {

/// One thing that passed over a stream's connection, for logs. @see StreamEvents::onTrace
struct StreamTrace {
  enum class Kind {
    opened,    ///< The connection is open: the upgrade was accepted.
    sent,      ///< A message was given to the connection.
    received,  ///< A message came while the stream was still listening.
    pinged,    ///< A ping was given to the connection.
    closed     ///< The connection ended; `text` says how. Absent if this side dropped it.
  };

  Kind kind = Kind::opened;
  MessageType type = MessageType::text;  ///< Of a message.
  std::size_t bytes = 0;                 ///< Of a message, without its framing.
  /// A text message, with `***` instead of credentials; empty for one that carries audio, and for
  /// binary ones.
  std::string text;
  TimePoint when;  ///< On the connection's clock, not that of the event.
  /// How many traces before this one were dropped because eventQueueBytes of events waited.
  std::uint64_t skipped = 0;
};

}  // namespace wsferry::gateway
