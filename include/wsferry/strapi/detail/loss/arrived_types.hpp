#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/strapi/detail/loss/id_set.hpp"
#include "wsferry/strapi/detail/loss/row_id.hpp"
#include "wsferry/strapi/detail/schema/component_attributes.hpp"
#include "wsferry/strapi/record.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// Which entities of the types that count, and which components within them, have arrived. It keeps
/// at most 16 MiB of ids, a bit each for 134 million of them; types with more are not checked.
class ArrivedTypes {
 public:
  struct Arrival {
    bool isComponent = false;
    bool hasCome = false;   ///< Anything of it.
    bool isChecked = true;  ///< All its ids are known.
    std::string suspicion;  ///< What leads to it and may be a leftover, if nothing of it arrived.
    IdSet ids;

    /// Whether the entity with that row id has arrived, as far as known. A document's id is the
    /// other end's own, not a row's.
    bool has(std::optional<std::uint64_t> row) const {
      return !row || !isChecked || ids.contains(*row);
    }
  };
  using Types = std::map<std::string, Arrival, std::less<>>;
  using Type = Types::value_type;

  /// The content types that count, and all components of the schemas.
  ArrivedTypes(std::vector<std::string> contentTypes, const std::vector<Schema>& schemas) {
    for (std::string& uid : contentTypes) {
      types_.emplace(std::move(uid), Arrival());
    }
    for (const Schema& schema : schemas) {
      components_.addSchema(schema.uid, schema.json);
    }
    for (const std::string& uid : components_.components()) {
      types_[uid].isComponent = true;
    }
  }

  const Types& all() const { return types_; }

  /// Null for one that does not count. `last` is what this place looked for last, null at first:
  /// records come sorted by type.
  Type* find(std::string_view uid, Type*& last) {
    if (last == nullptr || last->first != uid) {
      const auto found = types_.find(uid);
      last = found == types_.end() ? nullptr : &*found;
    }
    return last;
  }

  /// An entity of that type arrived, with the components within it.
  void add(Type& type, const EntityView& entity) {
    addId(type.second, entity.id);
    const ComponentAttributes::OfType& holders = components_.of(entity.type);
    if (holders.empty()) {
      return;
    }
    for (const EntityAttribute& attribute : entity.attributes) {
      const auto holder = std::find_if(holders.begin(), holders.end(), [&](const auto& known) {
        return jsonStringEquals(attribute.rawName, known.first);
      });
      if (holder != holders.end()) {
        components_.forEachComponentIn(holder->second, attribute.value,
                                       [this](std::string_view uid, std::string_view id) {
                                         if (Type* component = find(uid, lastComponent_)) {
                                           addId(component->second, id);
                                         }
                                       });
      }
    }
  }

 private:
  static constexpr std::size_t idBytes = 16u << 20;

  void addId(Arrival& type, std::string_view id) {
    const auto row = givenRowIdOf(id);
    type.isChecked = row && type.ids.insert(*row, pagesLeft_) && type.isChecked;
  }

  ComponentAttributes components_;
  Types types_;
  Type* lastComponent_ = nullptr;
  std::size_t pagesLeft_ = idBytes / IdSet::pageBytes;
};

}  // namespace wsferry::strapi
