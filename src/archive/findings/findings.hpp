#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "archive/findings/problem_list.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/strapi/loss.hpp"

namespace wsferry::archive {

/// What a check of an archive finds, for a person to read.
class Findings {
 public:
  /// An import refuses it.
  void refuse(const std::string& what, About about = About::rest) {
    (ignoresFiles_ && about == About::file ? losses_ : refusals_).add(placed(what), about);
  }
  /// What an import refuses in a file is the loss of a file from now on.
  void ignoreFiles() { ignoresFiles_ = true; }

  /// An import goes on without it, or with less of it than there was.
  void lose(const std::string& what, About about = About::rest) {
    losses_.add(placed(what), about);
  }

  /// The same of a file that is missing or short, unless somebody knows that such are.
  void loseFile(const std::string& name, const std::string& what) {
    (mayLackFiles_ ? remarks_ : losses_).add(placed(what), About::file, name);
    ++filesLackedCount_;
    if (filesLacked_.size() < strapi::mostLostFiles) {
      filesLacked_.push_back(name);
    }
  }
  void allowMissingFiles() { mayLackFiles_ = true; }

  /// An import takes it as it is.
  void remark(const std::string& what) { remarks_.add(placed(what)); }

  /// While it lives, what is found has this place before it. They are not nested.
  class Place {
   public:
    /// `text` is called where something is found.
    Place(Findings& findings, std::function<std::string()> text) : findings_(findings) {
      findings_.place_ = std::move(text);
    }
    ~Place() { findings_.place_ = nullptr; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    Findings& findings_;
  };

  std::vector<std::string> takeRefusals() { return refusals_.take(); }

  /// Both.
  std::vector<std::string> takeProblems() {
    refusals_.append(std::exchange(losses_, {}));
    return refusals_.take();
  }

  /// All that was found.
  void moveTo(ArchiveSummary& summary) {
    refusals_.append(std::exchange(losses_, {}));
    summary.fileProblems = refusals_.ofFiles();
    refusals_.addLackingFiles(summary.lackingFiles);
    remarks_.addLackingFiles(summary.lackingFiles);
    summary.filesLacked = std::move(filesLacked_);
    summary.filesLackedCount = filesLackedCount_;
    summary.problems = refusals_.take();
    summary.remarks = remarks_.take();
  }

 private:
  std::string placed(const std::string& what) const {
    return place_ ? place_() + ": " + what : what;
  }

  std::function<std::string()> place_;
  bool mayLackFiles_ = false;
  bool ignoresFiles_ = false;
  ProblemList refusals_;
  ProblemList losses_;
  ProblemList remarks_;
  std::vector<std::string> filesLacked_;
  std::uint64_t filesLackedCount_ = 0;
};

}  // namespace wsferry::archive
