#include "tool/terminal/text_table.hpp"

#include <algorithm>
#include <utility>

#include "tool/terminal/printable_text.hpp"

namespace wsferry::tool {

namespace {

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::string space(width - std::min(width, displayWidth(text)), ' ');
  return right ? space + text : text + space;
}

}  // namespace

TextTable::TextTable(std::vector<std::string> heads) : widths_(heads.size()) {
  add(std::move(heads));
}

void TextTable::add(std::vector<std::string> cells) {
  cells.resize(widths_.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    widths_[i] = std::max(widths_[i], displayWidth(cells[i]));
  }
  rows_.push_back({std::move(cells), rows_.size() == 1});
}

void TextTable::addTotal(std::vector<std::string> cells) {
  add(std::move(cells));
  rows_.back().ruleAbove = true;
}

std::string TextTable::line(const Row& row) const {
  std::string out = "|";
  for (std::size_t i = 0; i < widths_.size(); ++i) {
    out += " " + padded(row.cells[i], widths_[i], i > 0) + " |";
  }
  return out + "\n";
}

std::string TextTable::text() const {
  std::string rule = "+";
  for (const std::size_t width : widths_) {
    rule += std::string(width + 2, '-') + "+";
  }
  rule += "\n";
  std::string out = rule;
  for (const Row& row : rows_) {
    out += (row.ruleAbove ? rule : std::string()) + line(row);
  }
  return out + (rows_.size() == 1 ? rule : std::string()) + rule;
}

}  // namespace wsferry::tool
