#pragma once

#include <string>

namespace wsferry::tool {

/// @throws Error with Errc::invalidOption for a folder that is no export, but holds archives: with
/// their number, one of their names, and how all are checked.
void refuseFolderOfArchives(const std::string& path);

}  // namespace wsferry::tool
