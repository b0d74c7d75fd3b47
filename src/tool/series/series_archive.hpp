#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tool/series/name_template.hpp"
#include "wsferry/archive/archive_inspection.hpp"

namespace wsferry::tool {

/// An archive of a series, by its name: only flawOf() knows whether it is one.
struct SeriesArchive {
  std::string name;  ///< Without the folder.
  std::time_t time;  ///< That the name says.
};

/// What a folder holds that has names of a template with {date}, oldest first. What is not
/// finished has none. @throws Error with Errc::fileFailed if the folder cannot be read.
std::vector<SeriesArchive> archivesOf(const NameTemplate& series);

/// How the archives of a series are read.
struct SeriesReading {
  std::string key;  ///< Of encrypted ones.
  bool allowMissingFiles = false;
  /// The newest that stays: one with more than this is not removed. Null: not compared.
  const archive::ArchiveSummary* newest = nullptr;
  const std::atomic<bool>* interrupted = nullptr;   ///< Once true, none counts as whole any more.
  std::map<std::string, std::string> damaged = {};  ///< What is known to be wrong, by path.
  /// Types that the newest has no schema of any more, and that another one that stays has records
  /// of; one with records of others is not removed, and adds them. Null: not looked at.
  std::set<std::string>* goneTypes = nullptr;
};

/// Why one that is marked does not count.
inline constexpr const char* incompleteWords =
    "the run that made it lost content, took a selection without --keep options, or converted an "
    "archive that is not known to be whole";

/// Why one does not that was not read to its end.
inline constexpr const char* interruptedWords = "the run was interrupted before it was read";

/// What keeps an archive from counting as one that the tool made and that is whole.
struct Flaw {
  std::string text;           ///< Empty for none.
  bool isDamage = false;      ///< Its bytes are not those that were stored, or not all of them.
  bool isLastOfType = false;  ///< By SeriesReading::goneTypes.

  bool empty() const { return text.empty(); }
};

/// The flaw of an archive, which is read to its end for that.
Flaw flawOf(const NameTemplate& series, const SeriesArchive& archive, const SeriesReading& reading);

/// The same of one that stays, at less cost: one whose end shows that the tool made it and that it
/// was not cut off is not read any further.
Flaw flawOfCounted(const NameTemplate& series, const SeriesArchive& archive,
                   const SeriesReading& reading);

/// What a folder with an export holds besides it, not even what verify() passes over being of it: a
/// folder is removed with all that it holds. Empty for nothing.
std::string foreignIn(const std::filesystem::path& folder);

/// Removes it, so that nothing has its name that is not all of it. @throws Error: fileFailed.
void removeArchive(const NameTemplate& series, const SeriesArchive& archive);

/// Device and node.
using FileIdentity = std::pair<unsigned long long, unsigned long long>;

/// Which file has a name; nothing where none has.
std::optional<FileIdentity> identityOf(const std::string& path);

/// Whether a path has something that is not empty.
bool hasContent(const std::string& path);

/// Whether a path has something whose place an archive must not take that has lost content, of
/// which `losses` is how much: neither nothing, nor one that has lost as much by its end, for which
/// the key may be needed.
bool isWorthKeeping(const std::string& path, const std::string& key, std::uint64_t losses);

/// What an archive holds of which another has nothing, such as `assets`; empty for nothing.
std::string moreThan(const archive::ArchiveSummary& other, const archive::ArchiveSummary& archive);

/// Notes damage that a reading of the archive has come upon, if verification finds some, too, and
/// the archive is one that may count in a series. Once `interrupted` is true, it notes nothing.
void noteDamage(const std::string& path, const std::string& damage, const std::string& key,
                const std::atomic<bool>& interrupted);

}  // namespace wsferry::tool
