#include "archive/content_canonical.hpp"

#include <charconv>

#include "archive/canonical_json.hpp"
#include "archive/json_members.hpp"

namespace wsferry::archive {
namespace {

using Members = std::map<std::string, std::string_view, std::less<>>;

Members membersOf(std::string_view json) {
  Members members;
  forEachMember(json, [&](std::string_view name, std::string_view value) {
    members.insert_or_assign(std::string(name), value);
  });
  return members;
}

std::string stringMember(const Members& members, std::string_view name) {
  const auto found = members.find(name);
  return found == members.end() ? std::string() : jsonStringOf(found->second).value_or("");
}

}  // namespace

std::optional<std::uint64_t> rowIdOf(std::string_view json) {
  std::uint64_t id = 0;
  const char* end = json.data() + json.size();
  const auto result = std::from_chars(json.data(), end, id);
  return result.ec == std::errc() && result.ptr == end ? std::optional(id) : std::nullopt;
}

EntityText::EntityText(const std::vector<strapi::Schema>& schemas) {
  for (const strapi::Schema& schema : schemas) {
    const Members members = membersOf(schema.json);
    const auto attributes = members.find("attributes");
    if (attributes == members.end() || !isJsonObject(attributes->second)) {
      continue;
    }
    for (const auto& [name, json] : membersOf(attributes->second)) {
      const Members attribute = isJsonObject(json) ? membersOf(json) : Members();
      const std::string kind = stringMember(attribute, "type");
      if (kind == "component") {
        types_[schema.uid][name] = stringMember(attribute, "component");
      } else if (kind == "dynamiczone") {
        types_[schema.uid][name];
      }
    }
  }
}

std::string EntityText::write(std::string_view type, std::string_view data,
                              std::vector<ComponentPlace>& components) const {
  Writing writing{{}, components};
  writeObject(writing, type, data, {});
  return std::move(writing.text);
}

void EntityText::writeObject(Writing& writing, std::string_view type, std::string_view json,
                             const std::string& path) const {
  static const Attributes none;
  const auto found = types_.find(type);
  const Attributes& attributes = found == types_.end() ? none : found->second;
  writing.text += '{';
  for (const auto& [name, value] : membersOf(json)) {
    if (name == "id") {
      if (const auto id = rowIdOf(value); id && !path.empty()) {
        writing.components.push_back({std::string(type), *id, path});
      }
      continue;
    }
    writing.text.append(encodeJsonString(name)).append(":");
    const auto attribute = attributes.find(name);
    if (attribute == attributes.end()) {
      writing.text += canonicalJson(value);
    } else {
      writeComponents(writing, attribute->second, value, path.empty() ? name : path + "." + name);
    }
    writing.text += ',';
  }
  writing.text += '}';
}

void EntityText::writeComponents(Writing& writing, std::string_view type, std::string_view json,
                                 const std::string& path) const {
  if (isJsonObject(json)) {
    const std::string own =
        type.empty() ? stringMember(membersOf(json), "__component") : std::string(type);
    writeObject(writing, own, json, path);
    return;
  }
  JsonCursor cursor(json);
  if (!cursor.enterArray()) {
    writing.text += canonicalJson(json);
    return;
  }
  writing.text += '[';
  for (std::size_t index = 0; cursor.nextElement(); ++index) {
    writeComponents(writing, type, cursor.skipValue(), path + "[" + std::to_string(index) + "]");
    writing.text += ',';
  }
  writing.text += ']';
}

}  // namespace wsferry::archive
