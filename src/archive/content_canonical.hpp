#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::archive {

/// The id that the JSON text is, or nothing if it is none.
std::optional<std::uint64_t> rowIdOf(std::string_view json);

/// A component within an entity.
struct ComponentPlace {
  std::string type;
  std::uint64_t id = 0;
  std::string path;  ///< Such as `zone[2].links[0]`.
};

/// Writes entities without the ids that a database gave them and their components. A member `id` of
/// other values, such as of a JSON attribute, is content: the schemas tell which is which.
class EntityText {
 public:
  EntityText() = default;
  explicit EntityText(const std::vector<strapi::Schema>& schemas);

  /// The same text for entities of one type that mean the same. `data` is the JSON text of an
  /// entity's data. Adds the components within to `components`.
  std::string write(std::string_view type, std::string_view data,
                    std::vector<ComponentPlace>& components) const;

 private:
  // The attributes of a type that hold components: the component's type, empty for dynamic zones,
  // whose components each tell their own.
  using Attributes = std::map<std::string, std::string, std::less<>>;

  struct Writing {
    std::string text;
    std::vector<ComponentPlace>& components;
  };

  void writeObject(Writing& writing, std::string_view type, std::string_view json,
                   const std::string& path) const;
  void writeComponents(Writing& writing, std::string_view type, std::string_view json,
                       const std::string& path) const;

  std::map<std::string, Attributes, std::less<>> types_;
};

}  // namespace wsferry::archive
