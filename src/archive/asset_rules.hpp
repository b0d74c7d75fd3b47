#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace wsferry::archive {

/// What checks need to know of an asset's metadata.
struct AssetMetadata {
  std::optional<std::uint64_t> id;         ///< Of the file's record, if it is an id at all.
  std::optional<std::string> sizeInBytes;  ///< As written.
  std::optional<double> kilobytes;
  std::string provider;  ///< Empty for none.
};

/// Reads the metadata of the asset with the file name `name`, and reports each rule of an import
/// that they break (protocol section 8). @throws Error if they are no JSON object.
AssetMetadata checkAssetMetadata(const std::string& name, std::string_view json,
                                 const std::function<void(const std::string&)>& report);

/// The problem of an asset whose record is missing.
std::string missingRecord(const std::string& name, std::uint64_t id);

/// What is wrong with the size of an upload, after its path; nothing if it fits what its metadata
/// say. They say it exactly or rounded, and a server does not keep to it: whoever makes the files
/// of its folder smaller changes no metadata.
std::optional<std::string> sizeProblem(const AssetMetadata& metadata, std::uint64_t size);

}  // namespace wsferry::archive
