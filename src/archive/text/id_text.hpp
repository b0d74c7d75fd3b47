#pragma once

#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/strapi/detail/loss/row_id.hpp"

namespace wsferry::archive {

/// An id, given as JSON text, as one text for all ways to write it: 1, 1.0 and "1" are one row to a
/// server. Of what is neither number nor string the text itself.
inline std::string idText(std::string_view json) {
  if (isJsonNumber(json) && json.find_first_of(".eE") != std::string_view::npos) {
    if (const auto row = strapi::rowIdOf(json)) {
      return std::to_string(*row);
    }
  }
  return jsonStringOf(json).value_or(std::string(json));
}

}  // namespace wsferry::archive
