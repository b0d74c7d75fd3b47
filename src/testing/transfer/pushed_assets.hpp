#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/strapi/detail/messages/asset_items.hpp"
#include "wsferry/strapi/source.hpp"

namespace wsferry::testing {

/// How many items of a step were begun and finished.
struct StepStatistics {
  unsigned started = 0;
  unsigned finished = 0;
};

/// The `id` of an object as JavaScript would write it when it names a member: a number as it is, a
/// string without its quotes, and "undefined" when there is none.
std::string idOf(std::string_view json);

/// The assets of a push as their items arrive (protocol section 5). Not thread-safe.
class PushedAssets {
 public:
  /// With `checksums` each asset must have the right one; `legacy` takes only byte arrays. `files`
  /// are the ids of the upload files that assets may belong to.
  PushedAssets(bool checksums, bool legacy, std::set<std::string> files)
      : checksums_(checksums), legacy_(legacy), files_(std::move(files)) {}

  /// Hands the items of a message on, and counts them.
  /// @throws Refusal; Error for what is no item, and as the sink.
  void receive(std::string_view items, strapi::AssetSink& sink, StepStatistics& statistics);

 private:
  using Open = std::map<std::string, std::optional<Sha256>, std::less<>>;

  void start(const strapi::AssetItem& item, strapi::AssetSink& sink);
  Open::iterator find(const strapi::AssetItem& item, std::string_view action);
  void verify(Open::iterator asset, const strapi::AssetItem& item) const;

  bool checksums_;
  bool legacy_;
  std::set<std::string> files_;
  strapi::AssetItemReader reader_;
  Open open_;
};

}  // namespace wsferry::testing
