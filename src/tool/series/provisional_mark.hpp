#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "tool/series/series_archive.hpp"

namespace wsferry::tool {

/// The mark of series_archive.hpp that an archive lacks something, as long as it is not known that
/// it does not: a run may be killed in between. At its end it takes back what it has set, unless an
/// archive of this run has the name then. All calls are safe on any thread.
class ProvisionalMark {
 public:
  /// `isCertain`: the archive does not count, whatever is found of it.
  explicit ProvisionalMark(bool isCertain) : isCertain_(isCertain) {}
  ~ProvisionalMark();
  ProvisionalMark(const ProvisionalMark&) = delete;
  ProvisionalMark& operator=(const ProvisionalMark&) = delete;

  /// Right before an archive gets that name. If it is not certain to lack something, not where an
  /// archive is that counts as whole: what replaces that is whole as well, and until then the mark
  /// would be that one's. A failure does not matter: the mark is tried again where it is known what
  /// the archive lacks.
  void set(const std::string& path);

  /// The archive has its name, and the mark is for who knows what it lacks.
  void keep();

  /// The archive gets no name: takes the mark back, and sets none any more.
  void withdraw();

 private:
  void takeBack();

  std::mutex mutex_;
  std::string path_;                    ///< Where it is set; empty if it is not.
  std::optional<FileIdentity> before_;  ///< What had the name then...
  std::string damage_;                  ///< ...and the damage of it that was noted.
  const bool isCertain_;
  bool isWithdrawn_ = false;
};

}  // namespace wsferry::tool
