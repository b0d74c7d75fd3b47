#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/export.hpp"
#include "wsferry/strapi/transfer_filter.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// What a destination deletes before a transfer (protocol section 2, `restore`).
struct WSFERRY_API RestoreScope {
  /// The only types whose records are deleted; without a value, all that are not excluded. An empty
  /// list deletes none.
  std::optional<std::vector<std::string>> includedTypes;

  /// Types whose records stay: always every `admin::` type and the others that never transfer,
  /// because servers before 5.53 would otherwise delete their own administrators and tokens.
  std::vector<std::string> excludedTypes;

  bool assets = false;
  bool configuration = false;

  /// As the `restore` parameter of `init`.
  [[nodiscard]] std::string toJson() const;

  /// Whether records of this type are deleted.
  [[nodiscard]] bool deletes(std::string_view uid) const;
};

/// The scope that fits what is transferred: nothing is deleted that is not replaced.
/// @throws Error with Errc::invalidOption for files without the records of `plugin::upload.file`,
/// which every server refuses in the middle of a push, when it has set the old files aside.
[[nodiscard]] WSFERRY_API RestoreScope scopeFor(const TransferFilter& filter,
                                                const std::vector<Schema>& destinationSchemas);

}  // namespace wsferry::strapi
