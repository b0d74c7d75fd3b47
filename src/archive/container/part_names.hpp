#pragma once

#include <string>

#include "archive/file/file_handle.hpp"

namespace wsferry::archive {

/// A new name beside `target` for what is not finished, known by removeAbandonedParts().
std::string partName(const std::string& target);

/// Marks an open part, file or folder, as one that somebody writes, as long as the handle that is
/// returned is open; where the file system has no locks, nothing is marked. No handle if the part
/// was taken away meanwhile.
FileHandle claimPart(int descriptor, const std::string& path);

/// Removes parts of the same target that no living process has claimed: those of a process that
/// was killed. What cannot be removed stays.
void removeAbandonedParts(const std::string& target);

/// Removes a file, or a folder with what it holds, with one file handle at most. False with errno
/// if something is left.
bool removeTree(const std::string& path);

}  // namespace wsferry::archive
