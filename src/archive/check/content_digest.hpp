#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::archive {

/// Makes ArchiveSummary::digest.
class ContentDigest {
 public:
  /// `json` was checked to be JSON.
  void addRecord(strapi::TransferStage stage, std::string_view json);

  /// What an asset's own digest begins with: until its content is known, this is all that has to be
  /// kept of it.
  static Sha256 beginAsset(std::string_view name, std::string_view canonicalMetadata);
  void addAsset(Sha256 begun, std::string_view contentSha256);

  std::string result(std::string_view strapiVersion);

 private:
  struct Sum {
    std::uint64_t count = 0;
    std::array<unsigned char, 32> value{};  ///< Big-endian.
  };
  void add(strapi::TransferStage stage, std::string_view hex);

  Sha256 hash_;
  std::map<strapi::TransferStage, Sum> sums_;
};

}  // namespace wsferry::archive
