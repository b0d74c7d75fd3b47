#include "archive/container/entry_path.hpp"

#include <algorithm>

#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

constexpr std::string_view uploads = "assets/uploads";
constexpr std::string_view assetMetadata = "assets/metadata";

// Of one part of a path. Those of names that a file of the media library may have are left out.
bool isLeftoverName(std::string_view name, bool mayBeAsset) {
  constexpr std::string_view names[] = {"Thumbs.db", "desktop.ini", "__MACOSX"};
  constexpr std::string_view endings[] = {"~", ".swp", ".swo", ".bak", ".orig", ".tmp"};
  if (name == "." || name == "..") {
    return false;
  }
  return startsWith(name, ".") ||
         std::find(std::begin(names), std::end(names), name) != std::end(names) ||
         (!mayBeAsset && (startsWith(name, "#") ||
                          std::any_of(std::begin(endings), std::end(endings),
                                      [name](auto ending) { return endsWith(name, ending); })));
}

// Where an export's path begins in one that was packed with the folders around it.
std::optional<std::size_t> exportStart(std::string_view path) {
  if (isLeftover(path)) {
    return std::nullopt;
  }
  for (std::size_t start = 0;;) {
    if (isOfExport(describeEntry(std::string(path.substr(start))))) {
      return start;
    }
    const std::size_t slash = path.find('/', start);
    if (slash == std::string_view::npos) {
      return std::nullopt;
    }
    start = slash + 1;
  }
}

bool isFileName(std::string_view name) {
  return !name.empty() && name != "." && name != "..";
}

}  // namespace

std::string normalizedPath(std::string_view path) {
  std::string normalized(path);
  std::replace(normalized.begin(), normalized.end(), '\\', '/');
  std::string_view rest = normalized;
  for (;;) {
    if (rest.substr(0, 1) == "/") {
      rest.remove_prefix(1);
    } else if (rest.substr(0, 2) == "./") {
      rest.remove_prefix(2);
    } else {
      return std::string(rest);
    }
  }
}

Entry describeEntry(std::string path) {
  constexpr std::string_view json = ".json";
  Entry entry;
  entry.path = std::move(path);
  if (isLeftover(entry.path)) {
    entry.kind = EntryKind::leftover;
    return entry;
  }
  const auto slash = entry.path.find_last_of('/');
  if (slash == std::string::npos) {
    if (entry.path == "metadata.json") {
      entry.kind = EntryKind::metadata;
    }
    return entry;
  }
  const auto folder = std::string_view(entry.path).substr(0, slash);
  const auto name = std::string_view(entry.path).substr(slash + 1);
  if (folder == uploads && isFileName(name)) {
    entry.kind = EntryKind::asset;
    entry.filename = name;
  } else if (folder == assetMetadata && endsWith(name, json) && name.size() > json.size()) {
    entry.kind = EntryKind::assetMetadata;
    entry.filename = name.substr(0, name.size() - json.size());
  } else if (folder == "checksums" && startsWith(name, "checksums_") && endsWith(name, ".jsonl")) {
    entry.kind = EntryKind::checksums;
  } else if (endsWith(name, ".jsonl")) {
    for (const auto stage : strapi::stageOrder) {
      if (stage != strapi::TransferStage::assets && folder == strapi::toString(stage)) {
        entry.kind = EntryKind::records;
        entry.stage = stage;
      }
    }
  }
  return entry;
}

bool isLeftover(std::string_view path) {
  const bool mayBeAsset =
      startsWith(path, std::string(uploads) + "/") ||
      (startsWith(path, std::string(assetMetadata) + "/") && endsWith(path, ".json"));
  for (std::size_t start = 0; start < path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    if (isLeftoverName(path.substr(start, end - start), mayBeAsset)) {
      return true;
    }
    start = end + 1;
  }
  return false;
}

std::string_view LeadingFolder::strip(std::string_view path) {
  const auto start = exportStart(path);
  if (start && !name_) {
    name_ = path.substr(0, *start);
  }
  if (!name_ || name_->empty()) {
    return path;
  }
  if (startsWith(path, *name_)) {
    return path.substr(name_->size());
  }
  if (start) {
    throw Error(ArchiveErrc::invalidArchive, "an export is in " + *name_ + ", and " +
                                                 std::string(path) +
                                                 " is part of another one: give the folder of one");
  }
  return path;
}

const std::string& LeadingFolder::name() const {
  static const std::string none;
  return name_ ? *name_ : none;
}

bool isFolder(const Entry& entry) {
  return !entry.path.empty() && entry.path.back() == '/';
}

bool isOfExport(const Entry& entry) {
  return entry.kind != EntryKind::other && entry.kind != EntryKind::leftover;
}

bool isInStageFolder(const Entry& entry) {
  const auto first = std::string_view(entry.path).substr(0, entry.path.find('/'));
  return std::any_of(strapi::stageOrder.begin(), strapi::stageOrder.end(),
                     [first](auto stage) { return first == strapi::toString(stage); });
}

}  // namespace wsferry::archive
