#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/archive_source_fixture.hpp"
#include "wsferry/archive/archive_inspection.hpp"

namespace support {

using wsferry::archive::ArchiveSummary;
using wsferry::archive::verifyArchive;

/// With one part for each stage.
inline ArchiveSummary verified(const Export& content) {
  std::vector<std::pair<std::string, std::string>> entries;
  for (auto& [path, bytes] : entriesOf(content)) {
    const bool goesOn = !entries.empty() && contains(path, ".jsonl") &&
                        entries.back().first.substr(0, 5) == path.substr(0, 5);
    if (goesOn) {
      entries.back().second += bytes;
    } else {
      entries.emplace_back(path, bytes);
    }
  }
  const TemporaryFolder folder;
  writeFile(folder / "x.tar", tarOf(entries));
  return verifyArchive(folder / "x.tar");
}

inline bool remarksOn(const Export& content, const std::string& part) {
  const ArchiveSummary summary = verified(content);
  return summary.problems.empty() &&
         std::any_of(summary.remarks.begin(), summary.remarks.end(),
                     [&](const std::string& remark) { return contains(remark, part); });
}

/// Whether verification finds exactly one problem, and it says `part`.
inline bool findsOnly(const Export& content, const std::string& part) {
  const auto problems = verified(content).problems;
  for (const auto& problem : problems) {
    UNSCOPED_INFO(problem);
  }
  return problems.size() == 1 && contains(problems[0], part);
}

inline std::string linkBetween(const std::string& left, const std::string& right) {
  return R"({"kind":"relation.basic","relation":"oneToOne","left":)" + left + R"(,"right":)" +
         right + "}";
}

}  // namespace support
