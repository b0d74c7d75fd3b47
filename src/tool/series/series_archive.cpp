// POSIX: which files these are.
#include "tool/series/series_archive.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iterator>
#include <optional>
#include <system_error>
#include <tuple>
#include <utility>

#include "archive/check/whole_end.hpp"
#include "archive/file/part_names.hpp"
#include "archive/text/created_at.hpp"
#include "core/file/file_error.hpp"
#include "tool/series/archive_mark.hpp"
#include "tool/terminal/utc_text.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/iso_time.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

namespace fs = std::filesystem;

// A server's clock may be wrong, and a pull may take its time.
constexpr std::time_t mostClockDifference = std::time_t{2} * 86'400;

std::string folderToRead(const NameTemplate& series) {
  return series.folder().empty() ? "." : series.folder();
}

std::string pathOf(const NameTemplate& series, const SeriesArchive& archive) {
  return series.folder() + archive.name;
}

constexpr const char* recordRooms[] = {"schemas", "entities", "links", "configuration",
                                       "checksums"};

bool isRoomOfExport(const fs::path& path) {
  const std::string room = path.generic_string();
  return room == "assets" || room == "assets/uploads" || room == "assets/metadata" ||
         std::find(std::begin(recordRooms), std::end(recordRooms), room) != std::end(recordRooms);
}

bool isOfExport(const fs::path& path) {
  const std::string room = path.has_parent_path() ? path.parent_path().generic_string() : "";
  const std::string name = path.filename().string();
  const auto isPart = [&](const std::string& of) {
    return startsWith(name, of + "_") && endsWith(name, ".jsonl") &&
           name.find_first_not_of("0123456789", of.size() + 1) == name.size() - 6;
  };
  if (room == "assets/uploads" || room == "assets/metadata") {
    return true;  // Told apart below.
  }
  return path == "metadata.json" || std::any_of(std::begin(recordRooms), std::end(recordRooms),
                                                [&](auto of) { return room == of && isPart(of); });
}

std::string damageText(const std::string& what) {
  return "it is damaged: " + what.substr(0, what.find('\n'));
}

// By what an earlier step of this run has read of it.
std::string knownDamage(const std::string& path, const SeriesReading& reading) {
  for (const auto& [damaged, what] : reading.damaged) {
    std::error_code unknown;
    if (damaged == path || fs::equivalent(damaged, path, unknown)) {
      return damageText(what);
    }
  }
  return {};
}

std::string dateFlaw(const std::string& createdAt, const SeriesArchive& archive) {
  const auto created = readIsoTime(createdAt);
  if (!created) {
    return "it does not say when its content was made";
  }
  const std::time_t time = created->time_since_epoch().count();
  return std::abs(time - archive.time) > mostClockDifference
             ? "its content was made on " + utcText(time, "%Y-%m-%d") +
                   ", not on the date in its name: it is a copy, or its server's clock is wrong"
             : "";
}

// The first of the types that are only here, and not in the newest one or its schemas.
std::string goneType(const archive::ArchiveSummary& summary, const SeriesReading& reading) {
  std::string first;
  const auto& known = reading.newest->schemaUids;
  for (const auto& [type, tally] : summary.entitiesByType) {
    const bool isGone = std::find(known.begin(), known.end(), type) == known.end();
    if (tally.count != 0 && isGone && reading.goneTypes->insert(type).second && first.empty()) {
      first = type;
    }
  }
  return first;
}

// Whether the tool made it, then, and the one that stays has all that it has.
Flaw contentFlaw(const archive::ArchiveSummary& summary, const SeriesArchive& archive,
                 const SeriesReading& reading) {
  const auto files = summary.totals.find(strapi::TransferStage::assets);
  const std::uint64_t count = files == summary.totals.end() ? 0 : files->second.count;
  if (count != summary.filesWithChecksum) {
    return {"it was not made by wsferry, because not all of its files have checksums"};
  }
  // Without files its records have to show it; earlier archives have checksums of files alone.
  if (count == 0 &&
      (summary.partsOfRecords == 0 || summary.partsOfRecords != summary.partsWithChecksum)) {
    return {"it was not made by wsferry, because not all of its records have checksums"};
  }
  if (std::string flaw = dateFlaw(summary.metadata.createdAt, archive); !flaw.empty()) {
    return {std::move(flaw)};
  }
  if (reading.newest) {
    if (const std::string more = moreThan(*reading.newest, summary); !more.empty()) {
      return {"it holds " + more + ", of which the newest one has none"};
    }
  }
  if (reading.newest && reading.goneTypes) {
    if (const std::string type = goneType(summary, reading); !type.empty()) {
      return {"it is the last with records of " + type + ", which the newest one does not know",
              false, true};
    }
  }
  return {};
}

// Found by reading it: that it lacks files, which may have been accepted, is none.
bool isDamaged(const std::string& path, const SeriesReading& reading) {
  archive::VerificationOptions options;
  options.allowMissingFiles = true;
  options.cancelled = reading.interrupted;
  try {
    return !archive::verifyArchive(path, reading.key, options).problems.empty();
  } catch (const Error&) {  // Without its key, for example, nobody knows.
    return false;
  }
}

// By what this run, or an earlier one, has found.
Flaw knownFlaw(const std::string& path, const SeriesReading& reading) {
  const auto mark = damageMarkOf(path);
  if (mark && mark->isCurrent) {
    return {mark->text};
  }
  if (std::string damage = knownDamage(path, reading); !damage.empty()) {
    return {std::move(damage), isDamaged(path, reading)};
  }
  return {isMarkedIncomplete(path) ? incompleteWords : std::string()};
}

std::string lossFlaw(const archive::NotedLosses& losses, const SeriesReading& reading) {
  const bool isForgiven = losses.areFiles() && reading.allowMissingFiles;
  return losses.count > 0 && !isForgiven ? "the run that made it lost content" : "";
}

// What reading all of it shows, and then `judge`.
Flaw readFlaw(const std::string& path, const SeriesReading& reading,
              const std::function<Flaw(const archive::ArchiveSummary&)>& judge) {
  archive::VerificationOptions options;
  options.allowMissingFiles = reading.allowMissingFiles;
  options.cancelled = reading.interrupted;
  try {
    const archive::ArchiveSummary summary = archive::verifyArchive(path, reading.key, options);
    return summary.problems.empty() ? judge(summary)
                                    : Flaw{"it is not whole: " + summary.problems.front(),
                                           reading.allowMissingFiles || isDamaged(path, reading)};
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) {
      return {interruptedWords};
    }
    if (error.code() == archive::ArchiveErrc::keyRequired) {
      return {
          "it is encrypted, and must be read before it is removed: give its key with --key-file"};
    }
    const std::string message = error.info().message;
    return {"it cannot be read: " + message.substr(0, message.find('\n'))};
  }
}

bool isFileOrFolder(const std::string& path) {
  struct stat information {};
  return ::lstat(path.c_str(), &information) == 0 &&
         (S_ISREG(information.st_mode) || S_ISDIR(information.st_mode));
}

constexpr const char* otherKindWords = "it is neither a file nor a folder";

}  // namespace

// Each file of the content has metadata, and the other way round.
std::string foreignIn(const fs::path& folder) {
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    const fs::path path = fs::relative(at->path(), folder, error);
    if (at->is_directory(error) && !at->is_symlink(error)) {
      if (!isRoomOfExport(path)) {
        return path.generic_string() + ", which is not part of an export";
      }
      continue;
    }
    const bool isUpload = path.parent_path() == "assets/uploads";
    const fs::path partner = isUpload
                                 ? folder / "assets/metadata" / (path.filename().string() + ".json")
                                 : folder / "assets/uploads" / path.stem();
    const bool needsPartner = isUpload || path.parent_path() == "assets/metadata";
    if (!isOfExport(path)) {
      return path.generic_string() + ", which is not part of an export";
    }
    if (needsPartner && !fs::is_regular_file(partner, error)) {
      return path.generic_string() + " without " +
             fs::relative(partner, folder, error).generic_string();
    }
  }
  return error ? "something unreadable, which may not be part of an export" : "";
}

std::vector<SeriesArchive> archivesOf(const NameTemplate& series) {
  std::vector<SeriesArchive> found;
  std::error_code error;
  fs::directory_iterator entries(folderToRead(series), error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    std::string name = entries->path().filename().string();
    if (const auto match = series.match(name)) {
      found.push_back({std::move(name), match->time});
    }
  }
  if (error) {
    throwFileError("read the folder", folderToRead(series), error.value());
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::tie(a.time, a.name) < std::tie(b.time, b.name);
  });
  return found;
}

Flaw flawOf(const NameTemplate& series, const SeriesArchive& archive,
            const SeriesReading& reading) {
  const std::string path = pathOf(series, archive);
  if (!isFileOrFolder(path)) {
    return {otherKindWords};
  }
  if (Flaw known = knownFlaw(path, reading); !known.empty()) {
    return known;
  }
  std::error_code unknown;
  if (fs::is_directory(path, unknown)) {
    const std::string foreign = foreignIn(path);
    if (!foreign.empty()) {
      return {"it holds " + foreign};
    }
  }
  const auto end = archive::readWholeEnd(path, reading.key);
  const std::string lost = end ? lossFlaw(end->losses, reading) : std::string();
  return !lost.empty() ? Flaw{lost}
                       : readFlaw(path, reading, [&](const archive::ArchiveSummary& summary) {
                           return contentFlaw(summary, archive, reading);
                         });
}

Flaw flawOfCounted(const NameTemplate& series, const SeriesArchive& archive,
                   const SeriesReading& reading) {
  const std::string path = pathOf(series, archive);
  if (!isFileOrFolder(path)) {
    return {otherKindWords};
  }
  if (Flaw known = knownFlaw(path, reading); !known.empty()) {
    return known;
  }
  // One that was renamed, or copied to another day's name, is that day's no more than a link is.
  const auto end = archive::readWholeEnd(path, reading.key);
  if (end && !damageMarkOf(path)) {
    const std::string lost = lossFlaw(end->losses, reading);
    return {lost.empty() ? dateFlaw(archive::createdAtOf(end->metadata), archive) : lost};
  }
  SeriesReading alone = reading;
  alone.newest = nullptr;
  return flawOf(series, archive, alone);
}

void removeArchive(const NameTemplate& series, const SeriesArchive& archive) {
  const std::string path = pathOf(series, archive);
  struct stat information {};
  if (::lstat(path.c_str(), &information) != 0) {
    throwFileError("remove", path, errno);
  }
  if (!S_ISDIR(information.st_mode)) {
    if (::unlink(path.c_str()) != 0) {
      throwFileError("remove", path, errno);
    }
    return;
  }
  const std::string doomed = archive::partName(path) + ".removed";
  if (::rename(path.c_str(), doomed.c_str()) != 0) {
    throwFileError("remove", path, errno);
  }
  if (!archive::removeTree(doomed)) {
    const int error = errno;
    throw Error(Errc::fileFailed,
                "it is partly removed; the rest is " + doomed +
                    ", which cannot be removed: " + std::generic_category().message(error));
  }
}

std::optional<FileIdentity> identityOf(const std::string& path) {
  struct stat information {};
  if (::lstat(path.c_str(), &information) != 0) {
    return std::nullopt;
  }
  return FileIdentity{information.st_dev, information.st_ino};
}

bool hasContent(const std::string& path) {
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error)) && !fs::is_empty(path, error);
}

bool isWorthKeeping(const std::string& path, const std::string& key, std::uint64_t losses) {
  if (!hasContent(path)) {
    return false;
  }
  const auto end = archive::readWholeEnd(path, key);
  return !end || end->losses.count < losses;
}

std::string moreThan(const archive::ArchiveSummary& other, const archive::ArchiveSummary& archive) {
  for (const auto& [stage, tally] : archive.totals) {
    const auto found = other.totals.find(stage);
    if (tally.count != 0 && (found == other.totals.end() || found->second.count == 0)) {
      return std::string(toString(stage));
    }
  }
  for (const auto& [type, tally] : archive.entitiesByType) {
    const auto found = other.entitiesByType.find(type);
    const bool isMissing = found == other.entitiesByType.end() || found->second.count == 0;
    const auto& uids = other.schemaUids;
    const bool isKnown = std::find(uids.begin(), uids.end(), type) != uids.end();
    if (tally.count != 0 && isMissing && isKnown) {
      return "records of " + type;
    }
  }
  return {};
}

void noteDamage(const std::string& path, const std::string& damage, const std::string& key,
                const std::atomic<bool>& interrupted) {
  SeriesReading reading;
  reading.key = key;
  reading.interrupted = &interrupted;
  const std::string name = path.substr(path.rfind('/') + 1);
  if (!NameTemplate::tellsDate(name) || isMarkedIncomplete(path) || !isDamaged(path, reading)) {
    return;
  }
  try {
    markDamaged(path, damageText(damage));
  } catch (const Error&) {  // It is found again, by whoever reads it.
  }
}

}  // namespace wsferry::tool
