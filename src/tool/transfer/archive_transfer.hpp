#pragma once

#include <functional>
#include <string>

#include "tool/report/transfer_report.hpp"
#include "tool/series/provisional_mark.hpp"
#include "tool/terminal/interruption.hpp"
#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/strapi/source.hpp"

namespace wsferry::tool {

/// Warns where an import would take the archive for another kind by its name.
void warnOfName(const archive::ArchiveDestinationOptions& archive, TransferReport& report);

/// What a source lacks that its content may not show.
struct KnownLack {
  archive::NotedLosses losses;
  bool isMarked = false;  ///< It may lack content, or only be a selection: see archive_mark.hpp.
  /// Asked at the end: since when the files are as the server had them, if not since this transfer
  /// began; empty where that is not known. See ArchiveDestination::noteFilesAsOf().
  std::function<std::optional<std::string>()> filesAsOf = {};
};

/// Moves what a source has into an archive, telling `report` of progress. One that lacks something
/// replaces no earlier one: it gets its incompleteName(), and a note says so. A signal ends it in
/// good order and leaves nothing; one that comes when it is done waits for what is told of it.
/// `mark`, if there is one, is set before the archive gets its name. The archive's end tells of
/// what is lost, and of what the source lacks by `known`. ExitCode::data for one that is beside an
/// earlier one, or lacks what a source had lost that nobody accepts. @throws Error
TransferOutcome transferIntoArchive(strapi::Source& source,
                                    archive::ArchiveDestinationOptions archive,
                                    strapi::TransferEngineOptions options, TransferReport& report,
                                    Interruption& interruption, ProvisionalMark* mark = nullptr,
                                    const KnownLack& known = {});

/// Whether the name of an archive has a date, so that `prune` may take it for one of a series.
bool mayCountInSeries(const std::string& path);

/// Notes beside the archive that was made whether it lacks something, so that it never counts as
/// one that is whole. A failure is told among the notes of `outcome`, and makes it ExitCode::data.
void noteCompleteness(bool isComplete, TransferOutcome& outcome);

/// Removes the archive that an earlier run has put beside the target, as the target was more; for
/// one that is whole now. Only what wsferry has written, by its end, and that has nothing of a
/// stage of which nothing has come now. What came of it, for a person; empty if there is none.
std::string removeAside(const strapi::TransferResult& result, const std::string& target,
                        const std::string& key, const std::atomic<bool>& cancelled);

/// A signal's doing is shown as that. What breaks first after a signal depends on timing; the cause
/// is the signal.
void showAsInterruption(FailureReport& failure, const Interruption& interruption);

inline constexpr const char* archiveExistsRemedy =
    "Choose another name, or replace it with --force.";

/// How a failure of a command that makes an archive is amended: it may have been interrupted, and
/// for an archive that exists there is something to do.
std::function<void(FailureReport&)> amendArchiveFailure(
    const Interruption& interruption, bool forceGiven,
    const std::string& remedyIfExists = archiveExistsRemedy);

}  // namespace wsferry::tool
