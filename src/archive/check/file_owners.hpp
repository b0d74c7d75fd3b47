#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/bounded/key_set.hpp"
#include "archive/check/asset_metadata.hpp"
#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/strapi/detail/loss/file_names.hpp"

namespace wsferry::archive {

/// Which record of the media library names which file. A server finds an asset's record by the id
/// in its metadata alone, and lets the record lead to this asset, whatever it named. Keeps some 10
/// to 20 bytes of each record and file, a few times.
class FileOwners {
 public:
  /// `hash` is the record's. No file can have one without a row's id.
  void addRecord(std::optional<std::uint64_t> id, std::string_view hash,
                 const std::vector<strapi::NamedFile>& files) {
    for (const strapi::NamedFile& file : files) {
      names_.insert(keyOf(file.name, {}));
    }
    if (!id) {
      return;
    }
    hasRecords_ = true;
    known_.insert(keyOfFile(*id, {}, {}));
    hashes_.insert(keyOf(std::to_string(*id), hash));
    for (const strapi::NamedFile& file : files) {
      known_.insert(keyOfFile(*id, file.format, file.name));
      known_.insert(keyOfFile(*id, file.format, {}));
    }
  }

  /// Why an asset is no file of the record whose id it has; nothing if it is one, or there are no
  /// records at all.
  std::optional<std::string> problemOf(const AssetMetadata& asset) const {
    if (!hasRecords_ || !asset.id) {
      return std::nullopt;
    }
    const std::uint64_t id = *asset.id;
    if (!known_.contains(keyOfFile(id, {}, {}))) {
      return "there is no record of plugin::upload.file with its id " + std::to_string(id);
    }
    const std::string record = "plugin::upload.file " + std::to_string(id);
    if (!isFileOf(id, asset)) {
      return record + ", whose id it has, does not name this file" +
             (asset.type.empty() ? "" : " as its format " + encodeJsonString(asset.type));
    }
    if (asset.mainHash && !hashes_.contains(keyOf(std::to_string(id), *asset.mainHash))) {
      return "its mainHash is not the hash of " + record + ", whose id it has";
    }
    return std::nullopt;
  }

  /// Whether any record names a file so.
  bool isNamed(std::string_view name) const { return names_.contains(keyOf(name, {})); }

 private:
  // Without a name the key of the record or of its format.
  static std::uint64_t keyOfFile(std::uint64_t id, std::string_view format, std::string_view name) {
    return keyOf(std::to_string(id).append("/").append(format), name);
  }

  // The row of a record's own file has a type where a project gave its media library such an
  // attribute.
  bool isFileOf(std::uint64_t id, const AssetMetadata& asset) const {
    return known_.contains(keyOfFile(id, asset.type, asset.name)) ||
           (!known_.contains(keyOfFile(id, asset.type, {})) &&
            known_.contains(keyOfFile(id, {}, asset.name)));
  }

  KeySet known_;
  KeySet hashes_;
  KeySet names_;
  bool hasRecords_ = false;
};

}  // namespace wsferry::archive
