#include "strapi/loss/file_names.hpp"

#include <utility>

#include "core/json/json_members.hpp"

namespace wsferry::strapi {
namespace {

void addFile(std::vector<NamedFile>& files, std::string_view hash, std::string_view ext,
             std::string_view format) {
  std::string name = jsonStringOf(hash).value_or("");
  if (!name.empty()) {
    files.push_back({std::move(name) + jsonStringOf(ext).value_or(""), std::string(format)});
  }
}

}  // namespace

std::vector<NamedFile> filesNamedBy(std::string_view hash, std::string_view ext,
                                    std::string_view formats) {
  std::vector<NamedFile> files;
  addFile(files, hash, ext, {});
  if (!isJsonObject(formats)) {
    return files;
  }
  JsonCursor cursor(formats);
  forEachMember(cursor, [&](std::string_view format) {
    std::string_view formatHash;
    std::string_view formatExt;
    forEachMember(cursor, [&](std::string_view key) {
      const bool isHash = key == "hash";
      const bool isExt = key == "ext";
      const std::string_view value = cursor.skipValue();
      formatHash = isHash ? value : formatHash;
      formatExt = isExt ? value : formatExt;
    });
    addFile(files, formatHash, formatExt, format);
  });
  return files;
}

}  // namespace wsferry::strapi
