#include "archive/check/archive_check.hpp"

#include "archive/container/entry_path.hpp"

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
                     " does not belong in an export: it is no regular file, or has no place "
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
                       ? "the same link is there already, and an import breaks off at it; "
                         "`wsferry convert` leaves it out"
                       : "the same entity is there already, and an import makes two of it; "
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
  if (!checksums_.read(reader)) {
    findings_.refuse(entry.path +
                     " has no checksum that can be read: it is damaged or was changed. If the rest "
                     "is right, remove checksums/ from the export");
  }
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
        if (!checksums_.parts().empty()) {
          findings_.refuse(strangePartText(part.path));
        }
        break;
    }
  }
  for (const std::string& path : checksums_.parts()) {
    if (paths_.insert(keyOf(path, {}))) {  // Not seen, and told once.
      findings_.refuse(missingPartText(path));
    }
  }
  records_.finish();
  summary.filesElsewhere = records_.filesElsewhere();
}

}  // namespace wsferry::archive
