#pragma once

#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
#include "wsferry/http/response.hpp"

namespace wsferry::http {

/// What can go wrong with HTTP besides the general errors of `Errc`, as `std::error_code` values of
/// `httpErrorCategory()`.
enum class HttpErrc {
  redirectRefused = 1,  ///< A redirect that ClientOptions::redirectLimit does not allow.
  privateAddress,       ///< The address is not public, but the request allows only public ones.
  statusRefused,        ///< A status that the caller treats as a failure; see statusError().
  filesDiffer,  ///< A file of a FileSource has other bytes over the socket than it had by HTTP.
};

/// Its name in the enumeration, such as `redirectRefused`.
WSFERRY_API std::string_view toString(HttpErrc value) noexcept;

WSFERRY_API const std::error_category& httpErrorCategory() noexcept;
WSFERRY_API std::error_code make_error_code(HttpErrc value) noexcept;

/// The failure that a response of 300 and above means to a caller who wanted another: code, status,
/// headers and the start of the body; without the `secrets`.
[[nodiscard]] WSFERRY_API std::pair<std::error_code, ErrorInfo> statusError(
    const Response& response, const std::vector<std::string>& secrets = {});

}  // namespace wsferry::http

namespace std {
template <>
struct is_error_code_enum<wsferry::http::HttpErrc> : true_type {};
}  // namespace std
