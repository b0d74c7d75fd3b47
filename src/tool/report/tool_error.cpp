#include "tool/report/tool_error.hpp"

#include "wsferry/core/detail/error/error_table.hpp"

namespace wsferry::tool {
namespace {

constexpr ErrorRow errorRows[] = {
    {ToolErrc::consentMissing, "consentMissing", "no consent", ErrorCondition::safety},
};
static_assert(coversAll(errorRows, ToolErrc::consentMissing));

}  // namespace

std::error_code make_error_code(ToolErrc value) noexcept {
  // Never destroyed: threads may need it while the process exits.
  static const auto& category = *new ErrorTable("wsferry.tool", errorRows);
  return {static_cast<int>(value), category};
}

}  // namespace wsferry::tool
