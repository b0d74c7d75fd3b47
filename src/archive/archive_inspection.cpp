#include "wsferry/archive/archive_inspection.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "archive/asset_check.hpp"
#include "archive/canonical_json.hpp"
#include "archive/content_digest.hpp"
#include "archive/json_members.hpp"
#include "archive/key_set.hpp"
#include "archive/line_splitter.hpp"
#include "archive/problem_list.hpp"
#include "archive/record_check.hpp"
#include "archive/reference_check.hpp"
#include "core/sha256.hpp"
#include "core/utf8_validator.hpp"
#include "wsferry/archive/archive_reader.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

using strapi::TransferStage;

// The state of what only verifyArchive() does.
struct Verification {
  explicit Verification(ProblemList& problems) : assets(digest, problems) {}

  ContentDigest digest;
  ReferenceCheck references;
  RecordCheck records{references};
  AssetCheck assets;
  KeySet paths;
};

class Inspection {
 public:
  Inspection(const std::string& path, const std::string& key, bool verify);
  ArchiveSummary run();

 private:
  void readEntries();
  void readEntry(const Entry& entry);
  void readMetadata();
  void readRecords(const Entry& entry);
  void readRecord(TransferStage stage, std::string_view json);
  void readAsset(const Entry& entry);
  void count(TransferStage stage, std::string_view json);
  void finish();

  std::string path_;
  ArchiveReader reader_;
  ArchiveSummary summary_;
  ProblemList problems_;
  std::optional<Verification> verification_;
  bool hasMetadata_ = false;
};

void add(strapi::Tally& tally, std::uint64_t bytes) {
  ++tally.count;
  tally.bytes += bytes;
}

void expectUtf8(std::string_view text) {
  Utf8Validator utf8;
  if (!utf8.update(text) || !utf8.complete()) {
    throw Error(Errc::invalidArchive, "not UTF-8");
  }
}

// The member of a record that tells what it counts as.
const char* classifier(TransferStage stage) {
  switch (stage) {
    case TransferStage::schemas:
      return "uid";
    case TransferStage::links:
      return "kind";
    default:
      return "type";
  }
}

// Reads no further than to that member.
std::string findString(std::string_view json, std::string_view name) {
  JsonCursor cursor(json);
  std::string_view key;
  if (cursor.enterObject()) {
    while (cursor.nextKey(key)) {
      if (jsonStringEquals(key, name) && cursor.peek() == '"') {
        return decodeJsonString(cursor.readRawString());
      }
      cursor.skipValue();
    }
  }
  throw Error(Errc::invalidArchive, "a record without " + std::string(name));
}

Inspection::Inspection(const std::string& path, const std::string& key, bool verify)
    : path_(path), reader_(path, key) {
  if (verify) {
    verification_.emplace(problems_);
  }
}

ArchiveSummary Inspection::run() {
  summary_.format = reader_.format();
  if (verification_) {
    try {
      readEntries();
      finish();
    } catch (const Error& error) {
      if (error.code() != Errc::invalidArchive) {
        throw;
      }
      // What follows cannot be judged, nor what seems to be missing.
      problems_.add(error.info().message);
    }
  } else {
    readEntries();
    finish();
  }
  std::sort(summary_.schemaUids.begin(), summary_.schemaUids.end());
  summary_.problems = problems_.take();
  return std::move(summary_);
}

void Inspection::readEntries() {
  const bool isFolder = summary_.format.container == Container::directory;
  if (!isFolder) {
    std::error_code noRegularFile;
    const auto size = std::filesystem::file_size(path_, noRegularFile);
    summary_.fileBytes = noRegularFile ? 0 : size;
  }
  while (const auto entry = reader_.next()) {
    readEntry(*entry);
    summary_.fileBytes += isFolder ? entry->size : 0;
  }
}

void Inspection::readEntry(const Entry& entry) {
  const bool isFolder = !entry.path.empty() && entry.path.back() == '/';
  if (verification_ && !isFolder && !verification_->paths.insert(keyOf(entry.path, {}))) {
    problems_.add(entry.path + " occurs twice");
  }
  switch (entry.kind) {
    case EntryKind::metadata:
      return readMetadata();
    case EntryKind::records:
      return readRecords(entry);
    case EntryKind::asset:
      return readAsset(entry);
    case EntryKind::assetMetadata:
      if (verification_) {
        verification_->assets.addMetadata(entry.filename, reader_.readAll());
      }
      return;
    case EntryKind::other:
      if (verification_ && !isFolder) {
        problems_.add(entry.path + " does not belong into an export");
      }
  }
}

void Inspection::readMetadata() {
  hasMetadata_ = true;
  const std::string json = reader_.readAll();
  try {
    expectUtf8(json);
    forEachMember(json, [this](std::string_view key, std::string_view value) {
      if (key == "createdAt") {
        summary_.metadata.createdAt = jsonStringOf(value).value_or("");
      } else if (key == "strapi" && isJsonObject(value)) {
        summary_.metadata.strapiVersion = findString(value, "version");
      }
    });
    if (summary_.metadata.createdAt.empty() || summary_.metadata.strapiVersion.empty()) {
      throw Error(Errc::invalidArchive, "createdAt or strapi.version is missing");
    }
  } catch (const Error& error) {
    problems_.add("metadata.json: " + error.info().message);
  }
}

void Inspection::readRecords(const Entry& entry) {
  LineSplitter lines(reader_);
  std::string_view line;
  while (lines.next(line)) {
    add(summary_.totals[entry.stage], line.size());
    try {
      expectUtf8(line);
      readRecord(entry.stage, line);
    } catch (const Error& error) {
      problems_.add(entry.path + ", line " + std::to_string(lines.number()) + ": " +
                    error.info().message);
    }
  }
}

void Inspection::readRecord(TransferStage stage, std::string_view json) {
  count(stage, json);
  if (verification_) {
    verification_->digest.addRecord(stage, canonicalJson(json));
    verification_->records.check(stage, json);
  }
}

void Inspection::count(TransferStage stage, std::string_view json) {
  std::string name = findString(json, classifier(stage));
  switch (stage) {
    case TransferStage::schemas:
      summary_.schemaUids.push_back(std::move(name));
      return;
    case TransferStage::entities:
      return add(summary_.entitiesByType[name], json.size());
    case TransferStage::links:
      return add(summary_.linksByKind[name], json.size());
    case TransferStage::configuration:
      return add(summary_.configurationByType[name], json.size());
    case TransferStage::assets:
      return;
  }
}

void Inspection::readAsset(const Entry& entry) {
  const auto dot = entry.filename.find_last_of('.');
  const std::string extension = dot == std::string::npos ? "" : entry.filename.substr(dot);
  add(summary_.totals[TransferStage::assets], entry.size);
  add(summary_.assetsByExtension[extension], entry.size);
  if (verification_) {
    Sha256 hash;
    std::uint64_t size = 0;
    for (auto bytes = reader_.read(); !bytes.empty(); bytes = reader_.read()) {
      hash.update(bytes);
      size += bytes.size();
    }
    verification_->assets.addUpload(entry.filename, size, hash.hex());
  }
}

void Inspection::finish() {
  if (!hasMetadata_) {
    problems_.add("metadata.json is missing");
  }
  if (summary_.schemaUids.empty()) {
    problems_.add("there is no schema");
  }
  if (verification_) {
    verification_->references.finish(problems_);
    verification_->assets.finish();
    summary_.digest = verification_->digest.result(summary_.metadata.strapiVersion);
  }
}

}  // namespace

ArchiveSummary inspectArchive(const std::string& path, const std::string& key) {
  return Inspection(path, key, false).run();
}

ArchiveSummary verifyArchive(const std::string& path, const std::string& key) {
  return Inspection(path, key, true).run();
}

}  // namespace wsferry::archive
