#include "strapi/push/files_backup.hpp"

#include <utility>

#include "strapi/messages/push_answers.hpp"

namespace wsferry::strapi {

void FilesBackup::note(const Diagnostic& diagnostic) {
  if (auto named = readFilesBackup(diagnostic)) {
    const std::lock_guard lock(mutex_);
    folder_ = std::move(*named);
  } else if (diagnostic.message == "deleting all assets") {
    const std::lock_guard lock(mutex_);
    deletes_ = true;
  }
}

bool FilesBackup::areDeleted() const {
  const std::lock_guard lock(mutex_);
  return deletes_ && folder_.empty();
}

std::string FilesBackup::folder() const {
  const std::lock_guard lock(mutex_);
  return folder_;
}

}  // namespace wsferry::strapi
