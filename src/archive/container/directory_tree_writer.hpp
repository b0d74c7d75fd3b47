#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "archive/container/tree_writer.hpp"
#include "archive/file/temporary_path.hpp"
#include "core/file/file_handle.hpp"

namespace wsferry::archive {

/// Writes the tree to disk, in a folder that gets its final name at the end.
class DirectoryTreeWriter final : public TreeWriter {
 public:
  explicit DirectoryTreeWriter(const std::string& target);

  void put(const std::string& path, const std::vector<std::string_view>& pieces) override;
  std::unique_ptr<TreeFile> open(const std::string& path) override;
  std::unique_ptr<TreeFile> adopt(const std::string& path, const std::string& existing) override;
  std::string temporaryPath() const override { return root_.path(); }
  StoredTree commit(const std::string& target, bool overwrite,
                    const std::function<void()>& beforeNaming) override;
  void leave() override;

 private:
  class OpenFile;
  class SharedFile;

  void makeFoldersOf(const std::string& path);
  FileHandle create(const std::string& path) const;
  bool share(const std::string& path, const std::string& existing) const;

  std::string target_;
  TemporaryPath root_;
  std::set<std::string> folders_;  ///< Made so far, below the root.
  std::uint64_t bytes_ = 0;
  std::uint64_t sharedFiles_ = 0;
};

}  // namespace wsferry::archive
