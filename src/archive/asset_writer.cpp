#include "archive/asset_writer.hpp"

#include "core/signed_urls.hpp"
#include "core/json_cursor.hpp"
#include "wsferry/archive/archive_format.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {

AssetWriter::AssetWriter(TreeWriter& tree, std::size_t longestName, std::vector<std::string>& notes)
    : tree_(tree), notes_(notes), names_(longestName) {}

void AssetWriter::begin(std::string_view assetID, const strapi::AssetInfo& info) {
  const auto [entry, isNew] = open_.emplace(assetID, OpenAsset{});
  if (!isNew) {
    throw Error(Errc::protocolViolation,
                "asset " + encodeJsonString(info.filename) + " starts twice");
  }
  OpenAsset& asset = entry->second;
  asset.info = info;
  asset.name = names_.choose(info.filename);
  if (asset.name != info.filename) {
    noteNewName(info.filename, asset.name);
  }
  asset.file = tree_.open("assets/uploads/" + asset.name);
}

void AssetWriter::write(std::string_view assetID, std::string_view bytes) {
  OpenAsset& asset = find(assetID)->second;
  asset.file->write(bytes);
  asset.size += bytes.size();
}

void AssetWriter::end(std::string_view assetID) {
  const auto entry = find(assetID);
  OpenAsset& asset = entry->second;
  tree_.put("assets/metadata/" + asset.name + ".json", {withoutSignatures(asset.info.metadata)});
  asset.file->close();
  if (asset.info.size != 0 && asset.info.size != asset.size) {
    notes_.push_back("asset " + encodeJsonString(asset.name) + " was announced with " +
                     std::to_string(asset.info.size) + " bytes and has " +
                     std::to_string(asset.size));
  }
  open_.erase(entry);
}

void AssetWriter::endStage() const {
  if (open_.empty()) {
    return;
  }
  ErrorInfo info;
  info.message = "the assets ended in the middle of an asset";
  info.stage = "assets";
  info.subject = open_.begin()->second.info.filename;
  throw Error(Errc::dataMissing, std::move(info));
}

AssetWriter::OpenAssets::iterator AssetWriter::find(std::string_view assetID) {
  const auto entry = open_.find(assetID);
  if (entry == open_.end()) {
    throw Error(Errc::protocolViolation,
                "asset item for " + encodeJsonString(assetID) + ", which has not started");
  }
  return entry;
}

void AssetWriter::noteNewName(std::string_view filename, const std::string& name) {
  const bool isDuplicate = safeFileName(filename) == filename;
  notes_.push_back("asset " + encodeJsonString(filename) + " is stored as " +
                   encodeJsonString(name) +
                   (isDuplicate ? ", as another asset has its name or its name is too long"
                                : ", as its name is not a safe file name") +
                   "; strapi import refuses the archive until hash and ext in assets/metadata/" +
                   name + ".json fit that name");
}

}  // namespace wsferry::archive
