#pragma once

#include <string>
#include <string_view>

namespace wsferry::strapi {

/// The outside of one server message (protocol section 3), as slices of its text. A slice is empty
/// when the member is absent; `error` members are empty also when null.
struct Envelope {
  bool hasUuid = false;
  std::string uuid;
  std::string_view data;
  std::string_view error;
  std::string_view diagnostic;

  /// For `data` of type "transfer" with a process id: a message of a step's stream.
  struct Process {
    std::string id;
    std::string_view data;
    std::string_view error;
    bool ended = false;
  };
  bool isProcessData = false;
  Process process;
};

/// Reads one message without building its content, in one pass. The slices point into `message`.
/// @throws Error with Errc::protocolViolation, quoting the start of what was received.
Envelope readEnvelope(std::string_view message);

}  // namespace wsferry::strapi
