#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/strapi/record.hpp"

namespace wsferry::strapi {

/// The values of an entity's attributes with these names, as JSON text: the last of each, empty if
/// there is none.
template <std::size_t Count>
std::array<std::string_view, Count> valuesOf(const EntityView& entity,
                                             const std::array<std::string_view, Count>& names) {
  std::array<std::string_view, Count> values;
  for (const EntityAttribute& attribute : entity.attributes) {
    for (std::size_t i = 0; i < Count; ++i) {
      if (jsonStringEquals(attribute.rawName, names[i])) {
        values[i] = attribute.value;
      }
    }
  }
  return values;
}

}  // namespace wsferry::strapi
