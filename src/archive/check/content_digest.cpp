#include "archive/check/content_digest.hpp"

#include "archive/text/canonical_json.hpp"
#include "archive/text/hex_bytes.hpp"
#include "wsferry/core/detail/json/json_string.hpp"

namespace wsferry::archive {
namespace {

constexpr std::string_view hexDigits = "0123456789abcdef";

}  // namespace

void ContentDigest::addRecord(strapi::TransferStage stage, std::string_view json) {
  writeCanonicalJson(json, [this](std::string_view piece) { hash_.update(piece); });
  add(stage, hash_.hex());
}

Sha256 ContentDigest::beginAsset(std::string_view name, std::string_view canonicalMetadata) {
  Sha256 hash;
  hash.update(encodeJsonString(name));
  hash.update("\n");
  hash.update(canonicalMetadata);
  hash.update("\n");
  return hash;
}

void ContentDigest::addAsset(Sha256 begun, std::string_view contentSha256) {
  begun.update(contentSha256);
  begun.update("\n");
  add(strapi::TransferStage::assets, begun.hex());
}

void ContentDigest::add(strapi::TransferStage stage, std::string_view hex) {
  Sum& sum = sums_[stage];
  ++sum.count;
  const auto bytes = bytesOfHex<32>(hex);
  unsigned carry = 0;
  for (std::size_t i = sum.value.size(); i-- > 0;) {
    const unsigned digit = sum.value[i] + bytes[i] + carry;
    sum.value[i] = static_cast<unsigned char>(digit & 0xFF);
    carry = digit >> 8;
  }
}

std::string ContentDigest::result(std::string_view strapiVersion) {
  hash_.update("wsferry archive digest 1\nstrapi ");
  hash_.update(strapiVersion);
  hash_.update("\n");
  for (const auto stage : strapi::stageOrder) {
    const Sum& sum = sums_[stage];
    std::string line(strapi::toString(stage));
    line += " " + std::to_string(sum.count) + " ";
    for (const unsigned char byte : sum.value) {
      line.push_back(hexDigits[byte >> 4]);
      line.push_back(hexDigits[byte & 0xF]);
    }
    hash_.update(line + "\n");
  }
  return hash_.hex();
}

}  // namespace wsferry::archive
