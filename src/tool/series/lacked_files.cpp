#include "tool/series/lacked_files.hpp"

#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/archive/archive_reader.hpp"

namespace wsferry::tool {

namespace {

// Calls `take` with the name and size of each file until that is false.
template <class Take>
void forEachFile(const std::string& path, const std::string& key,
                 const std::atomic<bool>* cancelled, const Take& take) {
  archive::ArchiveReader reader(path, key, cancelled);
  while (const auto entry = reader.next()) {
    if (entry->kind == archive::EntryKind::asset && !take(entry->filename, entry->size)) {
      return;
    }
  }
}

}  // namespace

LackedFiles filesLostBy(const strapi::TransferResult& result) {
  LackedFiles lost;
  for (const strapi::Loss& loss : result.losses) {
    const bool isMissing = loss.kind == strapi::LossKind::missingFile;
    const bool isOfFiles = isMissing || loss.kind == strapi::LossKind::shortFile;
    lost.areAllNamed = lost.areAllNamed && (!isOfFiles || loss.count == loss.files.size());
    for (const strapi::LostFile& file : loss.files) {
      lost.files[file.name] = isMissing ? std::nullopt : std::optional(file.bytes);
    }
  }
  return lost;
}

LackedFiles filesLackedBy(const std::string& path, const std::string& key,
                          const std::atomic<bool>* cancelled) {
  archive::VerificationOptions options;
  options.allowMissingFiles = true;
  options.cancelled = cancelled;
  const archive::ArchiveSummary summary = archive::verifyArchive(path, key, options);
  LackedFiles lacked;
  lacked.areAllNamed = summary.filesLackedCount == summary.filesLacked.size();
  for (const std::string& name : summary.filesLacked) {
    lacked.files.emplace(name, std::nullopt);
  }
  forEachFile(path, key, cancelled, [&](const std::string& name, std::uint64_t size) {
    if (const auto found = lacked.files.find(name); found != lacked.files.end()) {
      found->second = size;
    }
    return true;
  });
  return lacked;
}

std::set<std::string> lackedFilesIn(const LackedFiles& lacked, const std::string& path,
                                    const std::string& key, const std::atomic<bool>* cancelled) {
  std::set<std::string> names;
  if (lacked.files.empty()) {
    return names;
  }
  forEachFile(path, key, cancelled, [&](const std::string& name, std::uint64_t size) {
    const auto found = lacked.files.find(name);
    if (found != lacked.files.end() && (!found->second || size > *found->second)) {
      names.insert(name);
    }
    return true;
  });
  return names;
}

bool hasFiles(const std::string& path, const std::string& key, const std::atomic<bool>* cancelled) {
  bool hasAny = false;
  forEachFile(path, key, cancelled, [&](const std::string&, std::uint64_t) {
    hasAny = true;
    return false;
  });
  return hasAny;
}

}  // namespace wsferry::tool
