#include "archive/check/asset_metadata.hpp"

#include <cmath>

#include "archive/container/entry_path.hpp"
#include "archive/text/entity_text.hpp"
#include "archive/text/json_members.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/detail/json/json_number.hpp"
#include "wsferry/strapi/detail/loss/row_id.hpp"

namespace wsferry::archive {
namespace {

using Report = std::function<void(const std::string&)>;

std::string_view valueOf(const JsonMembers& members, std::string_view key) {
  const auto member = members.find(key);
  return member == members.end() ? std::string_view() : member->second;
}

std::optional<double> numberOf(std::string_view json) {
  if (!isJsonNumber(json)) {
    return std::nullopt;
  }
  return jsonNumberOf(json);
}

void checkNumbers(const JsonMembers& members, const Report& report) {
  const auto id = numberOf(valueOf(members, "id"));
  if (!id || !(*id > 0) || !std::isfinite(*id) || std::floor(*id) != *id) {
    report("id is not a positive integer");
  }
  const auto size = numberOf(valueOf(members, "size"));
  if (!size || !(*size >= 0) || !std::isfinite(*size)) {
    report("size is not a number from 0");
  }
}

void checkTexts(const JsonMembers& members, const Report& report) {
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

std::string assetNameOf(const JsonMembers& members) {
  return jsonStringOf(valueOf(members, "hash")).value_or("") +
         jsonStringOf(valueOf(members, "ext")).value_or("");
}

void checkName(const std::string& name, const JsonMembers& members, const Report& report) {
  const std::string hash = jsonStringOf(valueOf(members, "hash")).value_or("");
  const auto ext = valueOf(members, "ext");
  const std::string expected = assetNameOf(members);
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
  expectUtf8(json);
  const JsonMembers members = jsonMembersOf(json);
  checkNumbers(members, report);
  checkTexts(members, report);
  checkName(name, members, report);
  AssetMetadata metadata;
  metadata.id = strapi::rowIdOf(valueOf(members, "id"));
  metadata.name = assetNameOf(members);
  metadata.type = jsonStringOf(valueOf(members, "type")).value_or("");
  metadata.mainHash = jsonStringOf(valueOf(members, "mainHash"));
  metadata.size = strapi::readAnnouncedSize(json);
  metadata.provider = jsonStringOf(valueOf(members, "provider")).value_or("");
  return metadata;
}

void checkSecondUpload(const std::string& name, bool hasSameBytes, Findings& findings) {
  if (hasSameBytes) {
    findings.remark(uploadPath(name) + " occurs twice, with the same bytes");
  } else {
    findings.refuse(uploadPath(name) + " occurs twice, with different bytes", About::file);
  }
}

bool checkUnpairedUpload(const std::string& name, bool isNamed, Findings& findings) {
  const std::string path = uploadPath(name);
  if (!isNamed && isLeftover(name)) {
    findings.remark("not part of an export, and ignored: " + path);
    return false;
  }
  findings.refuse(path + " has no file in assets/metadata", About::file);
  return true;
}

void reportSize(const std::string& name, const strapi::SizeProblem& problem, Findings& findings) {
  const std::string text = uploadPath(name) + " " + problem.text;
  if (problem.isShort) {
    findings.loseFile(name, text);
  } else {
    findings.remark(text);
  }
}

}  // namespace wsferry::archive
