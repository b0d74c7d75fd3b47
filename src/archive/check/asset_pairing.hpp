#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/check/asset_metadata.hpp"
#include "archive/check/content_digest.hpp"
#include "archive/check/record_shape.hpp"
#include "archive/checksums/kept_checksums.hpp"
#include "archive/findings/findings.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
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

  /// Reports what has found no counterpart, among the records neither, and what has other bytes
  /// than were stored.
  void finish(const RecordShape& records, const KeptChecksums& checksums);

  /// How many uploads have the bytes of their checksum.
  std::uint64_t withRightChecksum() const { return withRightChecksum_; }

  /// Of the assets that have both.
  const std::map<std::string, strapi::Tally>& byProvider() const { return byProvider_; }

 private:
  struct Upload {
    std::uint64_t size = 0;
    std::string sha256;
  };
  struct Metadata {
    Sha256 digest;  ///< Of the asset, begun. The text may have kilobytes.
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
  std::map<std::string, Upload> uploads_;  ///< All of them.
  std::uint64_t withRightChecksum_ = 0;
  std::map<std::string, strapi::Tally> byProvider_;
  std::vector<Pair> paired_;  ///< The assets that have both.
};

}  // namespace wsferry::archive
