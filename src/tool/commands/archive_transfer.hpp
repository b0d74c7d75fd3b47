#pragma once

#include <functional>

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

/// A signal's doing is shown as that. What breaks first after a signal depends on timing; the cause
/// is the signal.
void showAsInterruption(FailureReport& failure, const Interruption& interruption);

/// How a failure of a command that makes an archive is amended: it may have been interrupted, and
/// --force may help.
std::function<void(FailureReport&)> amendArchiveFailure(const Interruption& interruption,
                                                        bool forceGiven);

}  // namespace wsferry::tool
