#pragma once

#include <string>
#include <vector>

namespace wsferry::tool {

/// A table of text with a frame, as Strapi's own tool prints it: the first column to the left, the
/// others to the right. Cells have to be printable.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> heads);

  void add(std::vector<std::string> cells);

  /// A row behind a line, for totals.
  void addTotal(std::vector<std::string> cells);

  std::string text() const;

 private:
  struct Row {
    std::vector<std::string> cells;
    bool ruleAbove = false;
  };
  std::string line(const Row& row) const;

  std::vector<Row> rows_;  ///< The first has the heads.
  std::vector<std::size_t> widths_;
};

}  // namespace wsferry::tool
