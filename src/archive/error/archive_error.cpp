#include "wsferry/archive/archive_error.hpp"

#include "wsferry/core/detail/error/error_table.hpp"
#include "wsferry/core/detail/error/never_destroyed.hpp"

namespace wsferry::archive {
namespace {

constexpr ErrorRow errorRows[] = {
    {ArchiveErrc::invalidArchive, "invalidArchive", "invalid archive", ErrorCondition::data},
    {ArchiveErrc::wrongKey, "wrongKey", "wrong key or damaged file", ErrorCondition::data},
    {ArchiveErrc::keyRequired, "keyRequired", "key required", ErrorCondition::usage},
};
static_assert(coversAll(errorRows, ArchiveErrc::keyRequired));

const ErrorTable& errorTable() noexcept {
  static const NeverDestroyed<ErrorTable> category("wsferry.archive", errorRows);
  return *category;
}

}  // namespace

std::string_view toString(ArchiveErrc value) noexcept {
  return errorTable().nameOf(static_cast<int>(value));
}

const std::error_category& archiveErrorCategory() noexcept {
  return errorTable();
}

std::error_code make_error_code(ArchiveErrc value) noexcept {
  return {static_cast<int>(value), errorTable()};
}

}  // namespace wsferry::archive
