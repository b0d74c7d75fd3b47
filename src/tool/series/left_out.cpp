#include "tool/series/left_out.hpp"

#include <optional>

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

std::string mayHoldMore(const archive::ArchiveSummary& existing) {
  return existing.isReadToEnd ? "" : "may hold more, and is damaged: " + existing.problems.front();
}

namespace {

std::string firstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

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
    return "may hold more, and cannot be read to see that: " + firstLine(error.info().message);
  }
}

// Of a damaged one, which costs a whole reading, as much as can be read.
archive::ArchiveSummary inspectAnyway(const std::string& path, const std::string& key,
                                      const std::atomic<bool>& cancelled) {
  try {
    return archive::inspectArchive(path, key, &cancelled);
  } catch (const Error& error) {
    if (error.code() != archive::ArchiveErrc::invalidArchive) {
      throw;
    }
    archive::VerificationOptions options;
    options.cancelled = &cancelled;
    return archive::verifyArchive(path, key, options);
  }
}

}  // namespace

void requireHoldsNoMore(const archive::ArchiveDestinationOptions& archive, const HeldMore& heldMore,
                        const std::atomic<bool>& cancelled) {
  if (!archive.overwrite || archive.path == "-") {
    return;
  }
  const std::string path = archive::followLink(withoutSlashes(archive.path));
  if (!hasContent(path)) {
    return;
  }
  const std::string held = heldBy(path, archive.key, heldMore, cancelled);
  if (!held.empty()) {
    throw Error(Errc::fileExists, archive.path + " " + held +
                                      ". Choose another name, or remove the archive first if it "
                                      "is no longer needed.");
  }
}

std::string lackedStage(const strapi::TransferResult& result, const std::string& path,
                        const std::string& key, const std::atomic<bool>& cancelled) {
  std::optional<archive::ArchiveSummary> earlier;
  for (const auto& [stage, progress] : result.stages) {
    if (progress.moved.count > 0 || !hasContent(path)) {
      continue;
    }
    std::string lack = "has no " + std::string(toString(stage));
    try {
      earlier = earlier ? earlier : inspectAnyway(path, key, cancelled);
    } catch (const Error& error) {
      if (error.code() == Errc::cancelled) {
        throw;
      }
      return lack + ", and the earlier one cannot be read to see whether it has (" +
             firstLine(error.info().message) + ")";
    }
    const auto held = earlier->totals.find(stage);
    if (held != earlier->totals.end() && held->second.count > 0) {
      return lack;
    }
    if (!earlier->isReadToEnd) {
      return lack + ", and the earlier one is damaged and may have";
    }
  }
  return {};
}

void requireHoldsNoMore(const archive::ArchiveDestinationOptions& archive,
                        const strapi::TransferFilter& selection,
                        const std::atomic<bool>& cancelled) {
  if (!isSelection(selection)) {
    return;
  }
  const auto heldMore = [&selection](const archive::ArchiveSummary& existing) {
    const std::string held = leftOut(selection, existing);
    return held.empty() ? mayHoldMore(existing)
                        : "holds " + held + ", which this selection leaves out";
  };
  requireHoldsNoMore(archive, heldMore, cancelled);
}

}  // namespace wsferry::tool
