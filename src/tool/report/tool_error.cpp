#include "tool/report/tool_error.hpp"

#include "wsferry/core/detail/error/error_table.hpp"

namespace wsferry::tool {
namespace {

constexpr ErrorRow errorRows[] = {
    {ToolErrc::consentMissing, "consentMissing", "no consent", ErrorCondition::safety},
    {ToolErrc::protectedServer, "protectedServer", "a protected server", ErrorCondition::safety},
    {ToolErrc::targetBusy, "targetBusy", "another run is working on it", ErrorCondition::safety},
    {ToolErrc::tokenCommandFailed, "tokenCommandFailed", "the command gave no token",
     ErrorCondition::authentication},
};
static_assert(coversAll(errorRows, ToolErrc::tokenCommandFailed));

}  // namespace

std::error_code make_error_code(ToolErrc value) noexcept {
  static const auto& category = *new ErrorTable("wsferry.tool", errorRows);
  return {static_cast<int>(value), category};
}

}  // namespace wsferry::tool
