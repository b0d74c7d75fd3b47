#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/strapi/detail/loss/row_id.hpp"

namespace wsferry::archive {

/// An id, given as JSON text, as one text for all ways to write it: 1, 1.0 and "1" are one row to a
/// server. Of what is neither number nor string the text itself. A view of `json`, or of `storage`.
inline std::string_view idText(std::string_view json, std::string& storage) {
  if (isJsonString(json)) {
    return decodeJsonString(rawJsonStringOf(json), storage);
  }
  const auto isOfFraction = [](char c) { return c == '.' || c == 'e' || c == 'E'; };
  if (isJsonNumber(json) && std::any_of(json.begin(), json.end(), isOfFraction)) {
    if (const auto row = strapi::rowIdOf(json)) {
      storage = std::to_string(*row);
      return storage;
    }
  }
  return json;
}

}  // namespace wsferry::archive
