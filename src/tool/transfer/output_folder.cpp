// POSIX: access.
#include "tool/transfer/output_folder.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace fs = std::filesystem;

std::string whyUnwritable(const fs::path& folder) {
  const fs::path looked = folder.empty() ? fs::path(".") : folder;
  std::error_code error;
  if (!fs::is_directory(looked, error)) {
    return std::generic_category().message(error ? error.value() : ENOTDIR);
  }
  return ::access(looked.c_str(), W_OK | X_OK) == 0 ? std::string()
                                                    : std::generic_category().message(errno);
}

void requireWritableFolder(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  std::error_code unknown;
  if (!folder.empty() && fs::status(folder, unknown).type() == fs::file_type::not_found) {
    throw Error(Errc::fileFailed, "cannot create " + path + ": the folder " + folder.string() +
                                      " does not exist; create it first");
  }
  if (const std::string why = whyUnwritable(folder); !why.empty()) {
    throw Error(Errc::fileFailed, "cannot create " + path + ": the folder " +
                                      (folder.empty() ? "." : folder.string()) +
                                      " cannot be written to: " + why);
  }
}

}  // namespace wsferry::tool
