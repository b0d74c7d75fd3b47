#pragma once

#include <atomic>
#include <functional>
#include <set>
#include <string>

#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/strapi/transfer_engine.hpp"
#include "wsferry/strapi/transfer_filter.hpp"

namespace wsferry::tool {

/// What an archive holds that a selection leaves out, such as `assets`; empty for nothing.
std::string leftOut(const strapi::TransferFilter& selection,
                    const archive::ArchiveSummary& archive);

/// Why an archive that nothing more is known of may hold more than was read of it, in such words as
/// HeldMore; empty for one that was read to its end.
std::string mayHoldMore(const archive::ArchiveSummary& existing);

/// What an archive holds that a new one will not, in words behind its path, such as `holds assets,
/// which this selection leaves out`; empty for nothing.
using HeldMore = std::function<std::string(const archive::ArchiveSummary& existing)>;

/// Refuses to replace an archive by one that holds less, whatever else the existing one lacks. All
/// of it is read, of a damaged one as much as can be.
/// @throws Error with Errc::fileExists for one that holds more, or may do so because it is damaged
/// or cannot be read, such as one with another key; with Errc::cancelled once `cancelled` is true.
void requireHoldsNoMore(const archive::ArchiveDestinationOptions& archive, const HeldMore& heldMore,
                        const std::atomic<bool>& cancelled);

/// The same for an archive of a selection, before anything is transferred.
void requireHoldsNoMore(const archive::ArchiveDestinationOptions& archive,
                        const strapi::TransferFilter& selection,
                        const std::atomic<bool>& cancelled);

/// Of which stage nothing has come, as from a server that came up empty, although the archive at
/// `path` has some, or may have: such as `has no assets`; empty for none. That archive is read only
/// if a stage is empty. @throws Error with Errc::cancelled once `cancelled` is true.
std::string lackedStage(const strapi::TransferResult& result, const std::string& path,
                        const std::string& key, const std::atomic<bool>& cancelled);

/// Whether the archive at `path` has a file, or more bytes of one, that the transfer lost; any file
/// where it lost more than Loss::files names. True where it cannot be read. It is read only if
/// files were lost.
/// @throws Error with Errc::cancelled once `cancelled` is true.
bool hasLostFile(const strapi::TransferResult& result, const std::string& path,
                 const std::string& key, const std::atomic<bool>& cancelled);

/// The same where records of a type were lost: whether the archive has some of a type of which none
/// has come, or, where a type came only in part, more of any.
bool hasLostRecords(const strapi::TransferResult& result, const std::string& path,
                    const std::string& key, const std::atomic<bool>& cancelled);

/// What an archive has and a transfer has not brought.
struct Unbrought {
  std::set<std::string> types;  ///< Of the project's own, of which it has records and none came; of
                                ///< any, where the transfer lost types.
  std::set<std::string> files;  ///< Those that the transfer lost, as far as their names are known.

  bool isEmpty() const { return types.empty() && files.empty(); }
  /// What the transfer is without, in words such as `lacks the file x.png`; not of an empty one.
  std::string text() const {
    return types.empty() ? "lacks the file " + *files.begin()
                         : "has no records of " + *types.begin();
  }
};

/// Of the archive at `path`; nothing where there is none, or none that can be read.
/// @throws Error with Errc::cancelled once `cancelled` is true.
Unbrought unbroughtIn(const strapi::TransferResult& result, const std::string& path,
                      const std::string& key, const std::atomic<bool>& cancelled);

/// The same without what the archive at `other` has, too, if that is whole.
Unbrought unbroughtAlone(const strapi::TransferResult& result, const std::string& path,
                         const std::string& other, const std::string& key,
                         const std::atomic<bool>& cancelled);

}  // namespace wsferry::tool
