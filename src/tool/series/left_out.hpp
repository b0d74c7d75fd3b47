#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/strapi/transfer_filter.hpp"

namespace wsferry::tool {

/// What an archive holds that a selection leaves out, such as `assets`; empty for nothing.
std::string leftOut(const strapi::TransferFilter& selection,
                    const archive::ArchiveSummary& archive);

/// What an archive holds that a new one will not, in words behind its path, such as `holds assets,
/// which this selection leaves out`; empty for nothing.
using HeldMore = std::function<std::string(const archive::ArchiveSummary& existing)>;

/// Refuses to replace an archive by one that holds less, unless it is marked as lacking something.
/// All of the existing one is read, of a damaged one as much as can be. What is no archive may be
/// replaced.
/// @throws Error with Errc::fileExists for one that holds more, or that cannot be read, such as one
/// with another key; with Errc::cancelled once `cancelled` is true.
void requireHoldsNoMore(const archive::ArchiveDestinationOptions& archive, const HeldMore& heldMore,
                        const std::atomic<bool>& cancelled);

/// The same for an archive of a selection, before anything is transferred.
void requireHoldsNoMore(const archive::ArchiveDestinationOptions& archive,
                        const strapi::TransferFilter& selection,
                        const std::atomic<bool>& cancelled);

}  // namespace wsferry::tool
