#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/strapi/tally.hpp"

namespace wsferry::tool {

/// How much an archive or a server has, before any selection.
struct ContentCounts {
  std::map<std::string, strapi::Tally> entitiesByType;
  std::uint64_t files = 0;  ///< Of a server the records of files, which is what it tells by itself.
  strapi::Tally configuration;

  std::uint64_t recordsOf(const std::string& type) const {
    const auto found = entitiesByType.find(type);
    return found == entitiesByType.end() ? 0 : found->second.count;
  }
};

inline ContentCounts countsOf(const archive::ArchiveSummary& archive) {
  const auto total = [&](strapi::TransferStage stage) {
    const auto found = archive.totals.find(stage);
    return found == archive.totals.end() ? strapi::Tally() : found->second;
  };
  return {archive.entitiesByType, total(strapi::TransferStage::assets).count,
          total(strapi::TransferStage::configuration)};
}

}  // namespace wsferry::tool
