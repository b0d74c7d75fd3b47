#include "archive/directory_entries.hpp"

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "archive/entry_path.hpp"
#include "archive/file_error.hpp"

namespace wsferry::archive {
namespace {

namespace fs = std::filesystem;

auto sortKey(const Entry& entry) {
  const bool isMetadata = entry.kind == EntryKind::metadata;
  const bool isAsset = entry.kind == EntryKind::asset || entry.kind == EntryKind::assetMetadata;
  const bool isOther = entry.kind == EntryKind::other;
  const auto stage = isAsset ? strapi::TransferStage::assets : entry.stage;
  return std::tuple<bool, bool, strapi::TransferStage, const std::string&, bool,
                    const std::string&>(isOther, !isMetadata, stage, entry.filename,
                                        entry.kind == EntryKind::asset, entry.path);
}

Entry entryOf(const fs::directory_entry& found, const std::string& path) {
  Entry entry = describeEntry(path);
  if (found.is_regular_file() && !found.is_symlink()) {
    entry.size = found.file_size();
  } else {
    entry.kind = EntryKind::other;
    entry.filename.clear();
  }
  return entry;
}

}  // namespace

DirectoryEntries::DirectoryEntries(std::string root, const std::atomic<bool>* cancelled)
    : root_(std::move(root)), cancelled_(cancelled) {
  try {
    for (const auto& found : fs::recursive_directory_iterator(root_)) {
      throwIfCancelled(cancelled_);
      const std::string path = found.path().lexically_relative(root_).generic_string();
      if (found.is_symlink() || !found.is_directory()) {
        entries_.push_back(entryOf(found, path));
      }
    }
  } catch (const fs::filesystem_error& error) {
    throwFileError("read the folder", root_, error.code().value());
  }
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& left, const Entry& right) { return sortKey(left) < sortKey(right); });
}

std::optional<Entry> DirectoryEntries::next() {
  throwIfCancelled(cancelled_);
  file_.reset();
  if (nextEntry_ == entries_.size()) {
    return std::nullopt;
  }
  const Entry& entry = entries_[nextEntry_++];
  if (entry.kind != EntryKind::other) {
    file_.emplace(root_ + "/" + entry.path);
  }
  return entry;
}

std::string_view DirectoryEntries::read() {
  throwIfCancelled(cancelled_);
  return file_ ? file_->read() : std::string_view();
}

}  // namespace wsferry::archive
