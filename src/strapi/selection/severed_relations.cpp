#include "wsferry/strapi/severed_relations.hpp"

#include <algorithm>

#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/strapi/detail/selection/crossing_relations.hpp"

namespace wsferry::strapi {

std::vector<SeveredRelation> severedRelations(const TransferFilter& filter,
                                              const std::vector<Schema>& destinationSchemas) {
  if (!filter.includes(TransferStage::entities)) {
    return {};  // Nothing is deleted that a relation could lead to.
  }
  return detail::CrossingRelations(filter, destinationSchemas).run();
}

std::string describe(const SeveredRelation& relation) {
  return printable(relation.type, 100) + "." + printable(relation.path, 100) + " -> " +
         (relation.other.empty() ? "any type" : printable(relation.other, 100));
}

std::string describe(const std::vector<SeveredRelation>& relations) {
  constexpr std::size_t most = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(relations.size(), most); ++i) {
    text += (i == 0 ? "" : ", ") + describe(relations[i]);
  }
  return relations.size() > most
             ? text + " and " + std::to_string(relations.size() - most) + " more"
             : text;
}

}  // namespace wsferry::strapi
