#include "tool/series/left_out.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>

#include "archive/file/part_names.hpp"
#include "tool/options/selection_options.hpp"
#include "tool/series/lacked_files.hpp"
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

bool isOwnType(const std::string& uid) {
  return uid.rfind("api::", 0) == 0;
}

// Of the project's own types: a server that came up empty has records of its plugins all the same.
template <class Tallies>
std::uint64_t ownRecords(const Tallies& byType) {
  std::uint64_t count = 0;
  for (const auto& [type, tally] : byType) {
    count += isOwnType(type) ? tally.count : 0;
  }
  return count;
}

bool lacks(const strapi::StageProgress& progress) {
  const bool isEntities = progress.stage == strapi::TransferStage::entities;
  return (isEntities ? ownRecords(progress.aggregates) : progress.moved.count) == 0;
}

std::string lackText(const strapi::StageProgress& progress) {
  return progress.moved.count > 0 ? "has no content of the project's own types (api::)"
                                  : "has no " + std::string(toString(progress.stage));
}

// Whether an archive has some of what the transfer has nothing of.
bool holdsSome(const archive::ArchiveSummary& archive, const strapi::StageProgress& progress) {
  if (progress.moved.count > 0) {
    return ownRecords(archive.entitiesByType) > 0;
  }
  const auto held = archive.totals.find(progress.stage);
  return held != archive.totals.end() && held->second.count > 0;
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
  for (const auto& moved : result.stages) {
    const strapi::StageProgress& progress = moved.second;
    if (!lacks(progress) || !hasContent(path)) {
      continue;
    }
    std::string lack = lackText(progress);
    try {
      earlier = earlier ? earlier : inspectAnyway(path, key, cancelled);
    } catch (const Error& error) {
      if (error.code() == Errc::cancelled) {
        throw;
      }
      return lack + ", and the earlier one cannot be read to see whether it has (" +
             firstLine(error.info().message) + ")";
    }
    if (holdsSome(*earlier, progress)) {
      return lack;
    }
    if (!earlier->isReadToEnd) {
      return lack + ", and the earlier one is damaged and may have";
    }
  }
  return {};
}

namespace {

// What the archive at `path` has, by `look`; true where it cannot be read to see that.
template <class Look>
bool hasAnyway(const std::string& path, const Look& look) {
  try {
    return hasContent(path) && look();
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) {
      throw;
    }
    return true;
  }
}

}  // namespace

bool hasLostFile(const strapi::TransferResult& result, const std::string& path,
                 const std::string& key, const std::atomic<bool>& cancelled) {
  const LackedFiles lost = filesLostBy(result);
  return !lost.isEmpty() && hasAnyway(path, [&] {
    return !lackedFilesIn(lost, path, key, &cancelled).empty() ||
           (!lost.areAllNamed && hasFiles(path, key, &cancelled));
  });
}

namespace {

bool hasLost(const strapi::TransferResult& result, strapi::LossKind kind) {
  return std::any_of(result.losses.begin(), result.losses.end(),
                     [kind](const strapi::Loss& loss) { return loss.kind == kind; });
}

// The types of which an archive has records and none has come, or, `orFewer`, not as many.
std::set<std::string> lostTypes(const strapi::TransferResult& result, bool orFewer,
                                const archive::ArchiveSummary& earlier) {
  const auto& come = result.stages.at(strapi::TransferStage::entities).aggregates;
  std::set<std::string> types;
  for (const auto& [type, tally] : earlier.entitiesByType) {
    const auto found = come.find(type);
    const std::uint64_t count = found == come.end() ? 0 : found->second.count;
    if (tally.count > count && (orFewer || count == 0)) {
      types.insert(type);
    }
  }
  return types;
}

bool hasLostType(const strapi::TransferResult& result) {
  return result.stages.count(strapi::TransferStage::entities) != 0 &&
         (hasLost(result, strapi::LossKind::unreadableType) ||
          hasLost(result, strapi::LossKind::suspectedType));
}

}  // namespace

bool hasLostRecords(const strapi::TransferResult& result, const std::string& path,
                    const std::string& key, const std::atomic<bool>& cancelled) {
  return hasLostType(result) && hasAnyway(path, [&] {
           const bool orFewer = hasLost(result, strapi::LossKind::unreadableType);
           const archive::ArchiveSummary earlier = inspectAnyway(path, key, cancelled);
           return !earlier.isReadToEnd || !lostTypes(result, orFewer, earlier).empty();
         });
}

namespace {

// Of an archive that is not whole, as much as can be read.
Unbrought unbroughtIn(const strapi::TransferResult& result, const archive::ArchiveSummary& archive,
                      const std::string& path, const std::string& key,
                      const std::atomic<bool>& cancelled) {
  Unbrought held;
  if (result.stages.count(strapi::TransferStage::entities) != 0) {
    const bool areAny = hasLostType(result);
    for (const std::string& type : lostTypes(result, false, archive)) {
      if (areAny || isOwnType(type)) {
        held.types.insert(type);
      }
    }
  }
  if (archive.isReadToEnd) {
    held.files = lackedFilesIn(filesLostBy(result), path, key, &cancelled);
  }
  return held;
}

std::optional<archive::ArchiveSummary> summaryOf(const std::string& path, const std::string& key,
                                                 const std::atomic<bool>& cancelled) {
  try {
    return hasContent(path) ? std::optional(inspectAnyway(path, key, cancelled)) : std::nullopt;
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) {
      throw;
    }
    return std::nullopt;
  }
}

template <class Set>
void subtract(Set& set, const Set& other) {
  for (const auto& each : other) {
    set.erase(each);
  }
}

}  // namespace

Unbrought unbroughtIn(const strapi::TransferResult& result, const std::string& path,
                      const std::string& key, const std::atomic<bool>& cancelled) {
  const auto archive = summaryOf(path, key, cancelled);
  return archive ? unbroughtIn(result, *archive, path, key, cancelled) : Unbrought();
}

Unbrought unbroughtAlone(const strapi::TransferResult& result, const std::string& path,
                         const std::string& other, const std::string& key,
                         const std::atomic<bool>& cancelled) {
  Unbrought held = unbroughtIn(result, path, key, cancelled);
  if (held.isEmpty()) {
    return held;
  }
  if (const auto archive = summaryOf(other, key, cancelled); archive && archive->isReadToEnd) {
    const Unbrought others = unbroughtIn(result, *archive, other, key, cancelled);
    subtract(held.types, others.types);
    subtract(held.files, others.files);
  }
  return held;
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
