#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/file/file_handle.hpp"
#include "wsferry/export.hpp"

namespace wsferry::archive {

/// What a path leads to where it is a symbolic link: that is replaced, and not the link. Otherwise
/// the path. @throws Error with Errc::fileFailed for a link that leads nowhere.
WSFERRY_API std::string followLink(const std::string& path);

/// A name in those of its parts: without its folder, and cut, so that the addition keeps it below
/// the 255 bytes that a file's name may have.
WSFERRY_API std::string nameInParts(const std::string& target);

/// The hidden file beside `target` that tells something of it: `.NAME` and the ending. Of a name
/// that is too long for that, what is cut off is told by a checksum, so that each has its own.
WSFERRY_API std::string companionPath(const std::string& target, std::string_view ending);

/// Refuses a name that its file system does not take, for itself or for its parts: only the end of
/// all the work would show it otherwise. @throws Error with Errc::invalidOption.
WSFERRY_API void requireNameFits(const std::string& target);

/// A new name beside `target` for what is not finished, known by removeAbandonedParts().
WSFERRY_API std::string partName(const std::string& target);

/// Marks an open part, file or folder, as one that somebody writes, as long as the handle that is
/// returned is open; where the file system has no locks, nothing is marked. No handle if the part
/// was taken away meanwhile.
FileHandle claimPart(int descriptor, const std::string& path);

/// What a process that was killed, or a destination that keepUnfinished, has left. Nobody else
/// claims or removes it as long as this exists.
struct AbandonedPart {
  std::string path;
  FileHandle claim;
};

/// Those of all targets in a folder whose names, as nameInParts() gives them, are among those.
WSFERRY_API std::vector<AbandonedPart> claimAbandonedParts(
    const std::string& folder, const std::function<bool(std::string_view target)>& isTarget);

/// Removes parts of the same target that no living process has claimed: those of a process that
/// was killed. What cannot be removed stays.
void removeAbandonedParts(const std::string& target);

/// Removes a file, or a folder with what it holds, with one file handle at most. False with errno
/// if something is left.
WSFERRY_API bool removeTree(const std::string& path);

}  // namespace wsferry::archive
