#pragma once

#include <string>
#include <utility>
#include <vector>

#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::tool {

/// One stage for stageTable().
struct StageRow {
  strapi::TransferStage stage;
  strapi::Tally tally;
  std::vector<std::pair<std::string, strapi::Tally>> parts;  ///< Shown below it.
};

/// Type | Count | Size: stages, their parts and the total. Names may come from a server: they are
/// made printable.
std::string stageTable(const std::vector<StageRow>& stages);

/// Stages with entities by content type and assets by extension, and the total.
std::string transferTable(const strapi::TransferResult& result);

}  // namespace wsferry::tool
