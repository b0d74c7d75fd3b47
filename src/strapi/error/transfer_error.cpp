#include "wsferry/strapi/transfer_error.hpp"

#include <algorithm>

#include "wsferry/core/detail/error/error_table.hpp"
#include "wsferry/core/detail/error/never_destroyed.hpp"

namespace wsferry::strapi {
namespace {

constexpr ErrorRow errorRows[] = {
    {TransferErrc::notTransferEndpoint, "notTransferEndpoint", "not Strapi's transfer endpoint",
     ErrorCondition::connection},
    {TransferErrc::remoteInitialization, "remoteInitialization", "the remote failed to initialize",
     ErrorCondition::remote},
    {TransferErrc::remoteValidation, "remoteValidation", "the remote refused the data",
     ErrorCondition::remote},
    {TransferErrc::versionMismatch, "versionMismatch", "versions do not match",
     ErrorCondition::safety},
    {TransferErrc::schemaMismatch, "schemaMismatch", "schemas differ", ErrorCondition::safety},
    {TransferErrc::invalidRecord, "invalidRecord", "invalid record", ErrorCondition::data},
};
static_assert(coversAll(errorRows, TransferErrc::invalidRecord));

const ErrorTable& errorTable() noexcept {
  static const NeverDestroyed<ErrorTable> category("wsferry.strapi", errorRows);
  return *category;
}

}  // namespace

std::string_view toString(TransferErrc value) noexcept {
  return errorTable().nameOf(static_cast<int>(value));
}

const std::error_category& transferErrorCategory() noexcept {
  return errorTable();
}

std::error_code make_error_code(TransferErrc value) noexcept {
  return {static_cast<int>(value), errorTable()};
}

std::optional<TransferStage> stageOf(const ErrorInfo& info) noexcept {
  const auto* const found =
      std::find_if(stageOrder.begin(), stageOrder.end(),
                   [&info](TransferStage stage) { return toString(stage) == info.stage; });
  return found == stageOrder.end() ? std::nullopt : std::optional(*found);
}

}  // namespace wsferry::strapi
