#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "archive/container/tree_writer.hpp"
#include "archive/file/temporary_path.hpp"

namespace wsferry::archive {

/// Writes the tree to disk, in a folder that gets its final name at the end.
class DirectoryTreeWriter final : public TreeWriter {
 public:
  explicit DirectoryTreeWriter(const std::string& target);

  void put(const std::string& path, const std::vector<std::string_view>& pieces) override;
  std::unique_ptr<TreeFile> open(const std::string& path) override;
  std::string temporaryPath() const override { return root_.path(); }
  StoredTree commit(bool overwrite) override;

 private:
  class OpenFile;

  std::string target_;
  TemporaryPath root_;
  std::set<std::string> folders_;  ///< Made so far, below the root.
  std::uint64_t bytes_ = 0;
};

}  // namespace wsferry::archive
