#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "wsferry/testing/content.hpp"

namespace support {

/// The sample content, to be changed.
class ChangedContent : public wsferry::testing::Content {
 public:
  wsferry::strapi::Metadata metadata() const override { return sample_->metadata(); }
  std::vector<wsferry::strapi::Schema> schemas() const override { return sample_->schemas(); }
  NextRecord records(wsferry::strapi::TransferStage stage) const override {
    return sample_->records(stage);
  }
  std::vector<wsferry::strapi::AssetInfo> assets() const override { return sample_->assets(); }
  NextBytes assetBytes(std::size_t index) const override { return sample_->assetBytes(index); }

 private:
  const std::shared_ptr<const wsferry::testing::Content> sample_ =
      wsferry::testing::sampleContent();
};

}  // namespace support
