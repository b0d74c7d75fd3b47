#pragma once

#include <filesystem>
#include <string>

namespace wsferry::tool {

/// Why nothing can be made in a folder, where empty is the current one; empty if something can.
std::string whyUnwritable(const std::filesystem::path& folder);

/// Looks at the folder of a file that is to be made, before anything is done that would be lost
/// without it. @throws Error: fileFailed.
void requireWritableFolder(const std::string& path);

}  // namespace wsferry::tool
