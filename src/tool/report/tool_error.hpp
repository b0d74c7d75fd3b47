#pragma once

#include <system_error>

#include "wsferry/core/error.hpp"

namespace wsferry::tool {

/// What only the tool refuses.
enum class ToolErrc {
  consentMissing = 1,  ///< Nobody agreed to what would be deleted.
  protectedServer,     ///< What would be replaced is protected by the configuration.
  targetBusy,          ///< Another run is working on the same target.
  tokenCommandFailed,  ///< No token was to be had: its command failed, or took too long.
};

std::error_code make_error_code(ToolErrc value) noexcept;

}  // namespace wsferry::tool

namespace std {
template <>
struct is_error_code_enum<wsferry::tool::ToolErrc> : true_type {};
}  // namespace std
