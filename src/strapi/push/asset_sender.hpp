#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/text/sha256.hpp"
#include "strapi/push/asset_batch.hpp"
#include "strapi/push/push_pipeline.hpp"
#include "wsferry/strapi/source.hpp"

namespace wsferry::strapi {

/// Sends the assets of a stage over a push's connection, in batches, each with its checksum at the
/// end. Outside the stage assets are refused. Not thread-safe.
class AssetSender final : public AssetSink {
 public:
  /// Begins the stage. The connection must live until its end.
  void open(PushPipeline& connection, std::string_view transferID, AssetEncoding encoding,
            bool checksums);

  // These throw Error: as AssetBatch and PushPipeline::send().
  void begin(std::string_view assetID, const AssetInfo& info) override;
  void write(std::string_view assetID, std::string_view bytes) override;
  void end(std::string_view assetID) override;

  /// Ends the stage, if it is open: sends what is left, and waits until everything is answered.
  /// Returns how many assets there were. @throws Error with Errc::dataMissing in the middle of an
  /// asset; as PushPipeline::drain(). The stage then is not ended.
  std::uint64_t finish();

  /// Ends the stage and drops what is left. The connection may go.
  void abandon() noexcept;

 private:
  struct Asset {
    std::string wireID;
    std::string filename;
    Sha256 hash;
  };

  Asset& openAsset(std::string_view assetID);
  void sendFull();

  PushPipeline* connection_ = nullptr;
  bool checksums_ = false;
  std::optional<AssetBatch> batch_;                ///< While the stage is open.
  std::unordered_map<std::string, Asset> assets_;  ///< By the source's ids.
  std::uint64_t sent_ = 0;
};

}  // namespace wsferry::strapi
