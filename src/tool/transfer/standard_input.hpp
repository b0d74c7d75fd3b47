#pragma once

#include <string>

namespace wsferry::tool {

/// Standard input is read for one thing. @throws Error with Errc::invalidOption if it was claimed
/// before, naming both: "the archive", "--key-file".
void claimStandardInput(const std::string& forWhat);

/// @throws Error with Errc::invalidOption for an archive that is not there: a mistyped name is an
/// error of the command line. What is there and cannot be read is not.
void requireThere(const std::string& archive);

/// How often a command reads its archive.
enum class ArchivePasses { one, several };

/// The path to read an archive by: as typed, or for `-` that of standard input. A pipe that is read
/// several times, and what cannot be opened by that path, such as a socket, is first copied to a
/// file without a name in the system's folder for temporary files, and standard input is that file
/// then.
/// @throws Error: invalidOption for an archive that is not there, and where standard input is a
/// terminal or claimed; fileFailed.
std::string archivePath(const std::string& typed, ArchivePasses passes);

}  // namespace wsferry::tool
