#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::archive {

/// A component within an entity.
struct ComponentPlace {
  std::string type;
  std::uint64_t id = 0;
  std::string path;  ///< Such as `zone[2].links[0]`.
};

/// Writes content as JSON that is the same for what means the same, as the schemas tell: without
/// the ids that a database gave entities and their components (a member `id` of other values, such
/// as of a JSON attribute, is content), with equal times and numbers written alike
/// (canonicalValue), and without what says where a server keeps a file: `url`, `previewUrl`,
/// `provider` and `provider_metadata` of a `plugin::upload.file` and of its formats. A server
/// rewrites these when it stores the file.
class EntityText {
 public:
  EntityText() = default;
  explicit EntityText(const std::vector<strapi::Schema>& schemas);

  /// `data` is the JSON text of an entity's data. Adds the components within to `components`.
  std::string ofEntity(std::string_view type, std::string_view data,
                       std::vector<ComponentPlace>& components) const;

  /// `metadata` is that of an asset, a row of `plugin::upload.file` or one of its formats.
  std::string ofAsset(std::string_view metadata) const;

  /// `value` is the JSON text of a configuration's value. Without where a server keeps the
  /// project's logos, and without a component's list view of ids, which nobody can see and a server
  /// changes at its second start.
  std::string ofConfiguration(std::string_view value) const;

  /// The names of all attributes of the type `password`.
  std::set<std::string, std::less<>> passwords() const;

 private:
  struct Attribute {
    std::string type;
    std::string component;  ///< Its type, of the type `component`.
  };
  using Attributes = std::map<std::string, Attribute, std::less<>>;

  struct Writing {
    std::string text;
    std::vector<ComponentPlace>& components;
  };

  void writeObject(Writing& writing, std::string_view type, std::string_view json,
                   const std::string& path) const;
  void writeMember(Writing& writing, const Attribute& attribute, std::string_view json,
                   const std::string& path) const;
  void writeComponents(Writing& writing, std::string_view type, std::string_view json,
                       const std::string& path) const;

  std::map<std::string, Attributes, std::less<>> types_;
};

}  // namespace wsferry::archive
