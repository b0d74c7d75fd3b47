#include "result_table.hpp"

#include <algorithm>
#include <cstddef>

#include "printable_text.hpp"
#include "size_format.hpp"

namespace wsferry::tool {

namespace {

constexpr std::size_t maxNameWidth = 60;

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::string space(width - std::min(width, displayWidth(text)), ' ');
  return right ? space + text : text + space;
}

}  // namespace

void ResultTable::push(std::string name, const strapi::Tally& tally, bool ruleAbove) {
  rows_.push_back({std::move(name), formatCount(tally.count), formatBytes(tally.bytes), ruleAbove});
}

void ResultTable::add(std::string_view name, const strapi::Tally& tally) {
  push(printable(name, maxNameWidth), tally, false);
}

void ResultTable::addPart(std::string_view name, const strapi::Tally& tally) {
  push("-- " + printable(name, maxNameWidth), tally, false);
}

void ResultTable::addTotal(const strapi::Tally& tally) {
  push("Total", tally, true);
}

std::string ResultTable::text() const {
  const Row head{"Type", "Count", "Size", false};
  std::size_t name = head.name.size();
  std::size_t count = head.count.size();
  std::size_t size = head.size.size();
  for (const Row& row : rows_) {
    name = std::max(name, displayWidth(row.name));
    count = std::max(count, row.count.size());
    size = std::max(size, row.size.size());
  }
  const std::string rule = "+" + std::string(name + 2, '-') + "+" + std::string(count + 2, '-') +
                           "+" + std::string(size + 2, '-') + "+\n";
  const auto line = [&](const Row& row) {
    return "| " + padded(row.name, name, false) + " | " + padded(row.count, count, true) + " | " +
           padded(row.size, size, true) + " |\n";
  };
  std::string out = rule + line(head) + rule;
  for (const Row& row : rows_) {
    out += (row.ruleAbove ? rule : std::string()) + line(row);
  }
  return out + rule;
}

std::string stageTable(const std::vector<StageRow>& stages) {
  ResultTable table;
  strapi::Tally total;
  for (const StageRow& row : stages) {
    table.add(strapi::toString(row.stage), row.tally);
    total.count += row.tally.count;
    total.bytes += row.tally.bytes;
    for (const auto& [name, tally] : row.parts) {
      const bool unnamed = row.stage == strapi::TransferStage::assets && name.empty();
      table.addPart(unnamed ? "No extension" : name, tally);
    }
  }
  table.addTotal(total);
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
