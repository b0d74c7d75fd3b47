#pragma once

#include <cstddef>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "archive/findings/findings.hpp"
#include "wsferry/archive/archive_reader.hpp"

namespace wsferry::archive {

/// The numbers of the parts that an export's records and checksums stand in: `links_00001.jsonl`
/// and so on, from 1 without a gap, as `strapi export` gives them. A part that a copy has lost
/// shows in nothing else. Other names are nobody's numbering, and take part in none.
class PartNumbers {
 public:
  void add(const Entry& entry) {
    if (entry.kind != EntryKind::records && entry.kind != EntryKind::checksums) {
      return;
    }
    const std::size_t slash = entry.path.rfind('/');
    const std::string folder = entry.path.substr(0, slash);
    const std::string_view name = std::string_view(entry.path).substr(slash + 1);
    const std::size_t start = folder.size() + 1;
    if (name.size() != start + digits + ending.size() || name.substr(0, folder.size()) != folder ||
        name[folder.size()] != '_') {
      return;
    }
    const std::string number(name.substr(start, digits));
    if (number.find_first_not_of("0123456789") != std::string::npos) {
      return;
    }
    const std::size_t index = std::stoul(number);
    std::vector<bool>& there = parts_[folder];
    if (there.size() <= index) {
      there.resize(index + 1, false);
    }
    there[index] = true;
  }

  /// Everything has been seen.
  void finish(Findings& findings) const {
    for (const auto& [folder, there] : parts_) {
      std::size_t missing = 0;
      std::size_t first = 0;
      for (std::size_t number = 1; number < there.size(); ++number) {
        if (!there[number] && ++missing == 1) {
          first = number;
        }
      }
      if (missing > 0) {
        findings.refuse(
            nameOf(folder, first) +
            (missing == 1 ? " is" : " and " + std::to_string(missing - 1) + " more are") +
            " missing, as there is " + nameOf(folder, there.size() - 1) +
            ": the archive is incomplete. If nothing is missing, number the parts from 00001 on");
      }
    }
  }

 private:
  static constexpr std::size_t digits = 5;
  static constexpr std::string_view ending = ".jsonl";

  static std::string nameOf(const std::string& folder, std::size_t number) {
    char text[24];
    std::snprintf(text, sizeof text, "%05zu", number);
    return folder + "/" + folder + "_" + text + std::string(ending);
  }

  std::map<std::string, std::vector<bool>> parts_;  ///< By folder: whether a number is there.
};

}  // namespace wsferry::archive
