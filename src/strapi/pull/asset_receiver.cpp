#include "strapi/pull/asset_receiver.hpp"

#include <algorithm>
#include <utility>

#include "core/text/ascii.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::strapi {
namespace {

Error failure(Errc code, std::string_view filename, std::string message) {
  ErrorInfo info;
  info.subject = std::string(filename);
  info.message = std::move(message);
  return Error(code, std::move(info));
}

}  // namespace

void AssetReceiver::receive(std::string_view items) {
  reader_.begin(items);
  AssetItem item;
  while (reader_.next(item)) {
    switch (item.action) {
      case AssetItem::Action::start:
        begin(item);
        break;
      case AssetItem::Action::stream:
        find(item)->second.hash.update(item.bytes);
        sink_.write(item.assetID, item.bytes);
        break;
      case AssetItem::Action::end:
        end(item);
        break;
    }
  }
}

void AssetReceiver::begin(const AssetItem& item) {
  const auto [asset, added] = open_.try_emplace(std::string(item.assetID));
  if (!added) {
    throw failure(Errc::protocolViolation, item.info.filename,
                  "The server started an asset twice.");
  }
  asset->second.filename = item.info.filename;
  sink_.begin(item.assetID, item.info);
}

void AssetReceiver::end(const AssetItem& item) {
  const auto asset = find(item);
  verify(asset->second, item);
  sink_.end(item.assetID);
  open_.erase(asset);
}

void AssetReceiver::verify(Open& asset, const AssetItem& item) const {
  if (!item.checksum) {
    if (checksumsRequired_) {
      throw failure(Errc::checksumMismatch, asset.filename,
                    "The server promised checksums but sent none for this file.");
    }
    return;
  }
  if (!equalsIgnoringCase(item.checksum->algorithm, "sha256")) {
    throw failure(Errc::checksumMismatch, asset.filename,
                  "The server sent a checksum of an unknown kind (" +
                      std::string(item.checksum->algorithm) + ").");
  }
  if (!equalsIgnoringCase(item.checksum->value, asset.hash.hex())) {
    throw failure(Errc::checksumMismatch, asset.filename,
                  "The file's bytes do not have the checksum that the server sent: they were "
                  "damaged on the way, or changed while the server read them. Try again.");
  }
}

std::map<std::string, AssetReceiver::Open, std::less<>>::iterator AssetReceiver::find(
    const AssetItem& item) {
  const auto asset = open_.find(item.assetID);
  if (asset == open_.end()) {
    throw failure(Errc::protocolViolation, item.assetID,
                  "The server sent data of an asset that it had not started.");
  }
  return asset;
}

void AssetReceiver::finish() const {
  if (!open_.empty()) {
    ErrorInfo info;
    info.stage = std::string(toString(TransferStage::assets));
    info.subject = open_.begin()->second.filename;
    info.message = "The server ended the stage in the middle of this file" +
                   (open_.size() == 1 ? std::string()
                                      : " and of " + std::to_string(open_.size() - 1) + " more") +
                   ".";
    throw Error(Errc::dataMissing, std::move(info));
  }
}

}  // namespace wsferry::strapi
