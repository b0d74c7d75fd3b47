#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/strapi/detail/messages/attribute_values.hpp"
#include "wsferry/strapi/record.hpp"

namespace wsferry::http {

/// The parts of a record that change when a file or one of its formats is replaced: records with
/// equal text have equal files. Nothing if a record says too little for that.
///
/// `hash` has random characters and stays the same when a file is replaced; `updatedAt` has
/// milliseconds, and changes then, as well as for a new caption. A file replaced in the storage
/// itself, bypassing the server, shows only by its size. @throws Error as JsonCursor.
std::optional<std::string> fileVersionOf(const strapi::EntityView& record);

namespace detail {

// The values as written: at worst, equal ones look different.
inline void addFormatVersion(std::string& text, std::string_view name, std::string_view format) {
  std::string_view hash, ext, mime, size, sizeInBytes;
  JsonCursor cursor(format);
  wsferry::forEachMember(cursor, [&](std::string_view key) {
    std::string_view* const value = key == "hash"          ? &hash
                                    : key == "ext"         ? &ext
                                    : key == "mime"        ? &mime
                                    : key == "size"        ? &size
                                    : key == "sizeInBytes" ? &sizeInBytes
                                                           : nullptr;
    const std::string_view json = cursor.skipValue();
    if (value != nullptr) {
      *value = json;
    }
  });
  text += name;
  for (const std::string_view value : {hash, ext, mime, size, sizeInBytes}) {
    text += '\t';
    text += value;
  }
  text += '\n';
}

}  // namespace detail

inline std::optional<std::string> fileVersionOf(const strapi::EntityView& record) {
  const auto values = strapi::valuesOf<7>(
      record, {"hash", "size", "updatedAt", "ext", "mime", "documentId", "formats"});
  const auto [hash, size, updatedAt, ext, mime, documentId, formats] = values;
  if (rawJsonStringOf(hash).empty() || !isJsonNumber(size) || rawJsonStringOf(updatedAt).empty()) {
    return std::nullopt;
  }
  std::string text;
  for (const std::string_view value : {hash, size, updatedAt, ext, mime, documentId}) {
    text += value;
    text += '\t';  // None of these values contains one.
  }
  text += '\n';
  if (isJsonObject(formats)) {
    JsonCursor cursor(formats);
    wsferry::forEachMember(cursor, [&](std::string_view name) {
      detail::addFormatVersion(text, name, cursor.skipValue());
    });
  }
  return text;
}

}  // namespace wsferry::http
