#include "wsferry/platform/platform_error.hpp"

#include "wsferry/core/detail/error/error_table.hpp"
#include "wsferry/core/detail/error/never_destroyed.hpp"

namespace wsferry::platform {
namespace {

constexpr ErrorRow platformErrorRows[] = {
    {PlatformErrc::invalidAnswer, "invalidAnswer",
     "the answer is not one that the service should give", ErrorCondition::connection},
    {PlatformErrc::unavailable, "unavailable", "the service cannot answer now",
     ErrorCondition::connection},
    {PlatformErrc::streamNotFound, "streamNotFound", "the service does not have what was requested",
     ErrorCondition::remote},
};
static_assert(coversAll(platformErrorRows, PlatformErrc::streamNotFound));

const ErrorTable& platformErrorTable() noexcept {
  static const NeverDestroyed<ErrorTable> category("wsferry.platform", platformErrorRows);
  return *category;
}

}  // namespace

std::string_view toString(PlatformErrc value) noexcept {
  return platformErrorTable().nameOf(static_cast<int>(value));
}

const std::error_category& platformErrorCategory() noexcept {
  return platformErrorTable();
}

std::error_code make_error_code(PlatformErrc value) noexcept {
  return {static_cast<int>(value), platformErrorTable()};
}

}  // namespace wsferry::platform
