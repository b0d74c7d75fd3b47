#pragma once

#include <cstddef>
#include <string>

#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/platform/detail/egress/line_reader.hpp"

namespace wsferry::platform {

/// Whether a line is empty: a service may send empty ones to keep a connection.
inline bool isBlankLine(const LineReader::Line& line) {
  return !line.isTooLong && line.text.find_first_not_of(" \t\r") == std::string::npos;
}

/// Why a line is not a result at all; empty if it is a JSON object.
inline std::string problemOfLine(const LineReader::Line& line, std::size_t limit) {
  if (line.isTooLong) {
    return "a line of " + std::to_string(line.size) + " bytes, and at most " +
           std::to_string(limit) + " are read";
  }
  if (!isUtf8(line.text)) {
    return "a line that is not UTF-8";
  }
  try {
    JsonCursor cursor(line.text);
    if (cursor.peek() != '{') {
      return "a line that is not a JSON object";
    }
    cursor.skipValue();
    cursor.expectEnd();
  } catch (const Error& error) {
    return "a line that is not JSON: " + error.info().message;
  }
  return {};
}

/// Whether a JSON object has anything of a result (stream-gateway protocol section 6.4).
inline bool isResult(const gateway::Response& response) {
  return !response.sinkTopicName.empty() || !response.messageId.empty() ||
         !response.payloadSchema.empty() || !response.payload.empty();
}

}  // namespace wsferry::platform
