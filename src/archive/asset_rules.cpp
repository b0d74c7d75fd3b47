#include "archive/asset_rules.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "archive/content_canonical.hpp"
#include "archive/json_members.hpp"
#include "core/utf8_validator.hpp"

namespace wsferry::archive {
namespace {

using Members = std::map<std::string, std::string_view, std::less<>>;  // Values as JSON text.
using Report = std::function<void(const std::string&)>;

std::string_view valueOf(const Members& members, std::string_view key) {
  const auto member = members.find(key);
  return member == members.end() ? std::string_view() : member->second;
}

std::optional<double> numberOf(std::string_view json) {
  if (!isJsonNumber(json)) {
    return std::nullopt;
  }
  return std::strtod(std::string(json).c_str(), nullptr);
}

Members membersOf(std::string_view json) {
  Utf8Validator utf8;
  if (!utf8.update(json) || !utf8.complete()) {
    throw Error(Errc::invalidArchive, "not UTF-8");
  }
  Members members;
  forEachMember(json, [&](std::string_view key, std::string_view value) {
    members[std::string(key)] = value;
  });
  return members;
}

void checkNumbers(const Members& members, const Report& report) {
  const auto id = numberOf(valueOf(members, "id"));
  if (!id || !(*id > 0) || !std::isfinite(*id) || std::floor(*id) != *id) {
    report("id is not a positive integer");
  }
  const auto size = numberOf(valueOf(members, "size"));
  if (!size || !(*size >= 0) || !std::isfinite(*size)) {
    report("size is not a number from 0");
  }
}

void checkTexts(const Members& members, const Report& report) {
  for (const char* key : {"name", "hash", "mime", "url"}) {
    if (jsonStringOf(valueOf(members, key)).value_or("").empty()) {
      report(std::string(key) + " is missing or empty");
    }
  }
  for (const char* key : {"ext", "type", "mainHash"}) {
    const auto value = valueOf(members, key);
    if (!value.empty() && value != "null" && !isJsonString(value)) {
      report(std::string(key) + " is not a string");
    }
  }
}

// `size` is rounded, and versions differ in whether a kilobyte has 1000 or 1024 bytes.
bool isFarFrom(std::uint64_t actual, double announced) {
  const double difference = std::abs(static_cast<double>(actual) - announced);
  return difference > std::max(1024.0, 0.05 * announced);
}

void checkName(const std::string& name, const Members& members, const Report& report) {
  const std::string hash = jsonStringOf(valueOf(members, "hash")).value_or("");
  const auto ext = valueOf(members, "ext");
  const std::string expected = hash + jsonStringOf(ext).value_or("");
  // What old exports made of a file without extension, and imports still take.
  const bool isLegacy =
      (ext.empty() && name == hash + "undefined") || (ext == "null" && name == hash + "null");
  if (expected != name && !isLegacy) {
    report("hash and ext make " + encodeJsonString(expected) + ", not the file's name");
  }
}

}  // namespace

AssetMetadata checkAssetMetadata(const std::string& name, std::string_view json,
                                 const Report& report) {
  const Members members = membersOf(json);
  checkNumbers(members, report);
  checkTexts(members, report);
  checkName(name, members, report);
  AssetMetadata metadata;
  if (isJsonNumber(valueOf(members, "sizeInBytes"))) {
    metadata.sizeInBytes = valueOf(members, "sizeInBytes");
  }
  metadata.id = rowIdOf(valueOf(members, "id"));
  metadata.kilobytes = numberOf(valueOf(members, "size"));
  metadata.provider = jsonStringOf(valueOf(members, "provider")).value_or("");
  return metadata;
}

std::string missingRecord(const std::string& name, std::uint64_t id) {
  return "assets/metadata/" + name +
         ".json: there is no record of plugin::upload.file with its id " + std::to_string(id);
}

std::optional<std::string> sizeProblem(const AssetMetadata& metadata, std::uint64_t size) {
  const std::string actual = std::to_string(size);
  if (metadata.sizeInBytes) {
    return *metadata.sizeInBytes == actual
               ? std::nullopt
               : std::optional("has " + actual + " bytes, its metadata say " +
                               *metadata.sizeInBytes);
  }
  if (metadata.kilobytes && isFarFrom(size, *metadata.kilobytes * 1000)) {
    return "has " + actual + " bytes, which is not the size in its metadata";
  }
  return std::nullopt;
}

}  // namespace wsferry::archive
