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
                     " does not belong into an export: it is no regular file, or has no place "
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

void ArchiveCheck::finish(ArchiveSummary& summary) {
  records_.finish();
  summary.filesElsewhere = records_.filesElsewhere();
}

}  // namespace wsferry::archive
