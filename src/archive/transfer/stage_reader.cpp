#include "archive/transfer/stage_reader.hpp"

#include <utility>

#include "archive/container/entry_path.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

using strapi::TransferStage;

// The stage that reads the entry; asset metadata are known from the first pass.
std::optional<TransferStage> stageOf(const Entry& entry) {
  switch (entry.kind) {
    case EntryKind::records:
      return entry.stage;
    case EntryKind::asset:
      return TransferStage::assets;
    default:
      return std::nullopt;
  }
}

[[noreturn]] void throwChanged() {
  throw Error(ArchiveErrc::invalidArchive, "the archive changed while it was read: start again");
}

}  // namespace

StageReader::StageReader(Open open, std::map<TransferStage, std::uint64_t> entries,
                         SpoolBudget& budget, std::string temporaryFolder, bool givesFiles)
    : open_(std::move(open)),
      remaining_(std::move(entries)),
      budget_(budget),
      folder_(std::move(temporaryFolder)),
      givesFiles_(givesFiles) {}

void StageReader::read(TransferStage stage, const Take& take) {
  if (lastStage_ && *lastStage_ >= stage) {
    throw Error(Errc::invalidState, "the stages of an archive are read in order, each once");
  }
  if (stage == TransferStage::assets && !givesFiles_) {
    throw Error(Errc::invalidState, "the archive was opened to be read without its files");
  }
  lastStage_ = stage;
  readDeferred(stage, take);
  while (remaining_[stage] > 0) {
    if (!reader_) {
      reader_.emplace(open_());
    }
    const auto entry = reader_->next();
    if (!entry) {
      throwChanged();
    }
    const auto its = stageOf(*entry);
    if (!its) {
      continue;
    }
    if (remaining_[*its]-- == 0) {
      throwChanged();
    }
    if (*its == stage) {
      take({entry->path, entry->filename, entry->size, [this] { return reader_->read(); }});
    } else if (*its > stage && (*its != TransferStage::assets || givesFiles_)) {
      defer(*its, *entry);
    }
  }
}

void StageReader::readDeferred(TransferStage stage, const Take& take) {
  const auto found = deferred_.find(stage);
  if (found == deferred_.end()) {
    return;
  }
  SpooledEntries& entries = found->second;
  for (std::size_t i = 0; i < entries.count(); ++i) {
    const Entry entry = describeEntry(entries.name(i));
    take({entry.path, entry.filename, entries.size(i), entries.content(i)});
  }
  deferred_.erase(found);
}

void StageReader::defer(TransferStage stage, const Entry& entry) {
  const auto entries = deferred_.try_emplace(stage, budget_, folder_).first;
  entries->second.add(entry.path, [this] { return reader_->read(); });
}

}  // namespace wsferry::archive
