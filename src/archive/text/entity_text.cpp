#include "archive/text/entity_text.hpp"

#include "archive/text/canonical_json.hpp"
#include "archive/text/canonical_value.hpp"
#include "archive/text/json_members.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/strapi/detail/loss/row_id.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::archive {
namespace {

using strapi::uploadFile;

std::string entityStringMember(const JsonMembers& members, std::string_view name) {
  const auto found = members.find(name);
  return found == members.end() ? std::string() : jsonStringOf(found->second).value_or("");
}

bool isStorage(std::string_view name) {
  return name == "url" || name == "previewUrl" || name == "provider" || name == "provider_metadata";
}

// Writes a JSON object, a member at a time.
class ObjectText {
 public:
  explicit ObjectText(std::string& text) : text_(text) { text_ += '{'; }
  void key(std::string_view name) {
    text_.append(isFirst_ ? "" : ",").append(encodeJsonString(name)).append(":");
    isFirst_ = false;
  }
  void end() { text_ += '}'; }

 private:
  std::string& text_;
  bool isFirst_ = true;
};

// What may change in the members of an object on its way: `write(name, value)` gives a member's
// text, or nothing to leave it out. What is no object stays as it is.
template <typename Write>
std::string withMembers(std::string_view json, Write write) {
  if (!isJsonObject(json)) {
    return canonicalJson(json);
  }
  std::string text;
  ObjectText object(text);
  for (const auto& [name, value] : jsonMembersOf(json)) {
    if (const std::optional<std::string> written = write(name, value)) {
      object.key(name);
      text += *written;
    }
  }
  object.end();
  return text;
}

std::optional<std::string> whereNotStorage(std::string_view name, std::string_view value) {
  return isStorage(name) ? std::nullopt : std::optional(canonicalJson(value));
}

std::string formatsText(std::string_view json) {
  return withMembers(json, [](std::string_view, std::string_view format) {
    return std::optional(withMembers(format, whereNotStorage));
  });
}

// The value of `core_admin_project-settings`.
std::string projectSettingsText(std::string_view json) {
  return withMembers(json, [](std::string_view name, std::string_view value) {
    const bool isLogo = name == "menuLogo" || name == "authLogo";
    return std::optional(isLogo ? withMembers(value, whereNotStorage) : canonicalJson(value));
  });
}

// The value of `plugin_content_manager_configuration_components::UID`.
std::string componentViewText(std::string_view json) {
  const auto withoutList = [](std::string_view name, std::string_view value) {
    return name == "list" ? std::nullopt : std::optional(canonicalJson(value));
  };
  const auto ofAttribute = [&](std::string_view name, std::string_view value) {
    return std::optional(name == "id" ? withMembers(value, withoutList) : canonicalJson(value));
  };
  return withMembers(json, [&](std::string_view name, std::string_view value) {
    return std::optional(name == "metadatas" ? withMembers(value, ofAttribute)
                                             : canonicalJson(value));
  });
}

}  // namespace

EntityText::EntityText(const std::vector<strapi::Schema>& schemas) {
  for (const strapi::Schema& schema : schemas) {
    const JsonMembers members = jsonMembersOf(schema.json);
    const auto attributes = members.find("attributes");
    if (attributes == members.end() || !isJsonObject(attributes->second)) {
      continue;
    }
    for (const auto& [name, json] : jsonMembersOf(attributes->second)) {
      const JsonMembers attribute = isJsonObject(json) ? jsonMembersOf(json) : JsonMembers();
      types_[schema.uid][name] = {entityStringMember(attribute, "type"),
                                  entityStringMember(attribute, "component")};
    }
  }
}

std::string EntityText::ofEntity(std::string_view type, std::string_view data,
                                 std::vector<ComponentPlace>& components) const {
  Writing writing{{}, components};
  writeObject(writing, type, data, {});
  return std::move(writing.text);
}

std::string EntityText::ofAsset(std::string_view metadata) const {
  std::vector<ComponentPlace> none;
  return ofEntity(uploadFile, metadata, none);
}

std::string EntityText::ofConfiguration(std::string_view value) const {
  const std::string key = entityStringMember(jsonMembersOf(value), "key");
  return withMembers(value, [&](std::string_view name, std::string_view member) {
    if (name == "id") {
      return std::optional<std::string>();
    }
    if (name != "value") {
      return std::optional(canonicalJson(member));
    }
    return std::optional(key == "core_admin_project-settings" ? projectSettingsText(member)
                         : startsWith(key, "plugin_content_manager_configuration_components::")
                             ? componentViewText(member)
                             : canonicalJson(member));
  });
}

std::set<std::string, std::less<>> EntityText::passwords() const {
  std::set<std::string, std::less<>> names;
  for (const auto& type : types_) {
    for (const auto& [name, attribute] : type.second) {
      if (attribute.type == "password") {
        names.insert(name);
      }
    }
  }
  return names;
}

void EntityText::writeObject(Writing& writing, std::string_view type, std::string_view json,
                             const std::string& path) const {
  static const Attributes none;
  static const Attribute unknown;
  const auto found = types_.find(type);
  const Attributes& attributes = found == types_.end() ? none : found->second;
  const bool isFile = type == uploadFile;
  ObjectText object(writing.text);
  for (const auto& [name, value] : jsonMembersOf(json)) {
    if (name == "id") {
      if (const auto id = strapi::rowIdOf(value); id && !path.empty()) {
        writing.components.push_back({std::string(type), *id, path});
      }
      continue;
    }
    if (isFile && isStorage(name)) {
      continue;
    }
    object.key(name);
    if (isFile && name == "formats") {
      writing.text += formatsText(value);
    } else {
      const auto attribute = attributes.find(name);
      writeMember(writing, attribute == attributes.end() ? unknown : attribute->second, value,
                  path.empty() ? name : path + "." + name);
    }
  }
  object.end();
}

void EntityText::writeMember(Writing& writing, const Attribute& attribute, std::string_view json,
                             const std::string& path) const {
  if (attribute.type == "component" || attribute.type == "dynamiczone") {
    writeComponents(writing, attribute.component, json, path);
  } else {
    writing.text += canonicalValue(attribute.type, json);
  }
}

// `type` is empty in a dynamic zone, whose components each tell their own.
void EntityText::writeComponents(Writing& writing, std::string_view type, std::string_view json,
                                 const std::string& path) const {
  if (isJsonObject(json)) {
    const std::string own =
        type.empty() ? entityStringMember(jsonMembersOf(json), "__component") : std::string(type);
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
    writing.text += index == 0 ? "" : ",";
    writeComponents(writing, type, cursor.skipValue(), path + "[" + std::to_string(index) + "]");
  }
  writing.text += ']';
}

}  // namespace wsferry::archive
