#pragma once

#include "tool/commands/interruption.hpp"
#include "tool/report/transfer_report.hpp"
#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/strapi/source.hpp"

namespace wsferry::tool {

/// Moves what a source has into an archive, telling `report` of progress. A signal ends it in good
/// order and leaves nothing. @throws Error
TransferOutcome transferIntoArchive(strapi::Source& source,
                                    archive::ArchiveDestinationOptions archive,
                                    strapi::TransferEngineOptions options, TransferReport& report,
                                    Interruption& interruption);

/// How a failed transfer is shown: as a signal's doing, where there was one. What breaks first
/// after a signal depends on timing; the cause is the signal.
FailureReport failureReport(const std::exception& failure, std::string_view adminUrl,
                            const Interruption& interruption);

/// Advises --force, where a target exists and that was not given.
void adviseForce(FailureReport& failure, bool forceGiven);

/// Shows it; with `json`, where that goes to standard output, on standard error for people too.
ExitCode reportFailed(const FailureReport& failure, TransferReport& report, bool alsoAsText);

}  // namespace wsferry::tool
