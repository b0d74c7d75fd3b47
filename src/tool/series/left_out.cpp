#include "tool/series/left_out.hpp"

#include <cstdint>
#include <limits>

#include "archive/file/part_names.hpp"
#include "tool/options/selection_options.hpp"
#include "tool/series/name_template.hpp"
#include "tool/series/series_archive.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

std::string leftOut(const strapi::TransferFilter& selection,
                    const archive::ArchiveSummary& archive) {
  for (const auto& [stage, tally] : archive.totals) {
    if (tally.count != 0 && stage != strapi::TransferStage::schemas && !selection.includes(stage)) {
      return std::string(toString(stage));
    }
  }
  for (const auto& [type, tally] : archive.entitiesByType) {
    if (tally.count != 0 && !selection.includesType(type)) {
      return "records of " + type;
    }
  }
  return {};
}

namespace {

std::string heldBy(const std::string& path, const std::string& key, const HeldMore& heldMore,
                   const std::atomic<bool>& cancelled) {
  archive::VerificationOptions options;
  options.cancelled = &cancelled;
  try {
    return heldMore(archive::verifyArchive(path, key, options));
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) {
      throw;
    }
    const std::string message = error.info().message;
    return error.code() == archive::ArchiveErrc::invalidArchive
               ? std::string()
               : "may hold more, and cannot be read to see that: " +
                     message.substr(0, message.find('\n'));
  }
}

}  // namespace

void requireHoldsNoMore(const archive::ArchiveDestinationOptions& archive, const HeldMore& heldMore,
                        const std::atomic<bool>& cancelled) {
  if (!archive.overwrite || archive.path == "-") {
    return;
  }
  const std::string path = archive::followLink(withoutSlashes(archive.path));
  // One that has lost something may still hold more.
  if (!isWorthKeeping(path, archive.key, std::numeric_limits<std::uint64_t>::max())) {
    return;
  }
  const std::string held = heldBy(path, archive.key, heldMore, cancelled);
  if (!held.empty()) {
    throw Error(Errc::fileExists, archive.path + " " + held +
                                      ". Choose another name, or remove the archive first if it "
                                      "is no longer needed.");
  }
}

void requireHoldsNoMore(const archive::ArchiveDestinationOptions& archive,
                        const strapi::TransferFilter& selection,
                        const std::atomic<bool>& cancelled) {
  if (!isSelection(selection)) {
    return;
  }
  const auto heldMore = [&selection](const archive::ArchiveSummary& existing) {
    const std::string held = leftOut(selection, existing);
    return held.empty() ? held : "holds " + held + ", which this selection leaves out";
  };
  requireHoldsNoMore(archive, heldMore, cancelled);
}

}  // namespace wsferry::tool
