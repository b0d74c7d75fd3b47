#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::tool {

/// The table Type | Count | Size that ends a transfer, as Strapi's own tool prints it. Names may
/// come from a server: they are made printable.
class ResultTable {
 public:
  void add(std::string_view name, const strapi::Tally& tally);

  /// A part of the row before, indented under it.
  void addPart(std::string_view name, const strapi::Tally& tally);

  /// The last row, behind a line.
  void addTotal(const strapi::Tally& tally);

  std::string text() const;

 private:
  struct Row {
    std::string name;
    std::string count;
    std::string size;
    bool ruleAbove = false;
  };
  void push(std::string name, const strapi::Tally& tally, bool ruleAbove);

  std::vector<Row> rows_;
};

/// One stage for stageTable().
struct StageRow {
  strapi::TransferStage stage;
  strapi::Tally tally;
  std::vector<std::pair<std::string, strapi::Tally>> parts;  ///< Shown below it.
};

/// Stages, their parts and the total.
std::string stageTable(const std::vector<StageRow>& stages);

/// Stages with entities by content type and assets by extension, and the total.
std::string transferTable(const strapi::TransferResult& result);

}  // namespace wsferry::tool
