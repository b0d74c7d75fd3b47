#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "archive/entry_source.hpp"
#include "archive/file_source.hpp"

namespace wsferry::archive {

/// Reads a folder, in the order of the stages; an asset's metadata comes before the asset.
class DirectoryEntries final : public EntrySource {
 public:
  explicit DirectoryEntries(std::string root);

  std::optional<Entry> next() override;
  std::string_view read() override;

 private:
  std::string root_;
  std::vector<Entry> entries_;
  std::size_t nextEntry_ = 0;
  std::optional<FileSource> file_;
};

}  // namespace wsferry::archive
