#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/file/part_names.hpp"
#include "core/file/file_handle.hpp"
#include "tool/series/name_template.hpp"

namespace wsferry::tool {

/// Keeps other runs from the same target as long as it exists: the archive of one path, or all that
/// a template names. A lock on a hidden file beside it, `.NAME.lock`, which the system releases
/// also if the process is killed, and which is removed at the end.
class TargetLock {
 public:
  /// Takes it; `tell` gets a line for a person where nothing can be locked. A folder that is not
  /// there or read-only is left to who writes there. A symbolic link stands for what it leads to.
  /// @throws Error with ToolErrc::targetBusy, and who has it.
  TargetLock(const NameTemplate& target, std::function<void(const std::string&)> tell);
  ~TargetLock();
  TargetLock(const TargetLock&) = delete;
  TargetLock& operator=(const TargetLock&) = delete;

  /// Whether it keeps others away.
  bool isHeld() const { return file_.isOpen(); }

  /// What earlier runs and attempts have left of the target, of any time. Nothing without the lock.
  std::vector<archive::AbandonedPart> leftovers() const;

  /// Removes these, and tells of it.
  void removeLeftovers() const;

  /// Removes some of them, and tells what cannot be, which `parts` then lacks.
  void remove(std::vector<archive::AbandonedPart>& parts) const;

 private:
  enum class Attempt { done, again, impossible, notThere };
  Attempt take();
  bool isPart(std::string_view part) const;
  void removeLostMarks() const;
  void introduce();
  [[noreturn]] void refuse(const FileHandle& file) const;

  const NameTemplate target_;
  const std::string place_;  ///< The target, where it really is; may have placeholders.
  std::function<void(const std::string&)> tell_;
  std::string path_;
  FileHandle file_;
};

/// The name of the first of some, and how many more there are.
std::string leftoversText(const std::vector<archive::AbandonedPart>& parts);

}  // namespace wsferry::tool
