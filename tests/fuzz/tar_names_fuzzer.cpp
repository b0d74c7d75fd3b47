// No name leads out of the folder that it is written below, and none changes when it is made safe
// twice.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "archive/container/entry_path.hpp"
#include "fuzz/require.hpp"
#include "wsferry/archive/archive_format.hpp"

namespace {

using namespace wsferry::archive;

void checkEntry(std::string_view path) {
  const std::string normalized = normalizedPath(path);
  require(normalizedPath(normalized) == normalized);
  require(normalized.find('\\') == std::string::npos && normalized.substr(0, 1) != "/");
  const Entry entry = describeEntry(normalized);
  require(entry.path == normalized);
  if (entry.kind == EntryKind::asset || entry.kind == EntryKind::assetMetadata) {
    require(!entry.filename.empty() && entry.filename.find('/') == std::string::npos);
    require(entry.filename != "." && entry.filename != "..");
    require(isInStageFolder(entry) && !isFolder(entry));
  }
}

void checkLeadingFolder(std::string_view path) {
  const std::string normalized = normalizedPath(path);
  LeadingFolder folder;
  const std::string rest(folder.strip(normalized));
  require(folder.name() + rest == normalized);
  require(folder.name().empty() || isOfExport(describeEntry(rest)));
}

void checkFileName(std::string_view name) {
  const std::string safe = safeFileName(name);
  require(!safe.empty() && safe.size() <= 255 && safe != "." && safe != "..");
  require(safe.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos);
  require(safeFileName(safe) == safe);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  checkEntry(text);
  checkFileName(text);
  checkLeadingFolder(text);
  return 0;
}
