#pragma once

#include <system_error>

#include "wsferry/core/error.hpp"

namespace wsferry::tool {

/// What only the tool refuses.
enum class ToolErrc {
  consentMissing = 1,  ///< Nobody agreed to what would be deleted.
};

std::error_code make_error_code(ToolErrc value) noexcept;

}  // namespace wsferry::tool

namespace std {
template <>
struct is_error_code_enum<wsferry::tool::ToolErrc> : true_type {};
}  // namespace std
