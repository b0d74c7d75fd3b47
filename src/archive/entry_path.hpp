#pragma once

#include <string>
#include <string_view>

#include "wsferry/archive/archive_reader.hpp"

namespace wsferry::archive {

/// `path` with `/` for `\`, and without a leading `/` or `./`.
std::string normalizedPath(std::string_view path);

/// Path, kind, stage and file name of an entry with a normalised path.
Entry describeEntry(std::string path);

}  // namespace wsferry::archive
