#pragma once

#include <optional>
#include <string_view>
#include <system_error>
#include <type_traits>

#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// What can go wrong with a transfer besides the general errors of `Errc`, as `std::error_code`
/// values of `transferErrorCategory()`.
enum class TransferErrc {
  // The remote (protocol section 3, `error.details.step`); Errc::remoteFailed is the rest of it.
  notTransferEndpoint = 1,  ///< Another WebSocket server answers, not Strapi's data transfer.
  remoteInitialization,     ///< An error answer with step `initialization`.
  remoteValidation,         ///< An error answer with step `validation`.

  // Checks before a transfer (protocol section 7).
  versionMismatch,  ///< Source and destination are of versions that the strategy does not accept.
  schemaMismatch,   ///< Their schemas differ without consent to the differences.

  // What a source provides.
  invalidRecord,  ///< A record or asset that cannot be sent: not a JSON object in UTF-8, or an
                  ///< asset with the id of one that has not ended.
};

/// Its name in the enumeration, such as `schemaMismatch`.
WSFERRY_API std::string_view toString(TransferErrc value) noexcept;

WSFERRY_API const std::error_category& transferErrorCategory() noexcept;
WSFERRY_API std::error_code make_error_code(TransferErrc value) noexcept;

/// The stage that a failure was in; empty if it was in none.
[[nodiscard]] WSFERRY_API std::optional<TransferStage> stageOf(const ErrorInfo& info) noexcept;

}  // namespace wsferry::strapi

namespace std {
template <>
struct is_error_code_enum<wsferry::strapi::TransferErrc> : true_type {};
}  // namespace std
