#include "strapi/files_backup.hpp"

#include <utility>

#include "strapi/push_answers.hpp"

namespace wsferry::strapi {

void FilesBackup::note(const Diagnostic& diagnostic) {
  if (auto named = readFilesBackup(diagnostic)) {
    const std::lock_guard lock(mutex_);
    folder_ = std::move(*named);
  }
}

std::string FilesBackup::folder() const {
  const std::lock_guard lock(mutex_);
  return folder_;
}

}  // namespace wsferry::strapi
