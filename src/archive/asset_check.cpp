#include "archive/asset_check.hpp"

#include <utility>

#include "archive/bounded_names.hpp"
#include "archive/canonical_json.hpp"
#include "core/signed_urls.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {

void AssetCheck::addUpload(const std::string& name, std::uint64_t size, std::string sha256) {
  unpaired_[name].upload = Upload{size, std::move(sha256)};
  pair(name);
}

void AssetCheck::addMetadata(const std::string& name, std::string_view json) {
  Metadata metadata;
  const auto report = [&](const std::string& what) {
    problems_.add("assets/metadata/" + name + ".json: " + what);
  };
  try {
    metadata.members = checkAssetMetadata(name, json, report);
    metadata.canonicalJson = canonicalJson(withoutSignatures(json));
  } catch (const Error& error) {
    report(error.info().message);
  }
  unpaired_[name].metadata = std::move(metadata);
  pair(name);
}

void AssetCheck::finish(const RecordCheck& records) const {
  for (const auto& [name, id] : ids_) {
    if (records.lacksFile(id)) {
      problems_.add(missingRecord(name, id));
    }
  }
  for (const auto& [name, asset] : unpaired_) {
    problems_.add(asset.upload ? "assets/uploads/" + name + " has no file in assets/metadata"
                               : "assets/metadata/" + name + ".json has no file in assets/uploads");
  }
}

void AssetCheck::pair(const std::string& name) {
  const auto place = unpaired_.find(name);
  const Asset& asset = place->second;
  if (!asset.upload || !asset.metadata) {
    return;
  }
  const AssetMetadata& members = asset.metadata->members;
  if (const auto problem = sizeProblem(members, asset.upload->size)) {
    problems_.add("assets/uploads/" + name + " " + *problem);
  }
  try {
    addTo(byProvider_, members.provider, asset.upload->size, "provider");
  } catch (const Error& error) {
    problems_.add("assets/metadata/" + name + ".json: " + error.info().message);
  }
  if (members.id) {
    ids_.emplace_back(name, *members.id);
  }
  digest_.addAsset(name, asset.metadata->canonicalJson, asset.upload->sha256);
  unpaired_.erase(place);
}

}  // namespace wsferry::archive
