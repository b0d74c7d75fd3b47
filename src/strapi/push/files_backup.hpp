#pragma once

#include <mutex>
#include <string>

#include "wsferry/strapi/dispatcher.hpp"

namespace wsferry::strapi {

/// What a push's server tells in diagnostics about the old upload files. Thread-safe.
class FilesBackup {
 public:
  void note(const Diagnostic& diagnostic);

  /// The folder with the old files, if the server named it.
  std::string folder() const;

  /// Whether the server deletes the old files and has not set them aside, which is remote storage.
  bool areDeleted() const;

 private:
  mutable std::mutex mutex_;
  std::string folder_;
  bool deletes_ = false;
};

}  // namespace wsferry::strapi
