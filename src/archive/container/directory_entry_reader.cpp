#include "archive/container/directory_entry_reader.hpp"

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "archive/container/entry_path.hpp"
#include "core/file/file_error.hpp"

namespace wsferry::archive {
namespace {

namespace fs = std::filesystem;

auto sortKey(const Entry& entry) {
  const bool isMetadata = entry.kind == EntryKind::metadata;
  const bool isAsset = entry.kind == EntryKind::asset || entry.kind == EntryKind::assetMetadata;
  const bool isOther = !isOfExport(entry);
  const auto stage = isAsset ? strapi::TransferStage::assets : entry.stage;
  return std::tuple<bool, bool, strapi::TransferStage, const std::string&, bool,
                    const std::string&>(isOther, !isMetadata, stage, entry.filename,
                                        entry.kind == EntryKind::asset, entry.path);
}

struct Found {
  std::string path;
  bool isFile = false;
  std::uint64_t size = 0;
};

// All but folders; of those only what nobody looks into.
std::vector<Found> findAll(const std::string& root, const std::atomic<bool>* cancelled) {
  std::vector<Found> all;
  const auto end = fs::recursive_directory_iterator();
  for (auto at = fs::recursive_directory_iterator(root); at != end; ++at) {
    throwIfCancelled(cancelled);
    std::string path = at->path().lexically_relative(root).generic_string();
    const bool isFolder = at->is_directory() && !at->is_symlink();
    if (isFolder && isLeftover(path)) {
      at.disable_recursion_pending();
    } else if (isFolder) {
      continue;
    }
    const bool isFile = at->is_regular_file() && !at->is_symlink();
    all.push_back({std::move(path), isFile, isFile ? at->file_size() : 0});
  }
  return all;
}

Entry entryOf(const Found& found, std::string_view path) {
  Entry entry = describeEntry(std::string(path));
  entry.size = found.size;
  if (!found.isFile && entry.kind != EntryKind::leftover) {
    entry.kind = EntryKind::other;
    entry.filename.clear();
  }
  return entry;
}

}  // namespace

DirectoryEntryReader::DirectoryEntryReader(std::string root, const std::atomic<bool>* cancelled)
    : root_(std::move(root)), cancelled_(cancelled) {
  std::vector<Found> all;
  try {
    all = findAll(root_, cancelled);
  } catch (const fs::filesystem_error& error) {
    throwFileError("read the folder", root_, error.code().value());
  }
  // An export that stands at the top counts before what may stand below it.
  std::stable_partition(all.begin(), all.end(),
                        [](const Found& found) { return isOfExport(describeEntry(found.path)); });
  for (const Found& found : all) {
    entries_.push_back(entryOf(found, leadingFolder_.strip(found.path)));
  }
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& left, const Entry& right) { return sortKey(left) < sortKey(right); });
}

std::optional<Entry> DirectoryEntryReader::next() {
  throwIfCancelled(cancelled_);
  file_.reset();
  if (nextEntry_ == entries_.size()) {
    return std::nullopt;
  }
  const Entry& entry = entries_[nextEntry_++];
  if (isOfExport(entry)) {
    file_.emplace(root_ + "/" + leadingFolder_.name() + entry.path);
  }
  return entry;
}

std::string_view DirectoryEntryReader::read() {
  throwIfCancelled(cancelled_);
  return file_ ? file_->read() : std::string_view();
}

}  // namespace wsferry::archive
