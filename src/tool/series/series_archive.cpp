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
#include <limits>
#include <optional>
#include <system_error>
#include <tuple>
#include <utility>

#include "archive/check/whole_end.hpp"
#include "archive/file/part_names.hpp"
#include "core/file/file_error.hpp"
#include "core/file/file_handle.hpp"
#include "tool/terminal/printable_text.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
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

std::string markOf(const std::string& archive) {
  return archive::companionPath(archive, ".incomplete");
}

// `2026-11-29T01:45:30.123Z`; nothing for what is no such time.
std::optional<std::time_t> timeOfJson(const std::string& text) {
  std::tm parts{};
  const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  return end == nullptr ? std::nullopt : std::optional(timegm(&parts));
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

// By what an earlier step of this run has read of it.
std::string knownDamage(const std::string& path, const SeriesReading& reading) {
  for (const auto& [damaged, what] : reading.damaged) {
    std::error_code unknown;
    if (damaged == path || fs::equivalent(damaged, path, unknown)) {
      return "it is damaged: " + what.substr(0, what.find('\n'));
    }
  }
  return {};
}

// What one holds and the other has nothing of, as archives of selections do.
std::string moreThan(const archive::ArchiveSummary& newest, const archive::ArchiveSummary& older) {
  for (const auto& [stage, tally] : older.totals) {
    const auto found = newest.totals.find(stage);
    if (tally.count != 0 && (found == newest.totals.end() || found->second.count == 0)) {
      return std::string(toString(stage));
    }
  }
  for (const auto& [type, tally] : older.entitiesByType) {
    const auto found = newest.entitiesByType.find(type);
    const bool isMissing = found == newest.entitiesByType.end() || found->second.count == 0;
    if (tally.count != 0 && isMissing) {
      return "records of " + type;
    }
  }
  return {};
}

std::string dateFlaw(const std::string& createdAt, const SeriesArchive& archive) {
  return distanceFrom(createdAt, archive) > mostClockDifference
             ? "its content is not of the date in its name"
             : "";
}

std::string createdAtOf(const std::string& metadata) {
  try {
    return jsonStringOf(jsonMemberOf(metadata, "createdAt")).value_or("");
  } catch (const Error&) {
    return {};  // As one without.
  }
}

// Whether the tool made it, then, and the one that stays has all that it has.
std::string contentFlaw(const archive::ArchiveSummary& summary, const SeriesArchive& archive,
                        const SeriesReading& reading) {
  const auto files = summary.totals.find(strapi::TransferStage::assets);
  const std::uint64_t count = files == summary.totals.end() ? 0 : files->second.count;
  if (count != summary.filesWithChecksum) {
    return "it was not made by wsferry, because not all of its files have checksums";
  }
  // Without files its records have to show it; earlier archives have checksums of files alone.
  if (count == 0 &&
      (summary.partsOfRecords == 0 || summary.partsOfRecords != summary.partsWithChecksum)) {
    return "it was not made by wsferry, because not all of its records have checksums";
  }
  if (std::string flaw = dateFlaw(summary.metadata.createdAt, archive); !flaw.empty()) {
    return flaw;
  }
  if (reading.newest) {
    if (const std::string more = moreThan(*reading.newest, summary); !more.empty()) {
      return "it holds " + more + ", of which the newest one has none";
    }
  }
  return {};
}

// That it lacks files, which may have been accepted, is no damage.
bool isDamaged(const std::string& path, const SeriesReading& reading) {
  archive::VerificationOptions options;
  options.allowMissingFiles = true;
  options.cancelled = reading.interrupted;
  return !archive::verifyArchive(path, reading.key, options).problems.empty();
}

// What reading all of it shows, and then `judge`.
Flaw readFlaw(const std::string& path, const SeriesReading& reading,
              const std::function<std::string(const archive::ArchiveSummary&)>& judge) {
  archive::VerificationOptions options;
  options.allowMissingFiles = reading.allowMissingFiles;
  options.cancelled = reading.interrupted;
  try {
    const archive::ArchiveSummary summary = archive::verifyArchive(path, reading.key, options);
    return summary.problems.empty() ? Flaw{judge(summary)}
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
    return {"it cannot be read: " + message.substr(0, message.find('\n')),
            error.code() == archive::ArchiveErrc::invalidArchive};
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
  if (isMarkedIncomplete(path)) {
    return {incompleteWords};
  }
  std::error_code unknown;
  if (fs::is_directory(path, unknown)) {
    const std::string foreign = foreignIn(path);
    if (!foreign.empty()) {
      return {"it holds " + foreign};
    }
  }
  if (std::string damage = knownDamage(path, reading); !damage.empty()) {
    return {damage, true};
  }
  return readFlaw(path, reading, [&](const archive::ArchiveSummary& summary) {
    return contentFlaw(summary, archive, reading);
  });
}

Flaw flawOfCounted(const NameTemplate& series, const SeriesArchive& archive,
                   const SeriesReading& reading) {
  const std::string path = pathOf(series, archive);
  if (!isFileOrFolder(path)) {
    return {otherKindWords};
  }
  if (std::string damage = knownDamage(path, reading); !damage.empty()) {
    return {damage, true};
  }
  // One that was renamed, or copied to another day's name, is that day's no more than a link is.
  if (const auto end = archive::readWholeEnd(path, reading.key)) {
    return {end->losses > 0 && !reading.allowMissingFiles
                ? "the run that made it lost content"
                : dateFlaw(createdAtOf(end->metadata), archive)};
  }
  SeriesReading alone = reading;
  alone.newest = nullptr;
  return readFlaw(path, reading, [&](const archive::ArchiveSummary& summary) {
    return contentFlaw(summary, archive, alone);
  });
}

std::string momentOf(const NameTemplate& series, const SeriesArchive& archive,
                     const std::string& key) {
  const auto end = archive::readWholeEnd(pathOf(series, archive), key);
  const std::string createdAt = end ? createdAtOf(end->metadata) : std::string();
  return dateFlaw(createdAt, archive).empty() ? createdAt : std::string();
}

std::time_t distanceFrom(const std::string& moment, const SeriesArchive& archive) {
  const std::optional<std::time_t> created = timeOfJson(moment);
  return created ? std::abs(*created - archive.time) : std::numeric_limits<std::time_t>::max();
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

namespace {

void writeMark(const std::string& path, std::string_view text) {
  const std::string mark = markOf(path);
  FileHandle file(::open(mark.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666),
                  mark);
  if (!file.isOpen()) {
    throwFileError("create", mark, errno);
  }
  file.write(text);
  file.close();
}

// One that has changed since, as where a good copy took its place, is judged anew.
bool isNewerThan(const std::string& archive, const std::string& mark) {
  struct stat content {};
  struct stat noted {};
  if (::lstat(archive.c_str(), &content) != 0 || ::lstat(mark.c_str(), &noted) != 0) {
    return false;
  }
  const auto timeOf = [](const timespec& time) { return std::tie(time.tv_sec, time.tv_nsec); };
  return timeOf(noted.st_mtim) < timeOf(content.st_ctim);
}

}  // namespace

void markIncomplete(const std::string& path) {
  writeMark(path, {});
}

void markDamaged(const std::string& path, const std::string& damage) {
  writeMark(path, damage);
}

void markComplete(const std::string& path) {
  const std::string mark = markOf(path);
  if (::unlink(mark.c_str()) != 0 && errno != ENOENT) {
    throwFileError("remove", mark, errno);
  }
}

bool isMarkedIncomplete(const std::string& path) {
  std::error_code ignored;
  const std::string mark = markOf(path);
  return fs::exists(fs::symlink_status(mark, ignored)) &&
         (fs::file_size(mark, ignored) == 0 || ignored || !isNewerThan(path, mark));
}

std::string markedDamage(const std::string& path) {
  constexpr std::size_t most = 300;
  const std::string mark = markOf(path);
  if (!isMarkedIncomplete(path)) {
    return {};
  }
  FileHandle file(::open(mark.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), mark);
  std::string text(most, '\0');
  text.resize(file.isOpen() ? file.read(text.data(), text.size()) : 0);
  return printable(text.substr(0, text.find('\n')), most);
}

bool isWorthKeeping(const std::string& path, const std::string& key) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(path, error)) || fs::is_empty(path, error) ||
      isMarkedIncomplete(path)) {
    return false;
  }
  const auto end = archive::readWholeEnd(path, key);
  return !end || end->losses == 0;
}

}  // namespace wsferry::tool
