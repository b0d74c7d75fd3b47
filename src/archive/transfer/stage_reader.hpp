#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "archive/bounded/spooled_entries.hpp"
#include "wsferry/archive/archive_reader.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::archive {

/// Gives the entries of one stage after the other, in one pass over an archive whatever its order:
/// what belongs to a later stage than the one that is asked for is spooled.
class StageReader {
 public:
  using Open = std::function<ArchiveReader()>;

  /// An entry: its path, an upload's file name (otherwise empty), and its bytes, which need not be
  /// read.
  struct StageEntry {
    std::string path;
    std::string filename;
    std::uint64_t size = 0;
    ReadBytes read;
  };
  using Take = std::function<void(const StageEntry&)>;

  /// `open` is called once, when an entry is needed. `entries` is how many each stage has.
  /// `budget` outlives the reader.
  /// Without `givesFiles` the assets are passed over, and not kept for later.
  StageReader(Open open, std::map<strapi::TransferStage, std::uint64_t> entries,
              SpoolBudget& budget, std::string folder, bool givesFiles);

  /// Gives all entries of the stage, in the archive's order. Stages may be left out.
  /// @throws Error: invalidState if this stage or one after it was read before, invalidArchive if
  /// the archive has other entries than were announced, and as ArchiveReader.
  void read(strapi::TransferStage stage, const Take& take);

 private:
  void readDeferred(strapi::TransferStage stage, const Take& take);
  void defer(strapi::TransferStage stage, const Entry& entry);

  Open open_;
  std::optional<ArchiveReader> reader_;
  std::map<strapi::TransferStage, std::uint64_t> remaining_;
  std::optional<strapi::TransferStage> lastStage_;
  SpoolBudget& budget_;
  std::string folder_;
  const bool givesFiles_;
  std::map<strapi::TransferStage, SpooledEntries> deferred_;
};

}  // namespace wsferry::archive
