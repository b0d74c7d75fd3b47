#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "tool/series/name_template.hpp"
#include "tool/series/retention_options.hpp"
#include "tool/series/series_archive.hpp"
#include "wsferry/strapi/transfer_filter.hpp"

namespace wsferry::tool {

class JsonLine;

/// What became of the archives of a series, oldest first.
struct RetentionResult {
  struct Row {
    std::string name;  ///< With the folder.
    std::string why;
  };
  std::vector<Row> kept;        ///< Why: what keeps it.
  std::vector<Row> removed;     ///< Or what would be, in a dry run.
  std::vector<Row> incomplete;  ///< Left alone and not counted: see incompleteWords.
  std::vector<Row> leftAlone;   ///< The same: what is not known to be the tool's and whole.
  std::vector<Row> failed;      ///< Could not be removed.
  bool dryRun = false;
};

/// Removes what the counts do not keep; with `dryRun` it only says what it would remove. Removed is
/// only what the tool made and what is whole: each is read to its end before. Only what is not
/// known to lack anything counts: the newest one that stays is `made`, which this run has made or
/// would make, or is read to its end, too; of the others that stay the end is looked at. What does
/// not count is left alone, and among the result. The caller has a TargetLock, except for a dry
/// run.
/// @throws Error with Errc::fileFailed if the folder cannot be read.
RetentionResult applyRetention(const NameTemplate& series, const RetentionOptions& options,
                               const SeriesReading& reading,
                               const std::optional<SeriesArchive>& made = std::nullopt);

/// What of a selection's archive keeps it from counting in a series: the newest earlier archive
/// that counts holds something that the selection leaves out. Empty where none does, as in a series
/// of one selection. `interrupted` as in SeriesReading.
std::string heldByEarlier(const NameTemplate& series, const std::string& made,
                          const strapi::TransferFilter& selection, const SeriesReading& reading);

/// One line for each archive; with `problemsOnly` for those that a person has to look at.
std::string retentionText(const RetentionResult& result, bool problemsOnly);

/// As members of a JSON object.
void writeRetention(JsonLine& line, const RetentionResult& result);

}  // namespace wsferry::tool
