#pragma once

#include <rapidjson/document.h>

#include <stdexcept>
#include <string>

namespace support {

/// An event that the tool has written with --json.
inline rapidjson::Document parsedEvent(const std::string& line) {
  rapidjson::Document event;
  event.Parse<rapidjson::kParseIterativeFlag>(line.c_str());
  if (event.HasParseError() || !event.IsObject()) {
    throw std::runtime_error("no event: " + line);
  }
  return event;
}

/// The last one of an output: the result.
inline rapidjson::Document lastEvent(const std::string& output) {
  return parsedEvent(
      output.substr(output.size() < 2 ? 0 : output.rfind('\n', output.size() - 2) + 1));
}

}  // namespace support
