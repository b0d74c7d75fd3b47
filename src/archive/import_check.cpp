#include "archive/import_check.hpp"

#include "archive/asset_rules.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {

using strapi::TransferStage;

void ImportCheck::entry(const Entry& entry) {
  if (entry.kind == EntryKind::records) {
    ++entries_[entry.stage];
  } else if (entry.kind == EntryKind::asset) {
    ++entries_[TransferStage::assets];
  }
}

void ImportCheck::record(TransferStage stage, const std::string& uidKindOrType,
                         std::string_view json) {
  records_.check(stage, json);
  if (stage != TransferStage::schemas) {
    return;
  }
  const auto [place, isNew] = schemaPlaces_.emplace(uidKindOrType, schemas_.size());
  if (isNew) {
    schemas_.push_back({uidKindOrType, std::string(json)});
  } else {
    schemas_[place->second].json = json;
  }
}

void ImportCheck::asset(const Entry& entry, ArchiveReader&) {
  uploads_.add(entry.filename, [] { return std::string_view(); });
  uploadSizes_.push_back(entry.size);
}

void ImportCheck::assetMetadata(const Entry& entry, ArchiveReader& reader) {
  // Read at once, for its limit: the second pass gives these metadata as one text.
  std::string_view rest;
  const std::string json = reader.readAll();
  rest = json;
  assetMetadata_.add(entry.filename, [&rest] { return std::exchange(rest, {}); });
}

void ImportCheck::finish(ArchiveSummary& summary) {
  for (std::size_t i = 0; i < uploads_.count(); ++i) {
    checkUpload(i, summary);
  }
}

void ImportCheck::checkUpload(std::size_t index, ArchiveSummary& summary) {
  const std::string name = uploads_.name(index);
  if (!assetMetadata_.find(name)) {
    problems_.add("assets/uploads/" + name + " has no file in assets/metadata");
    return;
  }
  const auto report = [&](const std::string& what) {
    problems_.add("assets/metadata/" + name + ".json: " + what);
  };
  try {
    const AssetMetadata metadata = checkAssetMetadata(name, metadataOf(name), report);
    strapi::Tally& tally = summary.assetsByProvider[metadata.provider];
    ++tally.count;
    tally.bytes += uploadSizes_[index];
  } catch (const Error& error) {
    if (error.code() == Errc::fileFailed) {
      throw;
    }
    report(error.info().message);
  }
}

std::string ImportCheck::metadataOf(std::string_view filename) {
  const auto index = assetMetadata_.find(filename);
  if (!index) {
    throw Error(Errc::invalidArchive,
                "assets/uploads/" + std::string(filename) + " has no file in assets/metadata");
  }
  std::string json;
  const ReadBytes read = assetMetadata_.content(*index);
  for (auto bytes = read(); !bytes.empty(); bytes = read()) {
    json += bytes;
  }
  return json;
}

}  // namespace wsferry::archive
