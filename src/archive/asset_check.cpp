#include "archive/asset_check.hpp"

#include <cmath>
#include <cstdlib>

#include "archive/canonical_json.hpp"
#include "archive/json_members.hpp"
#include "core/utf8_validator.hpp"

namespace wsferry::archive {
namespace {

using Members = std::map<std::string, std::string, std::less<>>;  // Values as JSON text.

std::string_view valueOf(const Members& members, std::string_view key) {
  const auto member = members.find(key);
  return member == members.end() ? std::string_view() : std::string_view(member->second);
}

std::optional<double> numberOf(std::string_view json) {
  if (!isJsonNumber(json)) {
    return std::nullopt;
  }
  return std::strtod(std::string(json).c_str(), nullptr);
}

// What `strapi import` demands before it starts (protocol section 8).
void checkRules(const std::string& name, const Members& members, ProblemList& problems) {
  const auto report = [&](const std::string& what) {
    problems.add("assets/metadata/" + name + ".json: " + what);
  };
  const auto id = numberOf(valueOf(members, "id"));
  if (!id || !(*id > 0) || !std::isfinite(*id) || std::floor(*id) != *id) {
    report("id is not a positive integer");
  }
  const auto size = numberOf(valueOf(members, "size"));
  if (!size || !(*size >= 0) || !std::isfinite(*size)) {
    report("size is not a number from 0");
  }
  for (const char* key : {"name", "hash", "mime", "url"}) {
    if (jsonStringOf(valueOf(members, key)).value_or("").empty()) {
      report(std::string(key) + " is missing or empty");
    }
  }
  const std::string expected = jsonStringOf(valueOf(members, "hash")).value_or("") +
                               jsonStringOf(valueOf(members, "ext")).value_or("");
  if (expected != name) {
    report("hash and ext make " + encodeJsonString(expected) + ", not the file's name");
  }
}

// `size` is rounded, and versions differ in whether a kilobyte has 1000 or 1024 bytes.
bool isFarFrom(std::uint64_t actual, double announced) {
  const double difference = std::abs(static_cast<double>(actual) - announced);
  return difference > std::max(1024.0, 0.05 * announced);
}

}  // namespace

void AssetCheck::addUpload(const std::string& name, std::uint64_t size, std::string sha256) {
  unpaired_[name].upload = Upload{size, std::move(sha256)};
  pair(name);
}

void AssetCheck::addMetadata(const std::string& name, std::string_view json) {
  Metadata metadata;
  try {
    Utf8Validator utf8;
    if (!utf8.update(json) || !utf8.complete()) {
      throw Error(Errc::invalidArchive, "not UTF-8");
    }
    Members members;
    forEachMember(json, [&](std::string_view key, std::string_view value) {
      members[std::string(key)] = value;
    });
    checkRules(name, members, problems_);
    if (isJsonNumber(valueOf(members, "sizeInBytes"))) {
      metadata.sizeInBytes = valueOf(members, "sizeInBytes");
    }
    if (isJsonNumber(valueOf(members, "size"))) {
      metadata.kilobytes = std::strtod(std::string(valueOf(members, "size")).c_str(), nullptr);
    }
    metadata.canonicalJson = canonicalJson(json);
  } catch (const Error& error) {
    problems_.add("assets/metadata/" + name + ".json: " + error.info().message);
  }
  unpaired_[name].metadata = std::move(metadata);
  pair(name);
}

void AssetCheck::finish() const {
  for (const auto& [name, asset] : unpaired_) {
    problems_.add(asset.upload ? "assets/uploads/" + name + " has no file in assets/metadata"
                               : "assets/metadata/" + name + ".json has no file in assets/uploads");
  }
}

void AssetCheck::pair(const std::string& name) {
  const auto place = unpaired_.find(name);
  const Asset& asset = place->second;
  if (!asset.upload || !asset.metadata) {
    return;
  }
  const auto& announced = asset.metadata->sizeInBytes;
  const std::string size = std::to_string(asset.upload->size);
  if (announced && *announced != size) {
    problems_.add("assets/uploads/" + name + " has " + size + " bytes, its metadata say " +
                  *announced);
  } else if (!announced && asset.metadata->kilobytes &&
             isFarFrom(asset.upload->size, *asset.metadata->kilobytes * 1000)) {
    problems_.add("assets/uploads/" + name + " has " + size +
                  " bytes, which is not the size in its metadata");
  }
  digest_.addAsset(name, asset.metadata->canonicalJson, asset.upload->sha256);
  unpaired_.erase(place);
}

}  // namespace wsferry::archive
