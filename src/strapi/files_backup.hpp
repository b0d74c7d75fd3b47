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

 private:
  mutable std::mutex mutex_;
  std::string folder_;
};

}  // namespace wsferry::strapi
