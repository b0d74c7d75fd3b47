#include "testing/transfer/restore_request.hpp"

#include <map>

#include "testing/server/json_members.hpp"
#include "wsferry/core/detail/json/json_cursor.hpp"

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

std::optional<RestoreRequest::Types> typesMember(const Members& members, const std::string& name) {
  const auto found = members.find(name);
  if (found == members.end()) {
    return std::nullopt;
  }
  JsonCursor cursor(found->second);
  if (!cursor.enterArray()) {
    return std::nullopt;
  }
  RestoreRequest::Types types;
  while (cursor.nextElement()) {
    types.insert(decodeJsonString(cursor.readRawString()));
  }
  return types;
}

}  // namespace

RestoreRequest RestoreRequest::parse(std::string_view restore) {
  const Members members = jsonMembers(restore);
  const Members entities = objectMember(members, "entities");
  const Members configuration = objectMember(members, "configuration");
  RestoreRequest scope;
  scope.included = typesMember(entities, "include");
  scope.excluded = typesMember(entities, "exclude").value_or(Types());
  scope.assets = flagMember(members, "assets", false);
  scope.coreStore = flagMember(configuration, "coreStore", true);
  scope.webhook = flagMember(configuration, "webhook", true);
  return scope;
}

RestoreRequest RestoreRequest::nothing() {
  RestoreRequest scope;
  scope.included.emplace();
  scope.coreStore = false;
  scope.webhook = false;
  return scope;
}

bool RestoreRequest::deletesType(std::string_view uid) const {
  return (!included || included->count(uid) != 0) && excluded.count(uid) == 0;
}

bool RestoreRequest::deletesConfiguration(std::string_view type) const {
  return type == "webhook" ? webhook : coreStore;
}

}  // namespace wsferry::testing
