#pragma once

#include <string>
#include <string_view>

#include "wsferry/export.hpp"

namespace wsferry::archive {

/// The container of an export (protocol section 8).
enum class Container {
  tar,       ///< One file: tar, then gzip, then encryption.
  directory  ///< The same tree on disk.
};

struct ArchiveFormat {
  Container container = Container::tar;
  bool compressed = true;  ///< gzip. Tar only.
  bool encrypted = false;  ///< AES-128-ECB with a scrypt key. Tar only.

  /// `.tar`, `.tar.gz`, `.tar.enc`, `.tar.gz.enc`; empty for a directory.
  WSFERRY_API std::string extension() const;
};

/// Makes an asset's file name from the network safe to write below a folder: slashes, backslashes,
/// NUL, control characters, names of one or two dots, empty names and names over 255 bytes are
/// replaced by something harmless and still recognisable. A harmless name comes back unchanged.
[[nodiscard]] WSFERRY_API std::string safeFileName(std::string_view name);

}  // namespace wsferry::archive
