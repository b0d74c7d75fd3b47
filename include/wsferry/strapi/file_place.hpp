#pragma once

#include <optional>
#include <string>

#include "wsferry/export.hpp"
#include "wsferry/strapi/record.hpp"

namespace wsferry::strapi {

/// Where the record of an upload file says that its file is.
struct FilePlace {
  std::string provider;  ///< Strapi's upload provider: `local`, `aws-s3`... Empty if the record has
                         ///< none.

  /// Host and first folder of its URL, such as `bucket.example.org/uploads`: files on one storage
  /// share it, those on different ones usually do not. Empty for a URL without a host.
  std::string storage;

  /// Whether it is in the server's own uploads folder, as far as the record says.
  bool isLocal() const { return provider == "local" || (provider.empty() && storage.empty()); }
};

/// The place of an upload file by its record.
[[nodiscard]] WSFERRY_API FilePlace filePlaceOf(const EntityView& file);

/// The same for any record of the stage entities; nothing unless its type is plugin::upload.file.
/// @throws Error with Errc::protocolViolation for text that is not JSON.
[[nodiscard]] WSFERRY_API std::optional<FilePlace> readFilePlace(const Record& record);

}  // namespace wsferry::strapi
