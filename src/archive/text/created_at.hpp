#pragma once

#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {

/// When the transfer into an archive began, by its metadata.json; empty if that does not tell.
inline std::string createdAtOf(std::string_view metadata) {
  try {
    return jsonStringOf(jsonMemberOf(metadata, "createdAt")).value_or("");
  } catch (const Error&) {
    return {};  // Whatever else is wrong with it is reported elsewhere.
  }
}

}  // namespace wsferry::archive
