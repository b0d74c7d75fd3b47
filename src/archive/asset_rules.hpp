#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace wsferry::archive {

/// What checks need to know of an asset's metadata.
struct AssetMetadata {
  std::optional<std::string> sizeInBytes;  ///< As written.
  std::optional<double> kilobytes;
  std::string provider;  ///< Empty for none.
};

/// Reads the metadata of the asset with the file name `name`, and reports each rule of an import
/// that they break (protocol section 8). @throws Error if they are no JSON object.
AssetMetadata checkAssetMetadata(const std::string& name, std::string_view json,
                                 const std::function<void(const std::string&)>& report);

}  // namespace wsferry::archive
