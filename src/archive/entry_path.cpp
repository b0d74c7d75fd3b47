#include "archive/entry_path.hpp"

#include <algorithm>

namespace wsferry::archive {
namespace {

constexpr std::string_view uploads = "assets/uploads";
constexpr std::string_view assetMetadata = "assets/metadata";

bool endsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
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

bool isFolder(const Entry& entry) {
  return !entry.path.empty() && entry.path.back() == '/';
}

bool isInStageFolder(const Entry& entry) {
  const auto first = std::string_view(entry.path).substr(0, entry.path.find('/'));
  return std::any_of(strapi::stageOrder.begin(), strapi::stageOrder.end(),
                     [first](auto stage) { return first == strapi::toString(stage); });
}

}  // namespace wsferry::archive
