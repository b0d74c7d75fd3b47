#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

namespace wsferry::testing {

/// Turns assets into the data of an assets step's messages (protocol section 5). An asset's last
/// item ends its message.
class AssetBatches {
 public:
  using Warn = std::function<void(const std::string& words)>;

  AssetBatches(std::shared_ptr<const Content> content, const TransferServerOptions& options,
               bool withChecksums, std::string unknownMembers, Warn warn);

  /// What the messages announce together.
  strapi::StageTotals totals() const;

  /// The `data` of the next message; empty when there is no more. @throws Error at a file that ends
  /// the stage.
  std::string next();

 private:
  struct Open {
    std::string id;
    Content::NextBytes nextBytes;
    std::string buffer;
    bool exhausted = false;
    std::optional<Sha256> checksum;
  };

  [[nodiscard]] bool isMissing(const strapi::AssetInfo& asset, std::string& missingHash) const;
  [[nodiscard]] bool skipNext();
  void openNext(std::string& items);
  std::string readChunk(Open& asset) const;
  void appendStart(const Open& asset, const strapi::AssetInfo& info, std::string& items) const;
  void appendChunk(const Open& asset, std::string_view chunk, std::string& items) const;
  void appendEnd(Open& asset, std::string& items);
  [[nodiscard]] bool takeFault(TransferFaults::Kind kind);
  std::uint64_t announcedSize(const strapi::AssetInfo& info) const;
  std::string message(const std::string& items);

  const std::shared_ptr<const Content> content_;
  const TransferServerOptions& options_;
  const bool withChecksums_;
  const std::string unknownMembers_;
  const Warn warn_;
  std::string missingHash_;  // of an original, whose formats are not looked for
  const std::vector<strapi::AssetInfo> assets_;
  std::size_t nextIndex_ = 0;
  std::vector<Open> open_;
  std::size_t turn_ = 0;
  unsigned messages_ = 0;
  bool faultDone_ = false;
};

}  // namespace wsferry::testing
