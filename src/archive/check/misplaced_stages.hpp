#pragma once

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <string_view>

#include "archive/findings/findings.hpp"
#include "wsferry/strapi/tally.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::archive {

/// Files that look like a part of a stage, and have no place in the export: `Links/links_1.jsonl`,
/// `links/.links_1.jsonl`. Keeps one for each stage.
class MisplacedStages {
 public:
  /// A file that is no part of the export.
  void add(const std::string& path) {
    std::string text = "/" + path;
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char character) {
      return static_cast<char>(std::tolower(character));
    });
    using strapi::TransferStage;
    for (const auto stage : {TransferStage::schemas, TransferStage::entities, TransferStage::assets,
                             TransferStage::links, TransferStage::configuration}) {
      const std::string folder = "/" + std::string(strapi::toString(stage)) + "/";
      if (text.find(folder) != std::string::npos &&
          (stage == TransferStage::assets || isRecords(text))) {
        paths_.emplace(stage, path);
      }
    }
  }

  /// Everything has been seen: of each stage as much as `totals` tell.
  void finish(const std::map<strapi::TransferStage, strapi::Tally>& totals,
              Findings& findings) const {
    for (const auto& [stage, path] : paths_) {
      if (totals.count(stage) == 0) {
        const std::string name(strapi::toString(stage));
        findings.refuse(path + " has no place in an export, which has no " + name +
                        ": it looks like a part of them");
      }
    }
  }

 private:
  static bool isRecords(std::string_view path) {
    constexpr std::string_view ending = ".jsonl";
    return path.size() > ending.size() && path.substr(path.size() - ending.size()) == ending;
  }

  std::map<strapi::TransferStage, std::string> paths_;
};

}  // namespace wsferry::archive
