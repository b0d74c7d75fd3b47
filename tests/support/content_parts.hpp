#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "wsferry/testing/content.hpp"

namespace support {

/// All records of a stage, in their order.
inline std::vector<std::string> recordsOf(const wsferry::testing::Content& content,
                                          wsferry::strapi::TransferStage stage) {
  std::vector<std::string> all;
  const auto next = content.records(stage);
  for (std::string record = next(); !record.empty(); record = next()) {
    all.push_back(std::move(record));
  }
  return all;
}

/// All bytes of an asset.
inline std::string bytesOf(const wsferry::testing::Content& content, std::size_t asset) {
  std::string all;
  const auto next = content.assetBytes(asset);
  for (std::string piece = next(); !piece.empty(); piece = next()) {
    all += piece;
  }
  return all;
}

}  // namespace support
