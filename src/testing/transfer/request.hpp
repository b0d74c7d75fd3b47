#pragma once

#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_cursor.hpp"

namespace wsferry::testing {

/// A message of a client, taken apart (protocol section 2).
struct Request {
  /// `text` outlives the request. @throws Error when it is no JSON.
  explicit Request(std::string_view text) {
    JsonCursor cursor(text);
    std::string_view key;
    if (cursor.enterObject()) {
      while (cursor.nextKey(key)) {
        take(decodeJsonString(key), cursor.skipValue());
      }
    } else {
      cursor.skipValue();
    }
    cursor.expectEnd();
  }

  /// What else a client sends is ignored.
  bool isTransferMessage() const {
    return !uuid.empty() && (type == "command" || type == "transfer");
  }

  // Empty when absent, or no string.
  std::string uuid, type, command, kind, action, step;
  // JSON text, empty when absent.
  std::string_view params, data;

 private:
  void take(std::string_view key, std::string_view value) {
    if (key == "params") {
      params = value;
    } else if (key == "data") {
      data = value;
    } else if (value.front() == '"') {
      takeString(key, value.substr(1, value.size() - 2));
    }
  }

  void takeString(std::string_view key, std::string_view raw) {
    struct Member {
      std::string_view name;
      std::string& value;
    };
    for (const auto& member :
         {Member{"uuid", uuid}, Member{"type", type}, Member{"command", command},
          Member{"kind", kind}, Member{"action", action}, Member{"step", step}}) {
      if (member.name == key) {
        member.value = decodeJsonString(raw);
      }
    }
  }
};

}  // namespace wsferry::testing
