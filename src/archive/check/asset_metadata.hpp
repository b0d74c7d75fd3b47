#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "archive/findings/findings.hpp"
#include "wsferry/strapi/detail/loss/asset_size.hpp"

namespace wsferry::archive {

/// What checks need to know of an asset's metadata.
struct AssetMetadata {
  std::optional<std::uint64_t> id;  ///< Of the file's record, if it is an id at all.
  std::string name;                 ///< The file's, from hash and ext.
  std::string type;  ///< Of a resized image its format; empty for a record's own file.
  std::optional<std::string> mainHash;  ///< Of a resized image, the hash of its record.
  strapi::AnnouncedSize size;
  std::string provider;  ///< Empty for none.
};

/// Reads the metadata of the asset with the file name `name`, and reports each rule of an import
/// that they break (protocol section 8). @throws Error if they are no JSON object.
AssetMetadata checkAssetMetadata(const std::string& name, std::string_view json,
                                 const std::function<void(const std::string&)>& report);

/// An upload whose name was there already, with the same bytes or others.
void checkSecondUpload(const std::string& name, bool hasSameBytes, Findings& findings);

/// An upload without metadata. False if it is what an editor left behind, and to be left out: no
/// record names it then.
bool checkUnpairedUpload(const std::string& name, bool isNamed, Findings& findings);

/// An upload that is of another size than is told: fewer bytes are a loss.
void reportSize(const std::string& name, const strapi::SizeProblem& problem, Findings& findings);

}  // namespace wsferry::archive
