#include "archive/check/asset_pairing.hpp"

#include <utility>

#include "archive/bounded/bounded_names.hpp"
#include "archive/text/canonical_json.hpp"
#include "wsferry/core/detail/secrets/signed_urls.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {

void AssetPairing::addUpload(const std::string& name, std::uint64_t size, std::string sha256) {
  const auto [known, isNew] = uploads_.emplace(name, Upload{size, sha256});
  if (!isNew) {
    checkSecondUpload(name, known->second.sha256 == sha256, findings_);
    return;
  }
  unpaired_[name].upload = Upload{size, std::move(sha256)};
  pair(name);
}

void AssetPairing::addMetadata(const std::string& name, std::string_view json) {
  Metadata metadata;
  const auto report = [&](const std::string& what) {
    findings_.refuse("assets/metadata/" + name + ".json: " + what, About::file);
  };
  std::string canonical;
  try {
    metadata.members = checkAssetMetadata(name, json, report);
    canonical = canonicalJson(withoutSignatures(json));
  } catch (const Error& error) {
    report(error.info().message);
  }
  metadata.digest = ContentDigest::beginAsset(name, canonical);
  unpaired_[name].metadata = std::move(metadata);
  pair(name);
}

void AssetPairing::finish(const RecordShape& records, const KeptChecksums& checksums) {
  for (const auto& [name, upload] : uploads_) {
    switch (checksums.judge(uploadPath(name), upload.size, upload.sha256)) {
      case KeptChecksums::Verdict::same:
        ++withRightChecksum_;
        break;
      case KeptChecksums::Verdict::other:
        findings_.lose(otherBytesText(uploadPath(name)), About::file);
        break;
      case KeptChecksums::Verdict::unknown:
        // One without metadata is ignored.
        if (checksums.areOf(EntryKind::asset) && unpaired_.count(name) == 0) {
          findings_.lose(strangeText(uploadPath(name)), About::file);
        }
        break;
    }
  }
  for (const Pair& pair : paired_) {
    if (const auto problem = records.fileOwners().problemOf(pair.metadata)) {
      findings_.lose("assets/metadata/" + pair.name + ".json: " + *problem, About::file);
    }
    if (const auto problem = records.recordedSizes().problemOf(pair.metadata, pair.size)) {
      reportSize(pair.name, *problem, findings_);
    }
  }
  for (const auto& [name, asset] : unpaired_) {
    if (asset.upload) {
      checkUnpairedUpload(name, records.fileOwners().isNamed(name), findings_);
    } else {
      findings_.refuse("assets/metadata/" + name + ".json has no file in assets/uploads",
                       About::file);
    }
  }
}

void AssetPairing::pair(const std::string& name) {
  const auto place = unpaired_.find(name);
  Asset& asset = place->second;
  if (!asset.upload || !asset.metadata) {
    return;
  }
  const AssetMetadata& members = asset.metadata->members;
  try {
    addTo(byProvider_, members.provider, asset.upload->size, "provider");
  } catch (const Error& error) {
    findings_.refuse("assets/metadata/" + name + ".json: " + error.info().message, About::file);
  }
  paired_.push_back({name, members, asset.upload->size});
  digest_.addAsset(std::move(asset.metadata->digest), asset.upload->sha256);
  unpaired_.erase(place);
}

}  // namespace wsferry::archive
