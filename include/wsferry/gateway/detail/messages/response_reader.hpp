#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/gateway/detail/messages/json_values.hpp"
#include "wsferry/gateway/detail/messages/member_path.hpp"
#include "wsferry/gateway/messages.hpp"

namespace wsferry::gateway {

// Each takes the JSON text of a message's subject; what is missing, null or of another type stays
// empty.

[[nodiscard]] StreamMetadata readMetadata(std::string_view json,
                                          const std::string& streamIdMember = "streamId");
[[nodiscard]] Response readResponse(std::string_view json);

namespace detail {

inline std::vector<std::string> readStrings(JsonCursor& cursor) {
  std::vector<std::string> strings;
  forEachElement(cursor, [&] {
    // An empty one takes much more room than it does in a message.
    if (std::string string = stringOf(cursor.skipValue()); !string.empty()) {
      strings.push_back(std::move(string));
    }
  });
  return strings;
}

inline std::map<std::string, std::string> readStringMembers(JsonCursor& cursor) {
  std::map<std::string, std::string> strings;
  forEachMember(cursor, [&](std::string_view key) {
    const std::string_view value = cursor.skipValue();
    if (isJsonString(value)) {
      strings[std::string(key)] = stringOf(value);
    }
  });
  return strings;
}

// A date-time as text, or microseconds as an integer; another number is kept as text.
inline void readPublishTimestamp(std::string_view value, Response& response) {
  response.publishMicroseconds = integerOf(value);
  response.publishTime = stringOf(value);
  if (isJsonNumber(value) && !response.publishMicroseconds) {
    response.publishTime = value;
  }
}

inline void readResponseMember(std::string_view key, JsonCursor& cursor, Response& response) {
  if (key == "tags") {
    response.tags = readStrings(cursor);
    return;
  }
  if (key == "headers") {
    response.headers = readStringMembers(cursor);
    return;
  }
  const std::string_view value = cursor.skipValue();
  if (key == "payload") {
    response.payload = value == "null" ? std::string_view() : value;
  } else if (key == "sequenceId") {
    response.sequenceId = integerOf(value);
  } else if (key == "publishTimestamp") {
    readPublishTimestamp(value, response);
  }
  const std::pair<std::string_view, std::string&> strings[] = {
      {"streamId", response.streamId},           {"groupId", response.groupId},
      {"sinkTopicName", response.sinkTopicName}, {"messageId", response.messageId},
      {"processorId", response.processorId},     {"frameType", response.frameType},
      {"payloadSchema", response.payloadSchema}};
  for (const auto& [name, slot] : strings) {
    if (key == name) {
      slot = stringOf(value);
    }
  }
}

/// What `read(key, cursor, value)` makes of the members of `json`; nothing if that is no object.
template <class Value, class Read>
Value readObject(std::string_view json, Read read) {
  Value value;
  const bool isGood = readJson(json, [&](JsonCursor& cursor) {
    return forEachMember(cursor, [&](std::string_view key) { read(key, cursor, value); });
  });
  if (!isGood) {
    value = {};
  }
  value.json = json;
  return value;
}

inline void readMetadataMember(std::string_view key, JsonCursor& cursor, StreamMetadata& metadata) {
  const std::string_view value = cursor.skipValue();
  if (key == "streamId") {
    metadata.streamId = stringOf(value);
  } else if (key == "groupId") {
    metadata.groupId = stringOf(value);
  } else if (key == "name") {
    metadata.name = stringOf(value);
  } else if (key == "state") {
    metadata.state = stringOf(value);
  }
}

}  // namespace detail

inline StreamMetadata readMetadata(std::string_view json, const std::string& streamIdMember) {
  auto metadata = detail::readObject<StreamMetadata>(json, detail::readMetadataMember);
  if (streamIdMember != "streamId" && isJsonObject(json)) {
    metadata.streamId = scalarTextOf(valueAt(json, streamIdMember));
  }
  return metadata;
}

inline Response readResponse(std::string_view json) {
  return detail::readObject<Response>(json, detail::readResponseMember);
}

}  // namespace wsferry::gateway
