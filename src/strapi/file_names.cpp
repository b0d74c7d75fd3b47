#include "strapi/file_names.hpp"

#include <utility>

#include "core/json_members.hpp"

namespace wsferry::strapi {
namespace {

void addName(std::vector<std::string>& names, std::string_view hash, std::string_view ext) {
  std::string name = jsonStringOf(hash).value_or("");
  if (!name.empty()) {
    names.push_back(std::move(name) + jsonStringOf(ext).value_or(""));
  }
}

}  // namespace

std::vector<std::string> fileNamesOf(std::string_view hash, std::string_view ext,
                                     std::string_view formats) {
  std::vector<std::string> names;
  addName(names, hash, ext);
  if (!isJsonObject(formats)) {
    return names;
  }
  JsonCursor cursor(formats);
  forEachMember(cursor, [&](std::string_view) {
    std::string_view formatHash;
    std::string_view formatExt;
    forEachMember(cursor, [&](std::string_view key) {
      const bool isHash = key == "hash";
      const bool isExt = key == "ext";
      const std::string_view value = cursor.skipValue();
      formatHash = isHash ? value : formatHash;
      formatExt = isExt ? value : formatExt;
    });
    addName(names, formatHash, formatExt);
  });
  return names;
}

}  // namespace wsferry::strapi
