#pragma once

#include <string>
#include <string_view>

#include "wsferry/archive/archive_reader.hpp"

namespace wsferry::archive {

/// `path` with `/` for `\`, and without a leading `/` or `./`.
std::string normalizedPath(std::string_view path);

/// Path, kind, stage and file name of an entry with a normalised path.
Entry describeEntry(std::string path);

/// Whether it is a folder, which is nothing but the way to other entries.
bool isFolder(const Entry& entry);

/// Whether it has a place among a stage's entries, or is in the way to them.
bool isInStageFolder(const Entry& entry);

}  // namespace wsferry::archive
