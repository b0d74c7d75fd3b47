#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/text/sha256.hpp"
#include "strapi/messages/asset_items.hpp"
#include "wsferry/strapi/source.hpp"

namespace wsferry::strapi {

/// Checks the flow of asset items (protocol section 5) and hands it on: every asset begins once,
/// ends once, and has the checksum it should have. Several may be open at a time.
class AssetReceiver {
 public:
  /// With `checksumsRequired`, an asset without a SHA-256 checksum is refused; a checksum that is
  /// given is verified in any case.
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

}  // namespace wsferry::strapi
