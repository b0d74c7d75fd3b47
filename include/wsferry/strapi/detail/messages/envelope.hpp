#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::strapi {

/// The outside of one server message (protocol section 3), as slices of its text. A slice is empty
/// when the member is absent; `error` members are empty also when null.
struct Envelope {
  bool hasUuid = false;
  std::string uuid;
  std::string_view data;
  std::string_view error;
  std::string_view diagnostic;

  /// For `data` of type "transfer" with a process id: a data message of a step.
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
[[nodiscard]] Envelope readEnvelope(std::string_view message);

namespace detail {

// The part of a message that is not understood to show: enough to recognise it, harmless to print.
inline std::string quoteStart(std::string_view message) {
  constexpr std::size_t limit = 80;
  std::string shown(message.substr(0, limit));
  std::replace_if(
      shown.begin(), shown.end(),
      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
  return '"' + shown + (message.size() > limit ? "..." : "") + '"';
}

inline std::string_view valueOrNothing(JsonCursor& cursor) {
  const std::string_view value = cursor.skipValue();
  return value == "null" ? std::string_view() : value;
}

inline std::optional<std::string> stringOrNothing(JsonCursor& cursor) {
  if (cursor.peek() != '"') {
    cursor.skipValue();
    return std::nullopt;
  }
  return decodeJsonString(cursor.readRawString());
}

inline void readData(JsonCursor& cursor, std::string_view message, Envelope& envelope) {
  cursor.peek();
  const std::size_t begin = cursor.offset();
  if (!cursor.enterObject()) {
    envelope.data = cursor.skipValue();
    return;
  }
  bool isTransfer = false;
  std::optional<std::string> id;
  std::string_view key;
  while (cursor.nextKey(key)) {
    if (key == "type") {
      isTransfer = stringOrNothing(cursor) == "transfer";
    } else if (key == "id") {
      id = stringOrNothing(cursor);
    } else if (key == "ended") {
      envelope.process.ended = cursor.skipValue() == "true";
    } else if (key == "error") {
      envelope.process.error = valueOrNothing(cursor);
    } else if (key == "data") {
      envelope.process.data = valueOrNothing(cursor);
    } else {
      cursor.skipValue();
    }
  }
  envelope.data = message.substr(begin, cursor.offset() - begin);
  envelope.isProcessData = isTransfer && id.has_value();
  envelope.process.id = std::move(id).value_or("");
}

inline Envelope read(std::string_view message) {
  JsonCursor cursor(message);
  Envelope envelope;
  if (!cursor.enterObject()) {
    throw Error(Errc::protocolViolation, "not a JSON object");
  }
  std::string_view key;
  while (cursor.nextKey(key)) {
    if (key == "uuid") {
      auto uuid = stringOrNothing(cursor);
      envelope.hasUuid = uuid.has_value();
      envelope.uuid = std::move(uuid).value_or("");
    } else if (key == "data") {
      readData(cursor, message, envelope);
    } else if (key == "error") {
      envelope.error = valueOrNothing(cursor);
    } else if (key == "diagnostic") {
      envelope.diagnostic = valueOrNothing(cursor);
    } else {
      cursor.skipValue();
    }
  }
  cursor.expectEnd();
  return envelope;
}

}  // namespace detail

inline Envelope readEnvelope(std::string_view message) {
  try {
    return detail::read(message);
  } catch (const Error& error) {
    throw Error(Errc::protocolViolation, "The server sent a message that is not understood (" +
                                             std::string(error.what()) +
                                             "): " + detail::quoteStart(message));
  }
}

}  // namespace wsferry::strapi
