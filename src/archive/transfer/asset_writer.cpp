#include "archive/transfer/asset_writer.hpp"

#include "archive/container/entry_path.hpp"
#include "archive/transfer/filled_metadata.hpp"
#include "wsferry/archive/archive_format.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/core/detail/secrets/signed_urls.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/record_type.hpp"

namespace wsferry::archive {
namespace {

// What a person finds its record by; empty where nothing tells it.
std::string recordText(std::string_view metadata) {
  std::string id;
  try {
    JsonCursor cursor(metadata);
    forEachMember(cursor, [&](std::string_view key) {
      const std::string_view value = cursor.skipValue();
      if (key == "id" && (isJsonNumber(value) || isJsonString(value))) {
        id = value;
      }
    });
  } catch (const Error&) {
    return {};
  }
  return id.empty() ? id : " of " + std::string(strapi::uploadFile) + " " + id;
}

}  // namespace

AssetWriter::AssetWriter(TreeWriter& tree, ChecksumWriter& checksums, std::size_t longestName,
                         const RecordShape& records, Findings& findings,
                         std::vector<std::string>& notes)
    : tree_(tree),
      checksums_(checksums),
      longestName_(longestName),
      records_(records),
      findings_(findings),
      notes_(notes) {}

void AssetWriter::begin(std::string_view assetID, const strapi::AssetInfo& info) {
  const auto [entry, isNew] = open_.emplace(assetID, OpenAsset{});
  if (!isNew) {
    throw Error(Errc::protocolViolation,
                "file " + encodeJsonString(info.filename) + " starts twice");
  }
  OpenAsset& asset = entry->second;
  asset.info = info;
  if (!isAcceptable(asset)) {
    return;
  }
  asset.isSecond = !stored_.emplace(info.filename, Stored()).second;
  if (!asset.isSecond) {
    const std::string path = uploadPath(info.filename);
    asset.file = info.path.empty() ? tree_.open(path) : tree_.adopt(path, info.path);
  }
}

// What is wrong is told, and the file not stored: it has no place, or nobody takes it.
bool AssetWriter::isAcceptable(OpenAsset& asset) {
  const std::string& name = asset.info.filename;
  const std::string shown = "file " + encodeJsonString(name);
  if (safeFileName(name) != name || name.size() > longestName_ || isLeftover(uploadPath(name))) {
    findings_.refuse(shown + ": its name is not possible in an archive");
    return false;
  }
  bool isGood = true;
  const auto report = [&](const std::string& what) {
    findings_.refuse(shown + recordText(asset.info.metadata) + ": " + what +
                     ", and an import refuses such a file. Correct its record on the server, or "
                     "delete it in the media library");
    isGood = false;
  };
  try {
    const FilledMetadata whole = fillMetadata(asset.info.metadata, name, 0);
    asset.metadata = checkAssetMetadata(name, whole.text, report);
    asset.isFilled = !whole.filled.empty();
  } catch (const Error& error) {
    report(error.info().message);
  }
  const FileOwners& owners = records_.fileOwners();
  const auto problem = isGood ? owners.problemOf(asset.metadata) : std::nullopt;
  if (!problem) {
    return isGood;
  }
  if (owners.isNamed(asset.metadata.name)) {
    findings_.refuse(shown + ": " + *problem);
  } else {
    // It was uploaded after the records were read.
    notes_.push_back(shown + " was left out: " + *problem);
  }
  return false;
}

void AssetWriter::write(std::string_view assetID, std::string_view bytes) {
  OpenAsset& asset = find(assetID)->second;
  asset.size += bytes.size();
  if (asset.file) {
    asset.file->write(bytes);
  }
  if (asset.info.sha256.empty() && (asset.file || asset.isSecond)) {
    asset.hash.update(bytes);
  }
}

void AssetWriter::end(std::string_view assetID) {
  const auto entry = find(assetID);
  OpenAsset& asset = entry->second;
  const std::string& name = asset.info.filename;
  if (asset.info.sha256.empty()) {
    asset.info.sha256 = asset.hash.hex();
  }
  if (asset.isSecond) {
    compare(name, stored_[name], asset.info.sha256);
  }
  if (asset.file) {
    if (asset.isFilled) {
      fill(asset);
    }
    tree_.put("assets/metadata/" + name + ".json", {withoutSignatures(asset.info.metadata)});
    asset.file->close();
    if (asset.info.size != 0 && asset.info.size != asset.size) {
      notes_.push_back("file " + encodeJsonString(name) + " was announced with " +
                       counted(asset.info.size, "byte", "bytes") + " and has " +
                       std::to_string(asset.size));
    }
    Stored& stored = stored_[name];
    stored.sha256 = asset.info.sha256;
    checksums_.add({uploadPath(name), asset.size, stored.sha256});
    for (const std::string& other : std::exchange(stored.waiting, {})) {
      compare(name, stored, other);
    }
  }
  open_.erase(entry);
}

// Its record stays as it is.
void AssetWriter::fill(OpenAsset& asset) {
  FilledMetadata whole = fillMetadata(asset.info.metadata, asset.info.filename, asset.size);
  if (filled_++ == 0) {
    firstFilled_ = asset.info.filename + recordText(asset.info.metadata) + ": " + whole.filled;
  }
  asset.info.metadata = std::move(whole.text);
}

void AssetWriter::compare(const std::string& name, Stored& first, const std::string& sha256) {
  if (first.sha256.empty()) {
    first.waiting.push_back(sha256);
  } else if (first.sha256 == sha256) {
    ++first.copies;
  } else {
    findings_.refuse(
        "file " + encodeJsonString(name) +
        " came twice with different bytes: an archive can hold only one file with a name");
  }
}

void AssetWriter::endStage() {
  checksums_.endPart();
  for (const auto& [name, stored] : stored_) {
    if (stored.copies > 0) {
      notes_.push_back("file " + encodeJsonString(name) + " came " +
                       std::to_string(stored.copies + 1) +
                       " times with the same bytes, and is stored once: several records of the "
                       "media library have it");
    }
  }
  if (filled_ > 0) {
    notes_.push_back(counted(filled_, "file has", "files have") +
                     " no name, type or size in the server's database, which an import requires in "
                     "their metadata: the values come from the file itself (" +
                     firstFilled_ + (filled_ > 1 ? ", ..." : "") + ")");
  }
  if (open_.empty()) {
    return;
  }
  throw Error(Errc::dataMissing, "the stage ended in the middle of a file")
      .at(strapi::toString(strapi::TransferStage::assets), SubjectKind::asset,
          open_.begin()->second.info.filename);
}

AssetWriter::OpenAssets::iterator AssetWriter::find(std::string_view assetID) {
  const auto entry = open_.find(assetID);
  if (entry == open_.end()) {
    throw Error(Errc::protocolViolation,
                "data came for a file that has not started: " + encodeJsonString(assetID));
  }
  return entry;
}

}  // namespace wsferry::archive
