#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/check/asset_metadata.hpp"
#include "archive/check/content_digest.hpp"
#include "archive/check/findings.hpp"
#include "archive/check/record_shape.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::archive {

/// Whether each asset has metadata that an import accepts, and the size that they tell.
class AssetPairing {
 public:
  /// Both outlive it.
  AssetPairing(ContentDigest& digest, Findings& findings) : digest_(digest), findings_(findings) {}

  /// A second one of a name is only compared with the first.
  void addUpload(const std::string& name, std::uint64_t size, std::string sha256);

  /// The first of a name.
  void addMetadata(const std::string& name, std::string_view json);

  /// Reports what has found no counterpart, among the records neither.
  void finish(const RecordShape& records) const;

  /// Of the assets that have both.
  const std::map<std::string, strapi::Tally>& byProvider() const { return byProvider_; }

 private:
  struct Upload {
    std::uint64_t size = 0;
    std::string sha256;
  };
  struct Metadata {
    std::string canonicalJson;
    AssetMetadata members;
  };
  struct Asset {
    std::optional<Upload> upload;
    std::optional<Metadata> metadata;
  };
  struct Pair {
    std::string name;
    AssetMetadata metadata;
    std::uint64_t size = 0;
  };

  void pair(const std::string& name);

  ContentDigest& digest_;
  Findings& findings_;
  std::map<std::string, Asset> unpaired_;
  std::map<std::string, std::string> hashes_;  ///< Of all uploads.
  std::map<std::string, strapi::Tally> byProvider_;
  std::vector<Pair> paired_;  ///< The assets that have both.
};

}  // namespace wsferry::archive
