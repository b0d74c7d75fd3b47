#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/messages/asset_items.hpp"
#include "wsferry/strapi/source.hpp"

namespace wsferry::strapi {

/// Checks the flow of asset items (protocol section 5) and hands it on: every asset begins once,
/// ends once, and has the checksum it should have. Several may be open at a time.
class AssetReceiver {
 public:
  /// With `checksumsRequired`, an asset without a SHA-256 checksum is refused; a given checksum is
  /// verified in any case.
  AssetReceiver(AssetSink& sink, bool checksumsRequired)
      : sink_(sink), checksumsRequired_(checksumsRequired) {}

  /// @throws Error: protocolViolation for items out of order, checksumMismatch naming the file, and
  /// what the sink throws.
  void receive(std::string_view items);

  /// The stage is over. @throws Error with Errc::dataMissing if an asset is still open.
  void finish() const;

 private:
  struct Open {
    std::string filename;
    Sha256 hash;
  };

  void begin(const AssetItem& item);
  void end(const AssetItem& item);
  void verify(Open& asset, const AssetItem& item) const;
  std::map<std::string, Open, std::less<>>::iterator find(const AssetItem& item);

  AssetSink& sink_;
  bool checksumsRequired_;
  AssetItemReader reader_;
  std::map<std::string, Open, std::less<>> open_;
};

namespace detail {

inline Error failure(Errc code, std::string_view filename, std::string message) {
  return Error(code, std::move(message)).at({}, SubjectKind::asset, std::string(filename));
}

}  // namespace detail

inline void AssetReceiver::receive(std::string_view items) {
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

inline void AssetReceiver::begin(const AssetItem& item) {
  const auto [asset, added] = open_.try_emplace(std::string(item.assetID));
  if (!added) {
    throw detail::failure(Errc::protocolViolation, item.info.filename,
                          "The server started a file twice.");
  }
  asset->second.filename = item.info.filename;
  sink_.begin(item.assetID, item.info);
}

inline void AssetReceiver::end(const AssetItem& item) {
  const auto asset = find(item);
  verify(asset->second, item);
  sink_.end(item.assetID);
  open_.erase(asset);
}

inline void AssetReceiver::verify(Open& asset, const AssetItem& item) const {
  if (!item.checksum) {
    if (checksumsRequired_) {
      throw detail::failure(Errc::checksumMismatch, asset.filename,
                            "The server promised checksums but sent none for this file.");
    }
    return;
  }
  if (!equalsIgnoringCase(item.checksum->algorithm, "sha256")) {
    throw detail::failure(Errc::checksumMismatch, asset.filename,
                          "The server sent a checksum of an unknown kind (" +
                              printable(item.checksum->algorithm, 100) + ").");
  }
  if (!equalsIgnoringCase(item.checksum->value, asset.hash.hex())) {
    throw detail::failure(Errc::checksumMismatch, asset.filename,
                          "The file does not match the checksum that the server sent: it was "
                          "damaged on the way, or changed while the server read it. Try again.");
  }
}

inline std::map<std::string, AssetReceiver::Open, std::less<>>::iterator AssetReceiver::find(
    const AssetItem& item) {
  const auto asset = open_.find(item.assetID);
  if (asset == open_.end()) {
    throw detail::failure(Errc::protocolViolation, item.assetID,
                          "The server sent data for a file that it had not started.");
  }
  return asset;
}

inline void AssetReceiver::finish() const {
  if (!open_.empty()) {
    throw detail::failure(
        Errc::dataMissing, open_.begin()->second.filename,
        "The server ended the stage in the middle of this file" +
            (open_.size() == 1 ? std::string()
                               : " and of " + std::to_string(open_.size() - 1) + " more") +
            ".")
        .at(toString(TransferStage::assets));
  }
}

}  // namespace wsferry::strapi
