#include "archive/inspection.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "archive/bounded_names.hpp"
#include "archive/json_members.hpp"
#include "archive/line_splitter.hpp"
#include "core/utf8_validator.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

using strapi::TransferStage;

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

}  // namespace

void InspectionVisitor::metadata(const strapi::Metadata& metadata) {
  if (metadata.createdAt.empty()) {
    throw Error(Errc::invalidArchive, "createdAt is missing");
  }
}

Inspection::Inspection(const std::string& path, const std::string& key, ProblemList& problems,
                       InspectionVisitor& visitor, const std::atomic<bool>* cancelled)
    : path_(path), reader_(path, key, cancelled), problems_(problems), visitor_(visitor) {
  summary_.format = reader_.format();
}

void Inspection::run() {
  readEntries();
  if (!hasMetadata_) {
    problems_.add("metadata.json is missing");
  }
  if (summary_.schemaUids.empty()) {
    problems_.add("there is no schema");
  }
  visitor_.finish(summary_);
}

ArchiveSummary Inspection::takeSummary() {
  std::sort(summary_.schemaUids.begin(), summary_.schemaUids.end());
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
  visitor_.entry(entry);
  switch (entry.kind) {
    case EntryKind::metadata:
      return readMetadata();
    case EntryKind::records:
      return readRecords(entry);
    case EntryKind::asset:
      return readAsset(entry);
    case EntryKind::assetMetadata:
      return visitor_.assetMetadata(entry, reader_);
    case EntryKind::other:
      return;
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
    if (summary_.metadata.strapiVersion.empty()) {
      throw Error(Errc::invalidArchive, "strapi.version is missing");
    }
    visitor_.metadata(summary_.metadata);
  } catch (const Error& error) {
    problems_.add("metadata.json: " + error.info().message);
  }
}

void Inspection::readRecords(const Entry& entry) {
  LineSplitter lines([this] { return reader_.read(); });
  std::string_view line;
  while (lines.next(line)) {
    add(summary_.totals[entry.stage], line.size());
    summary_.largestRecord = std::max<std::uint64_t>(summary_.largestRecord, line.size());
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
  const std::string name = findString(json, classifier(stage));
  switch (stage) {
    case TransferStage::schemas:
      expectRoomFor(name, summary_.schemaUids.size(), "schema");
      summary_.schemaUids.push_back(name);
      break;
    case TransferStage::entities:
      addTo(summary_.entitiesByType, name, json.size(), "entity type");
      break;
    case TransferStage::links:
      addTo(summary_.linksByKind, name, json.size(), "kind of link");
      break;
    case TransferStage::configuration:
      addTo(summary_.configurationByType, name, json.size(), "type of configuration");
      break;
    case TransferStage::assets:
      break;
  }
  visitor_.record(stage, name, json);
}

void Inspection::readAsset(const Entry& entry) {
  const auto dot = entry.filename.find_last_of('.');
  const std::string extension = dot == std::string::npos ? "" : entry.filename.substr(dot);
  add(summary_.totals[TransferStage::assets], entry.size);
  try {
    addTo(summary_.assetsByExtension, extension, entry.size, "file extension");
  } catch (const Error& error) {
    problems_.add(entry.path + ": " + error.info().message);
  }
  visitor_.asset(entry, reader_);
}

}  // namespace wsferry::archive
