#include "strapi/push/asset_sender.hpp"

#include "strapi/push/stage_error.hpp"
#include "wsferry/core/uuid.hpp"

namespace wsferry::strapi {

void AssetSender::open(PushPipeline& connection, std::string_view transferID,
                       AssetEncoding encoding, bool checksums) {
  connection_ = &connection;
  checksums_ = checksums;
  sent_ = 0;
  batch_.emplace(transferID, encoding);
}

void AssetSender::begin(std::string_view assetID, const AssetInfo& info) {
  if (!batch_) {
    throw Error(Errc::invalidState, "Assets need their stage: call beginStage() first.");
  }
  const auto [asset, added] = assets_.try_emplace(std::string(assetID));
  if (!added) {
    throw stageError(TransferStage::assets, Errc::invalidArchive,
                     "Two assets have one id at the same time.", info.filename);
  }
  // The source's own ids may be anything; servers use them as names of object members.
  asset->second.wireID = Uuid::random().toString();
  asset->second.filename = info.filename;
  if (batch_->isDue(info)) {
    connection_->send(batch_->take());
  }
  batch_->start(asset->second.wireID, info);
  ++sent_;
  sendFull();
}

void AssetSender::write(std::string_view assetID, std::string_view bytes) {
  Asset& asset = openAsset(assetID);
  if (checksums_) {
    asset.hash.update(bytes);
  }
  while (!bytes.empty()) {
    bytes.remove_prefix(batch_->add(asset.wireID, asset.filename, bytes));
    sendFull();
  }
}

void AssetSender::end(std::string_view assetID) {
  Asset& asset = openAsset(assetID);
  batch_->end(asset.wireID, asset.filename, checksums_ ? asset.hash.hex() : std::string());
  assets_.erase(std::string(assetID));
  sendFull();
}

std::uint64_t AssetSender::finish() {
  if (!assets_.empty()) {
    throw stageError(TransferStage::assets, Errc::dataMissing,
                     "The stage ends in the middle of an asset.", assets_.begin()->second.filename);
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

void AssetSender::abandon() noexcept {
  assets_.clear();
  batch_.reset();
}

AssetSender::Asset& AssetSender::openAsset(std::string_view assetID) {
  const auto asset = assets_.find(std::string(assetID));
  if (asset == assets_.end()) {
    throw Error(Errc::invalidState, "There is no open asset of this id: call begin() first.");
  }
  return asset->second;
}

void AssetSender::sendFull() {
  if (batch_->isFull()) {
    connection_->send(batch_->take());
  }
}

}  // namespace wsferry::strapi
