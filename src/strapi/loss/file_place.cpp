#include "wsferry/strapi/file_place.hpp"

#include <algorithm>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/strapi/detail/messages/attribute_values.hpp"
#include "wsferry/strapi/detail/messages/record_reader.hpp"
#include "wsferry/strapi/record_type.hpp"

namespace wsferry::strapi {
namespace {

// `https://Host/folder/name.png?x` has the storage `host/folder`; `//host/name.png` has `host`.
std::string storageOf(std::string_view url) {
  const auto slashes = url.find("//");
  if (slashes == std::string_view::npos) {
    return {};
  }
  url = url.substr(slashes + 2);
  url = url.substr(0, url.find_first_of("?#"));
  const auto host = std::min(url.find('/'), url.size());
  const auto folder = url.find('/', host + 1);
  std::string storage(url.substr(0, folder == std::string_view::npos ? host : folder));
  std::transform(
      storage.begin(), storage.begin() + static_cast<std::ptrdiff_t>(host), storage.begin(),
      [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return storage;
}

}  // namespace

FilePlace filePlaceOf(const EntityView& file) {
  const auto [provider, url] = valuesOf<2>(file, {"provider", "url"});
  return {jsonStringOf(provider).value_or(""), storageOf(jsonStringOf(url).value_or(""))};
}

std::string readRecordType(TransferStage stage, const Record& record) {
  RecordReader reader;
  return std::string(record.isRead() ? record.views().aggregate()
                                     : reader.look(stage, record.text()).name());
}

std::optional<FilePlace> readFilePlace(const Record& record) {
  RecordReader reader;
  const EntityView& entity = record.isRead()
                                 ? record.entity()
                                 : reader.look(TransferStage::entities, record.text()).entity;
  return entity.type == uploadFile ? std::optional(filePlaceOf(entity)) : std::nullopt;
}

}  // namespace wsferry::strapi
