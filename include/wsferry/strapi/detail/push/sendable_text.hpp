#pragma once

#include <string_view>

#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/transfer_error.hpp"

namespace wsferry::strapi::detail {

// What a program or an archive gave for a message of a push: a server that cannot read one item
// loses the whole message, or its process. Both throw Error with TransferErrc::invalidRecord or
// Errc::protocolViolation.

inline void expectSendableText(std::string_view text) {
  if (!isUtf8(text)) {
    throw Error(TransferErrc::invalidRecord, "it is not UTF-8");
  }
}

// The JSON object without white space around it.
inline std::string_view sendableObject(std::string_view json) {
  expectSendableText(json);
  JsonCursor cursor(json);
  const bool isObject = cursor.peek() == '{';
  const std::string_view value = cursor.skipValue();
  cursor.expectEnd();
  if (!isObject) {
    throw Error(TransferErrc::invalidRecord, "it is not a JSON object");
  }
  return value;
}

}  // namespace wsferry::strapi::detail
