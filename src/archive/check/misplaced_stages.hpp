#pragma once

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <string_view>

#include "archive/findings/findings.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/strapi/tally.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::archive {

/// Files that look like a part of a stage, and have no place in the export: `Links/links_1.jsonl`,
/// `links/.links_00001.jsonl.Ab12Cd`. Keeps one for each stage.
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
          (stage == TransferStage::assets || isRecords(text, stage))) {
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
  // Also of a part that a copy or an editor gave another ending: what rsync had not finished.
  static bool isRecords(std::string_view path, strapi::TransferStage stage) {
    constexpr std::string_view ending = ".jsonl";
    const std::string_view name = path.substr(path.rfind('/') + 1);
    const std::string start = std::string(strapi::toString(stage)) + "_";
    const std::size_t at = name.find(start);
    const std::size_t end =
        at == name.npos ? at : name.find_first_not_of("0123456789", at + start.size());
    return endsWith(name, ending) || (end != name.npos && end > at + start.size() &&
                                      name.substr(end, ending.size()) == ending);
  }

  std::map<strapi::TransferStage, std::string> paths_;
};

}  // namespace wsferry::archive
