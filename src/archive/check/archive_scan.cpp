#include "archive/check/archive_scan.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "archive/bounded/bounded_names.hpp"
#include "archive/bounded/line_splitter.hpp"
#include "archive/container/entry_path.hpp"
#include "archive/text/json_members.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

using strapi::TransferStage;

constexpr std::uint64_t mostBadRecords = 5'000;
constexpr std::uint64_t mostNamedOthers = 5;
constexpr const char* markText = "begins with a byte order mark";

void add(strapi::Tally& tally, std::uint64_t bytes) {
  ++tally.count;
  tally.bytes += bytes;
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
std::optional<std::string> stringMember(std::string_view json, std::string_view name) {
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
  return std::nullopt;
}

// By its characters: what may be compared is for the version strategy to judge.
bool isVersion(std::string_view text) {
  return text.find_first_not_of(
             "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.+-") ==
         std::string_view::npos;
}

[[noreturn]] void failUncounted(TransferStage stage) {
  throw Error(ArchiveErrc::invalidArchive, std::string("a record without ") + classifier(stage));
}

}  // namespace

ArchiveScan::ArchiveScan(const std::string& path, const std::string& key, Findings& findings,
                         ArchiveVisitor& visitor, const std::atomic<bool>* cancelled)
    : path_(path),
      key_(key),
      cancelled_(cancelled),
      reader_(path, key, cancelled),
      findings_(findings),
      visitor_(visitor) {
  summary_.format = reader_.format();
}

void ArchiveScan::run() {
  readEntries();
  if (!hasMetadata_) {
    findings_.refuse("metadata.json is missing");
  }
  if (summary_.schemaUids.empty()) {
    findings_.refuse("there is no schema");
  }
  if (!reader_.leadingFolder().empty()) {
    findings_.remark("everything is in the folder " + reader_.leadingFolder() +
                     ", where `strapi import` does not look for it");
  }
  misplaced_.finish(summary_.totals, findings_);
  parts_.finish(findings_);
  remarkOthers();
  judgeRest();
  visitor_.finish(summary_);
}

// What holds entries was to be read: an archive whose middle is blank ends there.
void ArchiveScan::judgeRest() {
  if (reader_.passedOver() == 0) {
    return;
  }
  const std::string size = counted(reader_.passedOver(), "byte", "bytes") + ", zeros not counted";
  const std::string entry = reader_.entryBehindEnd();
  if (entry.empty()) {
    findings_.remark("data after the end of the archive is not read: " + size);
  } else {
    findings_.refuse("after the end of the archive more entries follow, which are not read: " +
                     size + ", from " + printable(entry, 300) +
                     " on. Zeros have replaced a part of the file, or another archive was "
                     "appended to it: use another copy, or make the archive again");
  }
}

ArchiveSummary ArchiveScan::takeSummary() {
  std::sort(summary_.schemaUids.begin(), summary_.schemaUids.end());
  return std::move(summary_);
}

void ArchiveScan::readEntries() {
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

void ArchiveScan::readEntry(const Entry& entry) {
  visitor_.entry(entry);
  parts_.add(entry);
  switch (entry.kind) {
    case EntryKind::metadata:
      return readMetadata();
    case EntryKind::records:
      if (entry.stage == TransferStage::schemas && hasReadSchemasAhead_) {
        return;
      }
      if (entry.stage != TransferStage::schemas && summary_.schemaUids.empty()) {
        readSchemasAhead();
      }
      return readRecords(entry, reader_);
    case EntryKind::asset:
      return readAsset(entry);
    case EntryKind::assetMetadata:
      return visitor_.assetMetadata(entry, reader_);
    case EntryKind::checksums:
      return visitor_.checksums(entry, reader_);
    case EntryKind::other:
    case EntryKind::leftover:
      if (!isFolder(entry) && (entry.kind == EntryKind::leftover || !isInStageFolder(entry))) {
        misplaced_.add(entry.path);
        if (++others_ <= mostNamedOthers) {
          otherPaths_.push_back(entry.path);
        }
      }
  }
}

void ArchiveScan::remarkOthers() {
  if (others_ == 0) {
    return;
  }
  std::string text = "not part of an export, and ignored: ";
  for (std::size_t i = 0; i < otherPaths_.size(); ++i) {
    text += (i == 0 ? "" : ", ") + otherPaths_[i];
  }
  findings_.remark(others_ > otherPaths_.size()
                       ? text + " and " + std::to_string(others_ - otherPaths_.size()) + " more"
                       : text);
}

void ArchiveScan::readMetadata() {
  hasMetadata_ = true;
  const Findings::Place place(findings_, [] { return std::string("metadata.json"); });
  const std::string text = reader_.readAll();
  const std::string_view json = withoutByteOrderMark(text);
  if (json.size() < text.size()) {
    findings_.remark(markText);
  }
  try {
    expectUtf8(json);
    forEachMember(json, [this](std::string_view key, std::string_view value) {
      if (key == "createdAt") {
        summary_.metadata.createdAt = jsonStringOf(value).value_or("");
      } else if (key == "strapi" && isJsonObject(value)) {
        summary_.metadata.strapiVersion = stringMember(value, "version").value_or("");
      }
    });
  } catch (const Error& error) {
    findings_.refuse(error.info().message);
    return;
  }
  if (summary_.metadata.strapiVersion.empty()) {
    findings_.remark("strapi.version is missing");
  } else if (!isVersion(summary_.metadata.strapiVersion)) {
    findings_.remark("strapi.version is not a version: " +
                     encodeJsonString(summary_.metadata.strapiVersion));
  }
  if (summary_.metadata.createdAt.empty()) {
    findings_.remark("createdAt is missing");
  }
}

// Other packers than an export's put them last, and what records may be depends on them.
void ArchiveScan::readSchemasAhead() {
  std::error_code unknown;
  const bool isFile = summary_.format.container == Container::directory ||
                      std::filesystem::is_regular_file(path_, unknown);
  if (hasReadSchemasAhead_ || !isFile || !visitor_.takesRecords()) {
    return;  // A pipe gives its bytes once.
  }
  hasReadSchemasAhead_ = true;
  try {
    ArchiveReader reader(path_, key_, cancelled_);
    while (const auto entry = reader.next()) {
      if (entry->kind == EntryKind::records && entry->stage == TransferStage::schemas) {
        readRecords(*entry, reader);
      }
    }
  } catch (const Error& error) {
    if (error.code() != ArchiveErrc::invalidArchive) {
      throw;
    }
    // The pass that is on its way comes to the damage, too, with more to tell.
  }
}

void ArchiveScan::readRecords(const Entry& entry, ArchiveReader& reader) {
  Sha256 hash;
  std::uint64_t size = 0;
  LineSplitter lines([&] {
    const std::string_view bytes = reader.read();
    if (visitor_.takesRecords()) {
      hash.update(bytes);
      size += bytes.size();
    }
    return bytes;
  });
  {
    const Findings::Place place(findings_, [&entry, &lines] {
      return entry.path + ", line " + std::to_string(lines.number());
    });
    std::string_view line;
    strapi::Tally* total = nullptr;
    while (lines.next(line)) {
      total = total != nullptr ? total : &summary_.totals[entry.stage];
      add(*total, line.size());
      summary_.largestRecord = std::max<std::uint64_t>(summary_.largestRecord, line.size());
      try {
        expectUtf8(line);
        readRecord(entry.stage, line);
      } catch (const Error& error) {
        badRecord(entry.stage, error.info().message);
      }
    }
  }
  remarkLines(entry, lines);
  if (visitor_.takesRecords()) {
    visitor_.recordsRead(entry, size, hash.hex());
  }
}

// A stage that is no text of records would take a problem, and its exception, for each line.
void ArchiveScan::badRecord(TransferStage stage, const std::string& what) {
  findings_.refuse(what);
  if (++badRecords_[stage] > mostBadRecords) {
    throw Error(ArchiveErrc::invalidArchive, "more than " + std::to_string(mostBadRecords) +
                                                 " lines of the " +
                                                 std::string(strapi::toString(stage)) +
                                                 " are not records; the rest was not read");
  }
}

void ArchiveScan::remarkLines(const Entry& entry, const LineSplitter& lines) {
  const Findings::Place place(findings_, [&entry] { return entry.path; });
  if (lines.hadByteOrderMark()) {
    findings_.remark(markText);
  }
  if (lines.blankLines() > 0) {
    findings_.remark("blank lines: " + std::to_string(lines.blankLines()));
  }
  if (lines.hadCarriageReturns()) {
    findings_.remark("lines end as on Windows, with CR LF");
  }
}

void ArchiveScan::readRecord(TransferStage stage, std::string_view json) {
  if (!visitor_.takesRecords()) {
    const auto name = stringMember(json, classifier(stage));
    if (!name) {
      failUncounted(stage);
    }
    count(stage, *name, json.size());
    return;
  }
  const strapi::RecordReading& record = records_.reading();
  try {
    records_.look(stage, json);
  } catch (const Error&) {
    if (record.hasName) {
      count(stage, record.name(), json.size());  // It counts, right or not.
    }
    throw;
  }
  if (!record.hasName) {
    failUncounted(stage);
  }
  count(stage, record.name(), json.size());
  visitor_.record(record, json);
}

void ArchiveScan::count(TransferStage stage, std::string_view name, std::size_t bytes) {
  if (stage == TransferStage::schemas) {
    expectRoomFor(std::string(name), summary_.schemaUids.size(), "schema");
    summary_.schemaUids.emplace_back(name);
    return;
  }
  if (lastTally_ == nullptr || lastStage_ != stage || lastName_ != name) {
    lastStage_ = stage;
    lastName_ = name;
    lastTally_ = nullptr;  // Should there be no room for another one.
    lastTally_ = stage == TransferStage::entities
                     ? &tallyOf(summary_.entitiesByType, lastName_, "entity type")
                 : stage == TransferStage::links
                     ? &tallyOf(summary_.linksByKind, lastName_, "kind of link")
                     : &tallyOf(summary_.configurationByType, lastName_, "type of configuration");
  }
  add(*lastTally_, bytes);
}

void ArchiveScan::readAsset(const Entry& entry) {
  add(summary_.totals[TransferStage::assets], entry.size);
  try {
    addTo(summary_.assetsByExtension, std::string(extensionOf(entry.filename)), entry.size,
          "file extension");
  } catch (const Error& error) {
    findings_.refuse(entry.path + ": " + error.info().message, About::file);
  }
  visitor_.asset(entry, reader_);
}

}  // namespace wsferry::archive
