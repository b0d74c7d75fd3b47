#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// Groups of what is transferred (protocol section 7).
enum class TransferGroup {
  content,      ///< entities and links
  files,        ///< assets
  config,       ///< configuration
  mediaLibrary  ///< files, and the records of uploads and their folders; for exclude only
};

/// What to transfer. Both lists of a pair may be given; exclude wins. A link passes when the types
/// of both its ends do; the links of a component count as of the component's own uid, which
/// `onlyContentTypes` has to name too.
struct TransferFilterOptions {
  std::vector<TransferGroup> only;
  std::vector<TransferGroup> exclude;
  std::vector<std::string> onlyContentTypes;     ///< uids
  std::vector<std::string> excludeContentTypes;  ///< uids
};

/// Decides which stages run and which records pass (protocol section 7). The types that are never
/// transferred, and links that touch them, never pass. Immutable; thread-safe.
class TransferFilter {
 public:
  TransferFilter() : TransferFilter(TransferFilterOptions{}) {}

  /// @throws Error with Errc::invalidOption for `mediaLibrary` in `only`.
  explicit TransferFilter(TransferFilterOptions options);

  /// Whether the stage runs at all. Schemas always do; assets do not when neither upload type is in
  /// scope.
  bool includes(TransferStage stage) const;

  /// Whether records of this type pass.
  bool includesType(std::string_view uid) const;

  enum class Decision {
    pass,
    never,    ///< A type that never transfers, or a link that touches one.
    excluded  ///< By the options.
  };

  /// Judges one record by its types. Configuration always passes.
  Decision decide(TransferStage stage, std::string_view type,
                  std::string_view otherType = {}) const;

  const TransferFilterOptions& options() const { return options_; }

 private:
  bool includesGroupsOf(TransferStage stage) const;

  TransferFilterOptions options_;
};

}  // namespace wsferry::strapi
