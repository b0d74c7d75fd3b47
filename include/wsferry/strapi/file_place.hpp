#pragma once

#include <optional>
#include <string>

#include "wsferry/export.hpp"
#include "wsferry/strapi/record.hpp"

namespace wsferry::strapi {

/// Where the record of an upload file says that its file is.
struct FilePlace {
  std::string provider;  ///< Of Strapi's upload: `local`, `aws-s3`... Empty if the record has none.

  /// Host and first folder of its URL, such as `bucket.example.org/uploads`: what files of one
  /// storage have in common, and those of two mostly have not. Empty for an URL without host.
  std::string storage;

  /// Whether it is in the server's own folder of uploads, as far as the record tells.
  bool isLocal() const { return provider == "local" || (provider.empty() && storage.empty()); }
};

/// The place of an upload file by its record.
[[nodiscard]] WSFERRY_API FilePlace filePlaceOf(const EntityView& file);

/// The same of any record of the stage entities; nothing unless its type is plugin::upload.file.
/// @throws Error with Errc::protocolViolation for what is no JSON.
[[nodiscard]] WSFERRY_API std::optional<FilePlace> readFilePlace(const Record& record);

}  // namespace wsferry::strapi
