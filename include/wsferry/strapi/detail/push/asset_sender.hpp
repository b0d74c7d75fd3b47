#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/core/uuid.hpp"
#include "wsferry/strapi/detail/push/asset_batch.hpp"
#include "wsferry/strapi/detail/push/push_pipeline.hpp"
#include "wsferry/strapi/detail/push/stage_error.hpp"
#include "wsferry/strapi/source.hpp"
#include "wsferry/strapi/transfer_error.hpp"

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
  /// asset; as PushPipeline::drain(). The stage is then not ended.
  std::uint64_t finish();

  /// Ends the stage and drops what is left. The connection may go.
  void abandon() noexcept;

 private:
  struct Asset {
    std::string wireID;
    std::string filename;
    std::string sha256;  ///< If the source knows it.
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

inline void AssetSender::open(PushPipeline& connection, std::string_view transferID,
                              AssetEncoding encoding, bool checksums) {
  connection_ = &connection;
  checksums_ = checksums;
  sent_ = 0;
  batch_.emplace(transferID, encoding);
}

inline void AssetSender::begin(std::string_view assetID, const AssetInfo& info) {
  if (!batch_) {
    throw Error(Errc::invalidState, "Files need their stage: call beginStage() first.");
  }
  const auto [asset, added] = assets_.try_emplace(std::string(assetID));
  if (!added) {
    throw stageError(TransferStage::assets, TransferErrc::invalidRecord,
                     "Two files have the same id at the same time.", info.filename);
  }
  // The source's own ids may be anything; servers use them as names of object members.
  asset->second.wireID = Uuid::random().toString();
  asset->second.filename = info.filename;
  asset->second.sha256 = info.sha256;
  if (batch_->isDue(info)) {
    connection_->send(batch_->take());
  }
  batch_->start(asset->second.wireID, info);
  ++sent_;
  sendFull();
}

inline void AssetSender::write(std::string_view assetID, std::string_view bytes) {
  Asset& asset = openAsset(assetID);
  if (checksums_ && asset.sha256.empty()) {
    asset.hash.update(bytes);
  }
  while (!bytes.empty()) {
    bytes.remove_prefix(batch_->add(asset.wireID, asset.filename, bytes));
    sendFull();
  }
}

inline void AssetSender::end(std::string_view assetID) {
  Asset& asset = openAsset(assetID);
  std::string sha256;
  if (checksums_) {
    sha256 = asset.sha256.empty() ? asset.hash.hex() : asset.sha256;
  }
  batch_->end(asset.wireID, asset.filename, sha256);
  assets_.erase(std::string(assetID));
  sendFull();
}

inline std::uint64_t AssetSender::finish() {
  if (!assets_.empty()) {
    throw stageError(TransferStage::assets, Errc::dataMissing,
                     "The stage ends in the middle of a file.", assets_.begin()->second.filename);
  }
  if (batch_) {
    if (!batch_->isEmpty()) {
      connection_->send(batch_->take());
    }
    connection_->drain();
    batch_.reset();
  }
  return sent_;
}

inline void AssetSender::abandon() noexcept {
  assets_.clear();
  batch_.reset();
}

inline AssetSender::Asset& AssetSender::openAsset(std::string_view assetID) {
  const auto asset = assets_.find(std::string(assetID));
  if (asset == assets_.end()) {
    throw Error(Errc::invalidState, "There is no open file with this id: call begin() first.");
  }
  return asset->second;
}

inline void AssetSender::sendFull() {
  if (batch_->isFull()) {
    connection_->send(batch_->take());
  }
}

}  // namespace wsferry::strapi
