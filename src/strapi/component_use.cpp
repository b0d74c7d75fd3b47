#include "strapi/component_use.hpp"

#include <map>

#include "core/json_cursor.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::strapi {
namespace {

using Uids = std::set<std::string>;

// An attribute is `{"type":"component","component":UID}` or
// `{"type":"dynamiczone","components":[UID, ...]}`, and has other members.
void readAttribute(JsonCursor& cursor, Uids& components) {
  if (!cursor.enterObject()) {
    cursor.skipValue();
    return;
  }
  std::string_view key;
  while (cursor.nextKey(key)) {
    if (jsonStringEquals(key, "component") && cursor.peek() == '"') {
      components.insert(decodeJsonString(cursor.readRawString()));
    } else if (jsonStringEquals(key, "components") && cursor.enterArray()) {
      while (cursor.nextElement()) {
        if (cursor.peek() == '"') {
          components.insert(decodeJsonString(cursor.readRawString()));
        } else {
          cursor.skipValue();
        }
      }
    } else {
      cursor.skipValue();
    }
  }
}

void readComponents(const Schema& schema, Uids& components) {
  JsonCursor cursor(schema.json);
  if (!cursor.enterObject()) {
    throw Error(Errc::protocolViolation, "The schema of " + schema.uid + " is no JSON object.");
  }
  std::string_view key;
  while (cursor.nextKey(key)) {
    if (!jsonStringEquals(key, "attributes") || !cursor.enterObject()) {
      cursor.skipValue();
      continue;
    }
    while (cursor.nextKey(key)) {
      readAttribute(cursor, components);
    }
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
