#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/sha256.hpp"
#include "strapi/asset_items.hpp"
#include "wsferry/strapi/source.hpp"

namespace wsferry::testing {

/// How many items of a step were begun and finished.
struct StepStatistics {
  unsigned started = 0;
  unsigned finished = 0;
};

/// The assets of a push as their items arrive (protocol section 5). Not thread-safe.
class PushedAssets {
 public:
  /// With `checksums` each asset must have the right one; `legacy` takes only byte arrays.
  PushedAssets(bool checksums, bool legacy) : checksums_(checksums), legacy_(legacy) {}

  /// Hands the items of a message on, and counts them.
  /// @throws Refusal; Error for what is no item, and as the sink.
  void receive(std::string_view items, strapi::AssetSink& sink, StepStatistics& statistics);

 private:
  using Open = std::map<std::string, std::optional<Sha256>, std::less<>>;

  Open::iterator find(const strapi::AssetItem& item, std::string_view action);
  void verify(Open::iterator asset, const strapi::AssetItem& item) const;

  bool checksums_;
  bool legacy_;
  strapi::AssetItemReader reader_;
  Open open_;
};

}  // namespace wsferry::testing
