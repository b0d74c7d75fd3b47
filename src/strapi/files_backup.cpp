#include "strapi/files_backup.hpp"

#include <utility>

#include "strapi/push_answers.hpp"

namespace wsferry::strapi {

void FilesBackup::note(const Diagnostic& diagnostic) {
  auto named = readFilesBackup(diagnostic);
  const std::lock_guard lock(mutex_);
  announced_ = announced_ || announcesFilesBackup(diagnostic);
  if (named) {
    folder_ = std::move(*named);
  }
}

std::string FilesBackup::folder() const {
  const std::lock_guard lock(mutex_);
  return folder_;
}

bool FilesBackup::failed() const {
  const std::lock_guard lock(mutex_);
  return announced_ && folder_.empty();
}

}  // namespace wsferry::strapi
