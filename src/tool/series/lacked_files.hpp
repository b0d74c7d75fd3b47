#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::tool {

/// Files that something lacks, by their names: how many bytes it has of each, or nothing.
struct LackedFiles {
  std::map<std::string, std::optional<std::uint64_t>, std::less<>> files;
  bool areAllNamed = true;  ///< Otherwise it may lack any file.

  bool isEmpty() const { return files.empty() && areAllNamed; }
};

/// What a transfer lost.
LackedFiles filesLostBy(const strapi::TransferResult& result);

/// What an archive lacks of the files that its records name. @throws Error as verifyArchive().
LackedFiles filesLackedBy(const std::string& path, const std::string& key,
                          const std::atomic<bool>* cancelled);

/// The files of the archive at `path` that are lacked by their names, or of which it has more.
/// @throws Error where it cannot be read, and with Errc::cancelled.
std::set<std::string> lackedFilesIn(const LackedFiles& lacked, const std::string& path,
                                    const std::string& key, const std::atomic<bool>* cancelled);

/// Whether the archive at `path` has any file. @throws Error as lackedFilesIn().
bool hasFiles(const std::string& path, const std::string& key, const std::atomic<bool>* cancelled);

}  // namespace wsferry::tool
