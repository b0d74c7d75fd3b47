#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "archive/check/asset_metadata.hpp"
#include "archive/check/record_shape.hpp"
#include "archive/checksums/checksum_writer.hpp"
#include "archive/container/tree_writer.hpp"
#include "archive/findings/findings.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/strapi/source.hpp"

namespace wsferry::archive {

/// Stores assets and their metadata, each name once, and judges them as a verification does.
class AssetWriter final : public strapi::AssetSink {
 public:
  /// Everything outlives it. `records` have come already.
  AssetWriter(TreeWriter& tree, ChecksumWriter& checksums, std::size_t longestName,
              const RecordShape& records, Findings& findings, std::vector<std::string>& notes);

  void begin(std::string_view assetID, const strapi::AssetInfo& info) override;
  void write(std::string_view assetID, std::string_view bytes) override;
  void end(std::string_view assetID) override;

  /// @throws Error with Errc::dataMissing if an asset has not ended.
  void endStage();

 private:
  struct OpenAsset {
    strapi::AssetInfo info;
    AssetMetadata metadata;
    std::uint64_t size = 0;
    Sha256 hash;
    std::unique_ptr<TreeFile> file;  ///< Null for one that is not stored.
    bool isSecond = false;           ///< Another one of its name came first.
    bool isFilled = false;           ///< Its metadata lack what an import demands.
  };
  using OpenAssets = std::map<std::string, OpenAsset, std::less<>>;

  /// The first asset of a name.
  struct Stored {
    std::string sha256;                ///< Once it has ended.
    std::vector<std::string> waiting;  ///< Hashes of others that ended before it.
    std::uint64_t copies = 0;          ///< Others with the same bytes.
  };

  OpenAssets::iterator find(std::string_view assetID);
  bool isAcceptable(OpenAsset& asset);
  void fill(OpenAsset& asset);
  void compare(const std::string& name, Stored& first, const std::string& sha256);

  TreeWriter& tree_;
  ChecksumWriter& checksums_;
  const std::size_t longestName_;
  const RecordShape& records_;
  Findings& findings_;
  std::vector<std::string>& notes_;
  std::unordered_map<std::string, Stored> stored_;
  OpenAssets open_;
  std::uint64_t filled_ = 0;
  std::string firstFilled_;
};

}  // namespace wsferry::archive
