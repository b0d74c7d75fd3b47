#include "strapi/schema/component_use.hpp"

#include <map>

#include "core/json/json_cursor.hpp"
#include "strapi/schema/component_attributes.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::strapi {
namespace {

using Uids = std::set<std::string>;

void readComponents(const Schema& schema, Uids& components) {
  if (JsonCursor(schema.json).peek() != '{') {
    throw Error(Errc::protocolViolation, "The schema of " + schema.uid + " is no JSON object.");
  }
  for (const ComponentAttribute& attribute : readComponentAttributes(schema.json)) {
    components.insert(attribute.components.begin(), attribute.components.end());
  }
}

}  // namespace

Uids componentsOf(const Uids& types, const std::vector<Schema>& schemas) {
  std::map<std::string, Uids> held;
  for (const Schema& schema : schemas) {
    readComponents(schema, held[schema.uid]);
  }
  Uids found;
  std::vector<std::string> ahead(types.begin(), types.end());
  while (!ahead.empty()) {
    const std::string uid = std::move(ahead.back());
    ahead.pop_back();
    for (const std::string& component : held[uid]) {
      if (found.insert(component).second) {
        ahead.push_back(component);
      }
    }
  }
  return found;
}

}  // namespace wsferry::strapi
