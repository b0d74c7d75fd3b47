// An archive that verification finds nothing wrong with is one that a transfer takes.
#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/archives/archive_input.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/archive/archive_source.hpp"
#include "wsferry/core/error.hpp"

namespace {

using namespace wsferry;

void check(const std::string& path) {
  const archive::ArchiveSummary summary = archive::verifyArchive(path, archiveKey);
  const archive::ArchiveSummary counted = archive::inspectArchive(path, archiveKey);
  require(counted.totals.size() <= summary.totals.size() || !summary.problems.empty());
  if (summary.problems.empty()) {
    require(summary.digest.size() == 64);
    archive::ArchiveSourceOptions options;
    options.path = path;
    options.key = archiveKey;
    archive::ArchiveSource source(options);
    try {
      source.bootstrap();
    } catch (const Error& error) {
      // Schemas are kept in memory, within a limit that a verification does not need.
      require(error.info().message.find("schemas are larger than") != std::string::npos);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    check(fileWith(data, size));
  } catch (const Error& error) {
    require(error.code() == archive::ArchiveErrc::invalidArchive ||
            error.code() == archive::ArchiveErrc::wrongKey);
  }
  return 0;
}
