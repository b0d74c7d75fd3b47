#pragma once

#include <optional>
#include <string>

#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/export.hpp"

namespace wsferry::archive {

/// Whether the end of an archive is one that only an ArchiveDestination of this version writes, and
/// last: then it was not cut off. Of a plain tar that is the end of the checksums before
/// metadata.json, of a compressed one that the compressor leaves it in the open, which the packing
/// of any other program does not. That reads a few blocks; of a folder the checksums, and whether
/// each file has its size. What is damaged before its end only reading all of it shows.
///
/// False for every other archive, whole or not, and what cannot be read: an encrypted one without
/// its key, for example.
WSFERRY_API bool hasWholeEnd(const std::string& path, const std::string& key) noexcept;

/// What stands there.
struct WholeEnd {
  std::string metadata;   ///< The text of metadata.json.
  NotedLosses losses;     ///< Of the transfer that made it; earlier versions tell of none.
  std::string confirmed;  ///< See KeptChecksums::confirmed().
};

/// Nothing where hasWholeEnd() is false.
WSFERRY_API std::optional<WholeEnd> readWholeEnd(const std::string& path,
                                                 const std::string& key) noexcept;

}  // namespace wsferry::archive
