#pragma once

#include <mutex>
#include <string>
#include <utility>

#include "wsferry/strapi/detail/messages/server_words.hpp"
#include "wsferry/strapi/dispatcher.hpp"

namespace wsferry::strapi {

/// What a push's server says in diagnostics about the old upload files. Thread-safe.
class FilesBackup {
 public:
  void note(const Diagnostic& diagnostic);

  /// The folder with the old files, if the server named it.
  std::string folder() const;

  /// Whether the server deletes the old files instead of setting them aside, which means remote
  /// storage.
  bool areDeleted() const;

 private:
  mutable std::mutex mutex_;
  std::string folder_;
  bool deletes_ = false;
};

inline void FilesBackup::note(const Diagnostic& diagnostic) {
  if (auto named = readFilesBackup(diagnostic)) {
    const std::lock_guard lock(mutex_);
    folder_ = std::move(*named);
  } else if (diagnostic.message == "deleting all assets") {
    const std::lock_guard lock(mutex_);
    deletes_ = true;
  }
}

inline bool FilesBackup::areDeleted() const {
  const std::lock_guard lock(mutex_);
  return deletes_ && folder_.empty();
}

inline std::string FilesBackup::folder() const {
  const std::lock_guard lock(mutex_);
  return folder_;
}

}  // namespace wsferry::strapi
