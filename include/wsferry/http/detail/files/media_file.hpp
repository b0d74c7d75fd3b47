#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/strapi/detail/loss/asset_size.hpp"
#include "wsferry/strapi/detail/messages/attribute_values.hpp"
#include "wsferry/strapi/record.hpp"

namespace wsferry::http {

/// A file of the media library, as described by its record.
struct MediaFile {
  std::string name;      ///< `{hash}{ext}`; empty if its record has no hash.
  std::string recordId;  ///< JSON text.
  std::string url;
  std::string mime;
  std::string metadata;  ///< JSON text, as the assets step sends it (protocol section 5).
  strapi::AnnouncedSize size;

  /// For a person.
  std::string shown() const {
    return name.empty() ? "a file of plugin::upload.file " + recordId : name;
  }
};

/// The files that a record describes, in the order of the assets step: its own, then those of its
/// formats. Name, URL and size may be missing; an entry with neither name nor URL, as plugins keep
/// there, is not a format. @throws Error as JsonCursor.
std::vector<MediaFile> mediaFilesOf(const strapi::EntityView& record);

namespace detail {

struct FileMembers {
  std::string hash;
  std::string ext;
  std::string url;
  std::string mime;
};

inline void addMediaFile(std::vector<MediaFile>& files, const FileMembers& members,
                         std::string_view recordId, std::string metadata) {
  MediaFile file;
  file.recordId = recordId;
  file.size = strapi::readAnnouncedSize(metadata);
  file.name = members.hash.empty() ? "" : members.hash + members.ext;
  file.url = members.url;
  file.mime = members.mime;
  file.metadata = std::move(metadata);
  files.push_back(std::move(file));
}

// A JSON object with more members after its own.
inline std::string withMembers(std::string_view object, const std::string& members) {
  const std::string_view open = object.substr(0, object.rfind('}'));
  const bool isEmpty = open.find_first_not_of(" \t\r\n{") == std::string_view::npos;
  return std::string(open) + (isEmpty ? "" : ",") + members + "}";
}

// A JSON object with more members before its own.
inline std::string withLeadingMember(const std::string& member, std::string_view object) {
  const std::string_view rest = object.substr(object.find('{') + 1);
  const bool isEmpty = rest.find_first_not_of(" \t\r\n") == rest.find('}');
  return "{" + member + (isEmpty ? "" : ",") + std::string(rest);
}

}  // namespace detail

inline std::vector<MediaFile> mediaFilesOf(const strapi::EntityView& record) {
  const auto [hash, ext, url, mime, formats] =
      strapi::valuesOf<5>(record, {"hash", "ext", "url", "mime", "formats"});
  const auto text = [](std::string_view json) { return jsonStringOf(json).value_or(""); };
  std::vector<MediaFile> files;
  const std::string id = "\"id\":" + std::string(record.id);
  detail::addMediaFile(files, {text(hash), text(ext), text(url), text(mime)}, record.id,
                       detail::withLeadingMember(id, record.data));
  if (!isJsonObject(formats)) {
    return files;
  }
  JsonCursor cursor(formats);
  if (!cursor.enterObject()) {
    return files;
  }
  for (std::string_view format; cursor.nextKey(format);) {
    const std::string_view object = cursor.skipValue();
    if (!isJsonObject(object)) {
      continue;
    }
    detail::FileMembers members;
    JsonCursor inner(object);
    forEachMember(inner, [&](std::string_view key) {
      std::string* const member = key == "hash"   ? &members.hash
                                  : key == "ext"  ? &members.ext
                                  : key == "url"  ? &members.url
                                  : key == "mime" ? &members.mime
                                                  : nullptr;
      const std::string_view value = inner.skipValue();
      if (member != nullptr) {
        *member = text(value);
      }
    });
    if (members.hash.empty() && members.url.empty()) {
      continue;
    }
    const std::string mainHash = hash.empty() ? "" : ",\"mainHash\":" + std::string(hash);
    detail::addMediaFile(
        files, members, record.id,
        detail::withMembers(object, "\"type\":\"" + std::string(format) + "\"," + id + mainHash));
  }
  return files;
}

}  // namespace wsferry::http
