#include "tool/terminal/result_table.hpp"

#include <cstddef>

#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/size_format.hpp"
#include "tool/terminal/text_table.hpp"

namespace wsferry::tool {

namespace {

constexpr std::size_t maxNameWidth = 60;

std::vector<std::string> cells(std::string name, const strapi::Tally& tally) {
  return {std::move(name), formatCount(tally.count), formatBytes(tally.bytes)};
}

}  // namespace

std::string stageTable(const std::vector<StageRow>& stages) {
  TextTable table({"Type", "Count", "Size"});
  strapi::Tally total;
  for (const StageRow& row : stages) {
    table.add(cells(std::string(strapi::toString(row.stage)), row.tally));
    total.count += row.tally.count;
    total.bytes += row.tally.bytes;
    for (const auto& [name, tally] : row.parts) {
      const bool unnamed = row.stage == strapi::TransferStage::assets && name.empty();
      table.add(cells("-- " + printable(unnamed ? "No extension" : name, maxNameWidth), tally));
    }
  }
  table.addTotal(cells("Total", total));
  return table.text();
}

std::string transferTable(const strapi::TransferResult& result) {
  std::vector<StageRow> rows;
  for (const auto& [stage, progress] : result.stages) {
    rows.push_back({stage, progress.moved, {}});
    if (stage == strapi::TransferStage::entities || stage == strapi::TransferStage::assets) {
      rows.back().parts.assign(progress.aggregates.begin(), progress.aggregates.end());
    }
  }
  return stageTable(rows);
}

}  // namespace wsferry::tool
