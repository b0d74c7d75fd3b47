#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "archive/file/part_names.hpp"
#include "tool/series/target_lock.hpp"

namespace wsferry::tool {

/// The archives of one target that are not finished, and whose files another attempt takes: those
/// of killed runs, and the largest of this run's failed attempts. What is this run's goes with it.
/// What cannot be removed is told by the lock.
class UnfinishedParts {
 public:
  /// Takes the largest of what killed runs have left, and removes the others. `lock` outlives it.
  explicit UnfinishedParts(const TargetLock& lock);
  ~UnfinishedParts();
  UnfinishedParts(const UnfinishedParts&) = delete;
  UnfinishedParts& operator=(const UnfinishedParts&) = delete;

  std::vector<std::string> paths() const;

  /// What killed runs have left, and how many others of that were removed.
  const std::vector<archive::AbandonedPart>& leftovers() const { return leftovers_; }
  std::size_t removed() const { return removed_; }

  /// Takes what an attempt has left that failed, if that is more than what another one has.
  void takeAttempt();

  /// Removes what killed runs have left, which otherwise stays for a later run.
  void removeLeftovers();

 private:
  void remove(archive::AbandonedPart part) const;

  const TargetLock& lock_;
  std::vector<archive::AbandonedPart> leftovers_;
  std::size_t removed_ = 0;
  std::optional<archive::AbandonedPart> own_;
};

}  // namespace wsferry::tool
