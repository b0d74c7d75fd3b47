#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "archive/asset_names.hpp"
#include "archive/tree_writer.hpp"
#include "wsferry/strapi/source.hpp"

namespace wsferry::archive {

/// Stores assets and their metadata under safe names, and notes what the user should know.
class AssetWriter final : public strapi::AssetSink {
 public:
  /// `tree` and `notes` outlive it.
  AssetWriter(TreeWriter& tree, std::size_t longestName, std::vector<std::string>& notes);

  void begin(std::string_view assetID, const strapi::AssetInfo& info) override;
  void write(std::string_view assetID, std::string_view bytes) override;
  void end(std::string_view assetID) override;

  /// @throws Error with Errc::dataMissing if an asset has not ended.
  void endStage() const;

 private:
  struct OpenAsset {
    strapi::AssetInfo info;
    std::string name;
    std::uint64_t size = 0;
    std::unique_ptr<TreeFile> file;
  };
  using OpenAssets = std::map<std::string, OpenAsset, std::less<>>;

  OpenAssets::iterator find(std::string_view assetID);
  void noteNewName(std::string_view filename, const std::string& name);

  TreeWriter& tree_;
  std::vector<std::string>& notes_;
  AssetNames names_;
  OpenAssets open_;
};

}  // namespace wsferry::archive
