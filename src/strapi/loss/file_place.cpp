#include "wsferry/strapi/file_place.hpp"

#include <algorithm>

#include "wsferry/core/detail/json/json_cursor.hpp"

namespace wsferry::strapi {
namespace {

std::string textOf(std::string_view json) {
  const bool isString = json.size() >= 2 && json.front() == '"';
  return isString ? decodeJsonString(json.substr(1, json.size() - 2)) : std::string();
}

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

FilePlace readFileRow(std::string_view row) {
  FilePlace place;
  JsonCursor cursor(row);
  cursor.enterObject();
  std::string_view key;
  while (cursor.nextKey(key)) {
    const std::string_view value = cursor.skipValue();
    if (jsonStringEquals(key, "provider")) {
      place.provider = textOf(value);
    } else if (jsonStringEquals(key, "url")) {
      place.storage = storageOf(textOf(value));
    }
  }
  return place;
}

std::optional<FilePlace> readFilePlace(std::string_view record) {
  JsonCursor cursor(record);
  cursor.enterObject();
  bool isFile = false;
  std::string_view data;
  std::string_view key;
  while (cursor.nextKey(key)) {
    const std::string_view value = cursor.skipValue();
    if (jsonStringEquals(key, "type")) {
      isFile = textOf(value) == "plugin::upload.file";
    } else if (jsonStringEquals(key, "data")) {
      data = value;
    }
  }
  if (!isFile) {
    return std::nullopt;
  }
  return !data.empty() && data.front() == '{' ? readFileRow(data) : FilePlace{};
}

}  // namespace wsferry::strapi
