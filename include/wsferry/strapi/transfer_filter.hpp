#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/export.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// Groups of what is transferred (protocol section 7).
enum class TransferGroup {
  content,      ///< entities and links
  files,        ///< assets
  config,       ///< configuration
  mediaLibrary  ///< files, and the records of uploads and their folders; for exclude only
};

/// What to transfer. Both lists of a pair may be given; exclude wins. Types are named by uid, or by
/// a pattern in which `*` stands for any characters and `?` for one. A link passes when the types
/// of both its ends do. A component is part of the entities that hold it, and cannot be named: once
/// the selection is resolved, its links pass if a type that can hold it passes; before that, they
/// pass like those of a type with its uid.
struct TransferFilterOptions {
  std::vector<TransferGroup> only;
  std::vector<TransferGroup> exclude;
  std::vector<std::string> onlyContentTypes;
  std::vector<std::string> excludeContentTypes;
};

/// Decides which stages run and which records pass (protocol section 7). The types that are never
/// transferred, and links that touch them, never pass. Immutable; thread-safe.
class WSFERRY_API TransferFilter {
 public:
  TransferFilter() : TransferFilter(TransferFilterOptions{}) {}

  /// @throws Error with Errc::invalidOption for `mediaLibrary` in `only`, for a type in
  /// `onlyContentTypes` that never transfers, for `onlyContentTypes` without content, and if
  /// nothing is left to transfer.
  explicit TransferFilter(TransferFilterOptions options);

  /// The same selection among these types, each uid and pattern replaced by the types that it
  /// names. A TransferEngine does this with the types of both sides. A resolved selection stays as
  /// it is, so that it can serve for several contents even if one lacks a type. @throws Error with
  /// Errc::invalidOption for a name that matches no type, with the nearest uids, or only
  /// components; and if nothing is left to transfer.
  [[nodiscard]] TransferFilter resolved(const std::vector<Schema>& types) const;

  /// Whether the stage runs at all. Schemas always do; assets do not when neither upload type is in
  /// scope.
  [[nodiscard]] bool includes(TransferStage stage) const;

  /// Whether records of this type pass.
  [[nodiscard]] bool includesType(std::string_view uid) const;

  enum class Decision {
    pass,
    never,    ///< A type that never transfers, or a link that touches one.
    excluded  ///< By the options.
  };

  /// Judges one record by its types. Configuration always passes.
  [[nodiscard]] Decision decide(TransferStage stage, std::string_view type,
                                std::string_view otherType = {}) const;

  const TransferFilterOptions& options() const { return options_; }

 private:
  [[nodiscard]] bool includesGroupsOf(TransferStage stage) const;
  void refuseNothing(bool hasTypes) const;
  void resolveComponents(const std::set<std::string>& taken, const std::vector<Schema>& types,
                         const std::set<std::string>& uids);

  TransferFilterOptions options_;
  bool isResolved_ = false;
};

}  // namespace wsferry::strapi
