#include "tool/transfer/archive_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>

#include "tool/series/name_template.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view archiveEndings[] = {".tar.gz.enc", ".tar.enc", ".tar.gz", ".tar",
                                               ".tgz"};

bool isPartOfExport(const std::string& name) {
  static const std::set<std::string> parts = {"metadata.json", "schemas",       "entities",
                                              "links",         "configuration", "assets"};
  return parts.count(name) != 0;
}

// Empty for a name that is no archive's.
std::string_view archiveEnding(const std::string& name) {
  const auto* const found =
      std::find_if(std::begin(archiveEndings), std::end(archiveEndings),
                   [&name](std::string_view ending) { return endsWith(name, ending); });
  return found == std::end(archiveEndings) ? std::string_view() : *found;
}

}  // namespace

void refuseFolderOfArchives(const std::string& path) {
  std::set<std::string> archives;
  std::set<std::string_view> endings;
  std::error_code error;
  for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (isPartOfExport(name)) {
      return;
    }
    std::error_code unknown;
    const std::string_view ending = archiveEnding(name);
    if (name.front() != '.' && !ending.empty() && at->is_regular_file(unknown)) {
      archives.insert(name);
      endings.insert(ending);
    }
  }
  if (archives.empty()) {
    return;
  }
  const std::string folder = withoutSlashes(path) + "/";
  std::string all;
  for (const std::string_view ending : endings) {
    all += " " + folder + "*" + std::string(ending);
  }
  throw Error(
      Errc::invalidOption,
      path + " is a folder that holds " +
          (archives.size() == 1 ? "an archive" : std::to_string(archives.size()) + " archives") +
          ": name one, such as " + folder + *archives.rbegin() + ". `wsferry verify" + all +
          "` checks all");
}

}  // namespace wsferry::tool
