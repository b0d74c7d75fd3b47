#pragma once

#include <string_view>
#include <system_error>
#include <type_traits>

#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"

namespace wsferry::archive {

/// What can go wrong with an archive besides the general errors of `Errc`, as `std::error_code`
/// values of `archiveErrorCategory()`.
enum class ArchiveErrc {
  invalidArchive = 1,  ///< Not an archive, damaged, or breaking the format's rules.
  wrongKey,            ///< Decryption failed: wrong key or damaged file.
  keyRequired,         ///< The archive is encrypted and no key was given.
};

/// Its name in the enumeration, such as `wrongKey`.
WSFERRY_API std::string_view toString(ArchiveErrc value) noexcept;

WSFERRY_API const std::error_category& archiveErrorCategory() noexcept;
WSFERRY_API std::error_code make_error_code(ArchiveErrc value) noexcept;

}  // namespace wsferry::archive

namespace std {
template <>
struct is_error_code_enum<wsferry::archive::ArchiveErrc> : true_type {};
}  // namespace std
