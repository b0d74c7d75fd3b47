#pragma once

#include <memory>
#include <string>

#include "archive/chain/byte_source.hpp"
#include "archive/container/behind_end.hpp"
#include "wsferry/archive/archive_format.hpp"

namespace wsferry::archive {

/// The tar inside a file, decrypted and inflated.
struct OpenedArchive {
  ArchiveFormat format;
  std::unique_ptr<BehindEnd> behindData;  ///< Of what is compressed; else null. Outlives `tar`.
  std::unique_ptr<ByteSource> tar;
};

/// Finds out what the file is from its content. @throws Error: fileFailed, keyRequired, wrongKey,
/// invalidArchive.
OpenedArchive openArchive(const std::string& path, const std::string& key);

}  // namespace wsferry::archive
