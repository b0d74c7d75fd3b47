#include "testing/push_scope.hpp"

#include <map>

#include "core/json_cursor.hpp"
#include "testing/json_members.hpp"

namespace wsferry::testing {

namespace {

using Members = std::map<std::string, std::string>;

Members objectMember(const Members& members, const std::string& name) {
  const auto found = members.find(name);
  return found == members.end() ? Members() : jsonMembers(found->second);
}

bool flagMember(const Members& members, const std::string& name, bool absent) {
  const auto found = members.find(name);
  return found == members.end() ? absent : found->second == "true";
}

std::optional<PushScope::Types> typesMember(const Members& members, const std::string& name) {
  const auto found = members.find(name);
  if (found == members.end()) {
    return std::nullopt;
  }
  JsonCursor cursor(found->second);
  if (!cursor.enterArray()) {
    return std::nullopt;
  }
  PushScope::Types types;
  while (cursor.nextElement()) {
    types.insert(decodeJsonString(cursor.readRawString()));
  }
  return types;
}

}  // namespace

PushScope PushScope::parse(std::string_view restore) {
  const Members members = jsonMembers(restore);
  const Members entities = objectMember(members, "entities");
  const Members configuration = objectMember(members, "configuration");
  PushScope scope;
  scope.included = typesMember(entities, "include");
  scope.excluded = typesMember(entities, "exclude").value_or(Types());
  scope.assets = flagMember(members, "assets", false);
  scope.coreStore = flagMember(configuration, "coreStore", true);
  scope.webhook = flagMember(configuration, "webhook", true);
  return scope;
}

PushScope PushScope::nothing() {
  PushScope scope;
  scope.included.emplace();
  scope.coreStore = false;
  scope.webhook = false;
  return scope;
}

bool PushScope::deletesType(std::string_view uid) const {
  return (!included || included->count(uid) != 0) && excluded.count(uid) == 0;
}

bool PushScope::deletesConfiguration(std::string_view type) const {
  return type == "webhook" ? webhook : coreStore;
}

}  // namespace wsferry::testing
