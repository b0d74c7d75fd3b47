#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "wsferry/core/detail/text/utf8_validator.hpp"

namespace wsferry::archive {

/// What a problem is about: a file of the media library with its metadata, or the rest.
enum class About { rest, file };

/// Keeps the first problems, each cut where it repeats too much of the archive, and counts the
/// rest.
class ProblemList {
 public:
  /// `lackingFile` is the name of a file that it says to be missing or short; empty for none.
  void add(std::string text, About about = About::rest, std::string lackingFile = {}) {
    if (problems_.size() < limit) {
      if (text.size() > longest) {
        cut(text);
      }
      problems_.push_back({std::move(text), about, std::move(lackingFile)});
    } else {
      ++(about == About::file ? moreOfFiles_ : more_);
    }
  }

  void append(ProblemList other) {
    for (Problem& problem : other.problems_) {
      add(std::move(problem.text), problem.about, std::move(problem.lackingFile));
    }
    more_ += other.more_;
    moreOfFiles_ += other.moreOfFiles_;
  }

  /// The texts of those about files.
  std::vector<std::string> ofFiles() const {
    std::vector<std::string> texts;
    for (const Problem& problem : problems_) {
      if (problem.about == About::file) {
        texts.push_back(problem.text);
      }
    }
    addRestOfFiles(texts);
    return texts;
  }

  /// Adds the names of the files that are missing or short, by the texts that say so.
  void addLackingFiles(std::map<std::string, std::string>& files) const {
    for (const Problem& problem : problems_) {
      if (!problem.lackingFile.empty()) {
        files.emplace(problem.text, problem.lackingFile);
      }
    }
  }

  /// The texts of all. Leaves the list empty.
  std::vector<std::string> take() {
    std::vector<std::string> texts;
    for (Problem& problem : std::exchange(problems_, {})) {
      texts.push_back(std::move(problem.text));
    }
    if (more_ > 0) {
      texts.push_back("and " + std::to_string(more_) + " more");
    }
    addRestOfFiles(texts);
    more_ = 0;
    moreOfFiles_ = 0;
    return texts;
  }

 private:
  struct Problem {
    std::string text;
    About about;
    std::string lackingFile;
  };

  void addRestOfFiles(std::vector<std::string>& texts) const {
    if (moreOfFiles_ > 0) {
      texts.push_back("and " + std::to_string(moreOfFiles_) + " more of files");
    }
  }

  // Before a character of UTF-8, not within.
  static void cut(std::string& text) {
    std::size_t end = longest;
    while (end > 0 && isUtf8Continuation(text[end])) {
      --end;
    }
    text.erase(end);
    text += "...";
  }

  static constexpr std::size_t limit = 100;
  static constexpr std::size_t longest = 2000;
  std::vector<Problem> problems_;
  std::uint64_t more_ = 0;
  std::uint64_t moreOfFiles_ = 0;
};

}  // namespace wsferry::archive
