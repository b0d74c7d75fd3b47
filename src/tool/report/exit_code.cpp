#include "tool/report/exit_code.hpp"

#include <asio/error.hpp>

#include "tool/report/tool_error.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

bool isSystemError(const std::error_code& error) noexcept {
  // Asio may have a category of its own.
  return error.category() == std::system_category() ||
         error.category() == std::generic_category() ||
         error.category() == asio::error::get_system_category();
}

ExitCode exitCodeFor(const std::error_code& error) {
  if (error == ToolErrc::targetBusy) {
    return ExitCode::busy;
  }
  if (error == ErrorCondition::usage) {
    return ExitCode::usage;
  }
  if (error == ErrorCondition::authentication) {
    return ExitCode::authentication;
  }
  if (error == ErrorCondition::connection) {
    return ExitCode::connection;
  }
  if (error == ErrorCondition::data) {
    return ExitCode::data;
  }
  if (error == ErrorCondition::safety) {
    return ExitCode::refused;
  }
  if (error == ErrorCondition::cancelled) {
    return ExitCode::interrupted;
  }
  return isSystemError(error) ? ExitCode::data : ExitCode::remote;
}

ExitCode exitCodeFor(const strapi::TransferResult& result) {
  return result.isWhole() ? ExitCode::done : ExitCode::data;
}

}  // namespace wsferry::tool
