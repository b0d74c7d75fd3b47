#pragma once

#include <map>
#include <string>
#include <string_view>

#include "archive/text/json_members.hpp"

namespace wsferry::archive {

namespace detail {

// The rest of a URL often is a secret: credentials, a token in the path or behind it.
inline std::string hostOf(std::string_view url) {
  const std::size_t start = url.find("://");
  if (start == std::string_view::npos) {
    return {};
  }
  const std::string_view authority =
      url.substr(start + 3, url.find_first_of("/?#\\", start + 3) - (start + 3));
  return std::string(authority.substr(authority.rfind('@') + 1));
}

}  // namespace detail

/// What a person knows a configuration by, given its type and the JSON text of its value: of the
/// core store key, environment and tag, of a webhook its name, the host of its URL or its id.
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
    const std::string host = detail::hostOf(texts["url"]);
    return texts.count("name") != 0 ? texts["name"] : !host.empty() ? host : id;
  }
  std::string name = texts["key"];
  for (const char* part : {"environment", "tag"}) {
    name += texts[part].empty() ? "" : " " + texts[part];
  }
  return name;
}

}  // namespace wsferry::archive
