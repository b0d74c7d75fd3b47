#pragma once

#include <string>
#include <vector>

#include "wsferry/export.hpp"
#include "wsferry/strapi/transfer_filter.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// A relation across the border of a selection. A destination deletes the records of the selected
/// types and creates them again, but only links with both ends in the selection arrive: the links
/// of such a relation are lost, whichever end stays.
struct SeveredRelation {
  std::string type;   ///< Whose entities hold it.
  std::string path;   ///< The attribute, after those of the components around it: `seo.image`.
  std::string other;  ///< The other end's type; empty if it can be any (a polymorphic relation).
};

/// The relations that a transfer with this resolved selection severs on the destination, by its
/// schemas: those between a type that is transferred and one that is not, including media, once
/// each, from the owning side. Schemas do not say whether any link uses them. Relations to types
/// that never transfer are listed only for a project's own types, without `createdBy` and
/// `updatedBy`. A component that a type holds in several places has the path of the first.
[[nodiscard]] WSFERRY_API std::vector<SeveredRelation> severedRelations(
    const TransferFilter& filter, const std::vector<Schema>& destinationSchemas);

/// As `api::article.article.tags -> api::tag.tag`.
[[nodiscard]] WSFERRY_API std::string describe(const SeveredRelation& relation);

/// The first few in one line, and how many more there are.
[[nodiscard]] WSFERRY_API std::string describe(const std::vector<SeveredRelation>& relations);

}  // namespace wsferry::strapi
