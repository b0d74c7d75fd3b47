#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "archive/container/entry_path.hpp"
#include "archive/container/entry_source.hpp"
#include "archive/file/file_source.hpp"

namespace wsferry::archive {

/// Reads a folder, in the order of the stages; an asset's metadata comes before the asset.
class DirectoryEntryReader final : public EntrySource {
 public:
  /// `cancelled` may be null, and outlives it.
  DirectoryEntryReader(std::string root, const std::atomic<bool>* cancelled);

  std::optional<Entry> next() override;
  const std::string& leadingFolder() const override { return leadingFolder_.name(); }
  std::string_view read() override;

 private:
  std::string root_;
  const std::atomic<bool>* cancelled_;
  LeadingFolder leadingFolder_;
  std::vector<Entry> entries_;
  std::size_t nextEntry_ = 0;
  std::optional<FileSource> file_;
};

}  // namespace wsferry::archive
