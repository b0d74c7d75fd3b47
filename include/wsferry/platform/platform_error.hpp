#pragma once

#include <string_view>
#include <system_error>
#include <type_traits>

#include "wsferry/export.hpp"

namespace wsferry::platform {

/// What can go wrong with the platform's services besides the general errors of `Errc`, as
/// `std::error_code` values of `platformErrorCategory()`.
enum class PlatformErrc {
  invalidAnswer = 1,  ///< The answer does not come from the service, or is not what it should be: a
                      ///< page of HTML, a token answer without a token.
  unavailable,        ///< The service cannot answer now: a status such as 429 or 503.
  streamNotFound,     ///< The service itself says, by its own error, that it has no such stream or
                      ///< other resource. Any other 404 is Errc::notFound.
};

/// Its name in the enumeration, such as `invalidAnswer`.
WSFERRY_API std::string_view toString(PlatformErrc value) noexcept;

WSFERRY_API const std::error_category& platformErrorCategory() noexcept;
WSFERRY_API std::error_code make_error_code(PlatformErrc value) noexcept;

}  // namespace wsferry::platform

namespace std {
template <>
struct is_error_code_enum<wsferry::platform::PlatformErrc> : true_type {};
}  // namespace std
