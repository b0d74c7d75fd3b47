#include "archive/check/preflight.hpp"

#include <utility>

#include "archive/bounded/bounded_names.hpp"
#include "archive/check/asset_metadata.hpp"
#include "archive/container/entry_path.hpp"
#include "archive/findings/noted_losses_text.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {

using strapi::TransferStage;

namespace {

// Schemas are kept in memory. Those of a large project have some megabytes.
constexpr std::size_t mostSchemaBytes = 64u << 20;

void takeOut(ArchiveSummary& summary, const std::string& extension, const strapi::Tally& gone) {
  strapi::Tally& all = summary.totals[TransferStage::assets];
  all.count -= gone.count;
  all.bytes -= gone.bytes;
  const auto found = summary.assetsByExtension.find(extension);
  if (found == summary.assetsByExtension.end()) {
    return;  // Refused: there are too many.
  }
  found->second.count -= gone.count;
  found->second.bytes -= gone.bytes;
  if (found->second.count == 0) {
    summary.assetsByExtension.erase(found);
  }
}

std::string textOf(SpooledEntries& entries, std::size_t index) {
  std::string text;
  const ReadBytes read = entries.content(index);
  for (auto bytes = read(); !bytes.empty(); bytes = read()) {
    text += bytes;
  }
  return text;
}

}  // namespace

void Preflight::entry(const Entry& entry) {
  ArchiveCheck::entry(entry);
  if (entry.kind == EntryKind::records) {
    ++entries_[entry.stage];
  } else if (entry.kind == EntryKind::asset) {
    ++entries_[TransferStage::assets];
  }
}

void Preflight::record(const strapi::RecordReading& record, std::string_view json) {
  ArchiveCheck::record(record, json);
  if (record.stage == TransferStage::schemas) {
    addSchema(std::string(record.schema.uid), json);
  }
}

void Preflight::doubled(TransferStage stage) {
  if (!acceptDoubles_) {
    ArchiveCheck::doubled(stage);
    return;
  }
  findings_.remark(stage == TransferStage::links ? "the same link already occurred"
                                                 : "the same entity already occurred");
}

void Preflight::addSchema(const std::string& uid, std::string_view json) {
  const auto known = schemaPlaces_.find(uid);
  const std::size_t replaced =
      known == schemaPlaces_.end() ? 0 : schemas_[known->second].json.size();
  if (json.size() > mostSchemaBytes - (schemaBytes_ - replaced)) {
    throw Error(
        ArchiveErrc::invalidArchive,
        "the schemas are larger than " + std::to_string(mostSchemaBytes >> 20) + " MiB together");
  }
  schemaBytes_ += json.size() - replaced;
  if (known == schemaPlaces_.end()) {
    schemaPlaces_.emplace(uid, schemas_.size());
    schemas_.push_back({uid, std::string(json)});
  } else {
    // Exactly as large as it is: an assignment would keep the memory of the larger one.
    schemas_[known->second].json = std::string(json);
  }
}

void Preflight::asset(const Entry& entry, ArchiveReader& reader) {
  // Now, for a push deletes the server's files before the second pass comes to these.
  Sha256 hash;
  for (auto bytes = reader.read(); !bytes.empty(); bytes = reader.read()) {
    hash.update(bytes);
  }
  const std::string sha256 = hash.hex();
  if (isSecond()) {
    addDoubledUpload(entry, sha256);
    return;
  }
  records_.addUpload(entry.filename);
  std::string_view rest = sha256;
  uploads_.add(entry.filename, [&rest] { return std::exchange(rest, {}); });
  uploadSizes_.push_back(entry.size);
}

void Preflight::addDoubledUpload(const Entry& entry, const std::string& sha256) {
  if (doubledUploads_.count(entry.filename) == 0) {
    expectRoomFor(entry.filename, doubledUploads_.size(), "file that occurs twice");
  }
  const auto [known, isNew] = doubledUploads_.emplace(entry.filename, sha256);
  if (!isNew) {
    checkSecondUpload(entry.filename, known->second == sha256, findings_);
  }
  strapi::Tally& doubles = doubles_[std::string(extensionOf(entry.filename))];
  ++doubles.count;
  doubles.bytes += entry.size;
}

void Preflight::assetMetadata(const Entry& entry, ArchiveReader& reader) {
  if (isSecond()) {
    return;
  }
  // Read at once, for its limit: the second pass gives these metadata as one text.
  const std::string json = readAssetMetadata(entry, reader);
  std::string_view rest = json;
  assetMetadata_.add(entry.filename, [&rest] { return std::exchange(rest, {}); });
}

void Preflight::finish(ArchiveSummary& summary) {
  ArchiveCheck::finish(summary);
  summary.losses = checksums_.losses();
  if (summary.losses.count > 0) {
    findings_.remark(notedLossesText(summary.losses));
  }
  for (const auto& [extension, doubles] : doubles_) {
    takeOut(summary, extension, doubles);
  }
  for (const auto& [name, sha256] : doubledUploads_) {
    const auto first = uploads_.find(name);
    checkSecondUpload(name, first && textOf(uploads_, *first) == sha256, findings_);
  }
  for (std::size_t i = 0; i < uploads_.count(); ++i) {
    checkUpload(i, summary);
  }
  for (std::size_t i = 0; i < assetMetadata_.count(); ++i) {
    const std::string name = assetMetadata_.name(i);
    if (!uploads_.find(name)) {
      findings_.refuse("assets/metadata/" + name + ".json has no file in assets/uploads",
                       About::file);
    }
  }
}

void Preflight::checkUpload(std::size_t index, ArchiveSummary& summary) {
  const std::string name = uploads_.name(index);
  if (!assetMetadata_.find(name)) {
    if (!checkUnpairedUpload(name, records_.fileOwners().isNamed(name), findings_)) {
      leaveOut(index, name, summary);
    }
    return;
  }
  const auto report = [&](const std::string& what) {
    findings_.refuse("assets/metadata/" + name + ".json: " + what, About::file);
  };
  try {
    const AssetMetadata metadata = checkAssetMetadata(name, metadataOf(name), report);
    if (const auto problem = records_.fileOwners().problemOf(metadata)) {
      // Above all an export of a server where it was uploaded meanwhile.
      findings_.lose("assets/metadata/" + name + ".json: " + *problem + "; the file is left out",
                     About::file);
      leaveOut(index, name, summary);
      return;
    }
    checkBytes(index, name);
    if (const auto problem = records_.recordedSizes().problemOf(metadata, uploadSizes_[index])) {
      reportSize(name, *problem, findings_);
    }
    addTo(summary.assetsByProvider, metadata.provider, uploadSizes_[index], "provider");
  } catch (const Error& error) {
    if (error.code() == Errc::fileFailed) {
      throw;
    }
    report(error.info().message);
  }
}

void Preflight::checkBytes(std::size_t index, const std::string& name) {
  const std::string path = uploadPath(name);
  if (!checksums_.has(path)) {
    if (checksums_.areOf(EntryKind::asset)) {
      findings_.refuse(strangeText(path), About::file);
    }
  } else if (checksums_.judge(path, uploadSizes_[index], textOf(uploads_, index)) ==
             KeptChecksums::Verdict::other) {
    findings_.refuse(otherBytesText(path), About::file);
  }
}

void Preflight::leaveOut(std::size_t index, const std::string& name, ArchiveSummary& summary) {
  leftOut_.insert(keyOf(name, {}));
  takeOut(summary, std::string(extensionOf(name)), {1, uploadSizes_[index]});
}

std::string Preflight::sha256OfUpload(std::string_view filename) {
  const auto index = uploads_.find(filename);
  return index ? textOf(uploads_, *index) : std::string();
}

std::string Preflight::metadataOf(std::string_view filename) {
  const auto index = assetMetadata_.find(filename);
  if (!index) {
    throw Error(ArchiveErrc::invalidArchive,
                uploadPath(filename) + " has no file in assets/metadata");
  }
  return textOf(assetMetadata_, *index);
}

}  // namespace wsferry::archive
