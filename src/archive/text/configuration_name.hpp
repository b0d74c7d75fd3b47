#pragma once

#include <map>
#include <string>
#include <string_view>

#include "archive/text/json_members.hpp"

namespace wsferry::archive {

/// What a person knows a configuration by, given its type and the JSON text of its value: of the
/// core store key, environment and tag, of a webhook its name, URL or id.
inline std::string configurationName(std::string_view type, std::string_view value) {
  std::map<std::string, std::string, std::less<>> texts;
  std::string id;
  forEachMember(value, [&](std::string_view name, std::string_view member) {
    if (const auto text = jsonStringOf(member)) {
      texts.insert_or_assign(std::string(name), *text);
    } else if (name == "id") {
      id = member;
    }
  });
  if (type != "core-store") {
    return texts.count("name") != 0 ? texts["name"] : texts.count("url") != 0 ? texts["url"] : id;
  }
  std::string name = texts["key"];
  for (const char* part : {"environment", "tag"}) {
    name += texts[part].empty() ? "" : " " + texts[part];
  }
  return name;
}

}  // namespace wsferry::archive
