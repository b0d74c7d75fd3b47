#include "archive/check/archive_check.hpp"

#include <algorithm>

#include "archive/container/entry_path.hpp"
#include "wsferry/core/detail/text/printable.hpp"

namespace wsferry::archive {

using strapi::TransferStage;

void ArchiveCheck::entry(const Entry& entry) {
  if (isFolder(entry) || entry.kind == EntryKind::leftover) {
    return;
  }
  isSecond_ = !paths_.insert(keyOf(entry.path, {}));
  if (entry.kind == EntryKind::other && isInStageFolder(entry)) {
    // Above all a link: what it leads to would be taken for nothing, and deleted at a destination.
    findings_.refuse(entry.path +
                     " does not belong in an export: it is not a regular file, or has no place "
                     "there. Links are not followed");
  } else if (isSecond_ && entry.kind == EntryKind::assetMetadata) {
    findings_.remark(entry.path + " occurs twice, and the first counts");
  } else if (isSecond_ && isOfExport(entry) && entry.kind != EntryKind::asset) {
    findings_.refuse(entry.path + " occurs twice");
  }
}

void ArchiveCheck::record(const strapi::RecordReading& record, std::string_view json) {
  const bool isNew = records_.check(record, json);
  strapi::RecordReader::refuseProblem(record);
  if (!isNew) {
    doubled(record.stage);
  }
}

void ArchiveCheck::doubled(TransferStage stage) {
  findings_.refuse(stage == TransferStage::links
                       ? "the same link already occurred, and an import breaks off at it; `wsferry "
                         "convert` leaves it out"
                       : "the same entity already occurred, and an import stores it twice; "
                         "`wsferry convert` leaves it out");
}

std::string ArchiveCheck::readAssetMetadata(const Entry& entry, ArchiveReader& reader) {
  std::string text = reader.readAll();
  const std::string_view json = withoutByteOrderMark(text);
  if (json.size() < text.size()) {
    findings_.remark(entry.path + ": begins with a byte order mark");
    text = std::string(json);
  }
  return text;
}

// A part that was emptied or blanked would hide what else is gone.
void ArchiveCheck::checksums(const Entry& entry, ArchiveReader& reader) {
  const auto note = [this](const FileChecksum& file) {
    if (!paths_.contains(keyOf(file.path, {}))) {
      expected_.push_back(file.path);
    }
  };
  const auto part = checksums_.read([&reader] { return reader.read(); }, note);
  const char* const changed =
      ": it is damaged or was changed. If everything else is right, remove checksums/ from the "
      "export";
  if (!part.hasAny) {
    findings_.refuse(entry.path + " has no readable checksum" + changed);
  } else if (part.badLine > 0) {
    findings_.refuse(entry.path + ", line " + std::to_string(part.badLine) +
                     " is not a JSON object" + changed);
  }
}

std::string_view ArchiveCheck::sha256OfPart(std::string_view path) const {
  const auto part = std::lower_bound(
      parts_.begin(), parts_.end(), path,
      [](const FileChecksum& known, std::string_view wanted) { return known.path < wanted; });
  return part == parts_.end() || part->path != path ? std::string_view() : part->sha256;
}

void ArchiveCheck::reportMissing(const std::string& path) {
  const Entry entry = describeEntry(path);
  if (entry.kind == EntryKind::records) {
    findings_.refuse(missingText(path));
    return;
  }
  const bool isTold = records_.tellsMissing(entry.filename);
  if (!isTold) {
    findings_.loseFile(entry.filename, missingText(path));
  }
  strapi::addFileLoss(isTold ? lossesOfRecords_ : losses_, strapi::LossKind::missingFile,
                      {entry.filename}, printable(entry.filename, 300) + " of checksums/");
}

std::vector<strapi::Loss> ArchiveCheck::losses(bool ofRecords) const {
  std::vector<strapi::Loss> losses = losses_;
  if (ofRecords) {
    for (const strapi::Loss& loss : lossesOfRecords_) {
      strapi::addLoss(losses, loss);
    }
  }
  return losses;
}

void ArchiveCheck::finish(ArchiveSummary& summary) {
  summary.partsOfRecords = parts_.size();
  for (const FileChecksum& part : parts_) {
    switch (checksums_.judge(part.path, part.size, part.sha256)) {
      case KeptChecksums::Verdict::same:
        ++summary.partsWithChecksum;
        break;
      case KeptChecksums::Verdict::other:
        findings_.refuse(otherBytesText(part.path));
        break;
      case KeptChecksums::Verdict::unknown:
        if (checksums_.areOf(EntryKind::records)) {
          findings_.refuse(strangeText(part.path));
        }
        break;
    }
  }
  std::sort(parts_.begin(), parts_.end(), [](const FileChecksum& left, const FileChecksum& right) {
    return left.path < right.path;
  });
  if (checksums_.end() == KeptChecksums::End::missing) {
    findings_.refuse(
        "the last part of checksums/, or another one, is missing: the archive is incomplete. If "
        "that is intended, remove checksums/ from the export");
  }
  records_.finish();
  for (const std::string& path : expected_) {
    if (paths_.insert(keyOf(path, {}))) {  // Not seen, and told once.
      reportMissing(path);
    }
  }
  summary.filesElsewhere = records_.filesElsewhere();
}

}  // namespace wsferry::archive
