#include "tool/transfer/standard_input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "core/file/file_error.hpp"
#include "core/file/file_handle.hpp"
#include "tool/transfer/archive_folder.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {
namespace {

constexpr const char* standardInputPath = "/dev/stdin";
constexpr std::size_t blockSize = std::size_t{256} << 10;

bool isRegularFile(int descriptor) {
  struct stat information {};
  return ::fstat(descriptor, &information) == 0 && S_ISREG(information.st_mode);
}

// By its path. Not a socket, as some programs start others with, nor what is another user's.
bool canBeReopened() {
  const FileHandle again(::open(standardInputPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY),
                         standardInputPath);
  return again.isOpen();
}

// What it gives, in a file that takes its place.
void keepStandardInput() {
  const int pipe = ::dup(STDIN_FILENO);
  if (pipe < 0) {
    throwFileError("read", standardInputPath, errno);
  }
  FileHandle input(pipe, standardInputPath);
  FileHandle kept = openUnnamedFile(temporaryFolder());
  std::vector<char> block(blockSize);
  while (const std::size_t size = input.read(block.data(), block.size())) {
    kept.write({block.data(), size});
  }
  if (::dup2(kept.descriptor(), STDIN_FILENO) < 0) {
    throwFileError("read", standardInputPath, errno);
  }
}

}  // namespace

void claimStandardInput(const std::string& forWhat) {
  static std::string claimedFor;
  if (!claimedFor.empty()) {
    throw Error(Errc::invalidOption, "standard input cannot be both " + claimedFor + " and " +
                                         forWhat + ": only one of them can be -");
  }
  claimedFor = forWhat;
}

void requireThere(const std::string& archive) {
  struct stat information {};
  if (::stat(archive.c_str(), &information) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
    throw Error(Errc::invalidOption, "there is no archive " + archive);
  }
}

std::string archivePath(const std::string& typed, ArchivePasses passes) {
  if (typed != "-") {
    requireThere(typed);
    refuseFolderOfArchives(typed);
    return typed;
  }
  claimStandardInput("the archive");
  if (::isatty(STDIN_FILENO) != 0) {
    throw Error(
        Errc::invalidOption,
        "- reads an archive from standard input, which is a terminal: pipe an archive into it");
  }
  const bool mayBeReadAgain = passes == ArchivePasses::one || isRegularFile(STDIN_FILENO);
  if (!mayBeReadAgain || !canBeReopened()) {
    keepStandardInput();
  }
  return standardInputPath;
}

}  // namespace wsferry::tool
