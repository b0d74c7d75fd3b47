#pragma once

#include <atomic>
#include <string>

#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/strapi/transfer_filter.hpp"

namespace wsferry::tool {

/// What an archive holds that a selection leaves out, such as `assets`; empty for nothing.
std::string leftOut(const strapi::TransferFilter& selection,
                    const archive::ArchiveSummary& archive);

/// Before anything is transferred: an archive of a selection replaces no archive that holds what
/// the selection leaves out, unless that is marked as lacking something. All of the earlier one is
/// read, of a damaged one as much as can be. What is no archive may be replaced.
/// @throws Error with Errc::fileExists for one that holds more, or that cannot be read, such as one
/// with another key; with Errc::cancelled once `cancelled` is true.
void requireNoneThatHoldsMore(const archive::ArchiveDestinationOptions& archive,
                              const strapi::TransferFilter& selection,
                              const std::atomic<bool>& cancelled);

}  // namespace wsferry::tool
