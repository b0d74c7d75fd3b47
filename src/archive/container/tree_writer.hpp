#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace wsferry::archive {

/// A file of the tree whose size is not known beforehand. Destroying it before close() drops it.
class TreeFile {
 public:
  virtual ~TreeFile() = default;
  virtual void write(std::string_view bytes) = 0;
  virtual void close() = 0;
};

/// What was stored.
struct StoredTree {
  std::uint64_t bytes = 0;
  std::string sha256;             ///< Of a tar's file.
  std::uint64_t sharedFiles = 0;  ///< Files that take no room of their own.
  std::string note;               ///< What could not be done though all is stored; may be empty.
};

/// The tree of files that an export is (protocol section 8), in a tar or on disk. Destroying it
/// before commit() leaves nothing behind.
class TreeWriter {
 public:
  virtual ~TreeWriter() = default;

  /// Stores a file made of `pieces`.
  virtual void put(const std::string& path, const std::vector<std::string_view>& pieces) = 0;

  /// Starts a file of unknown size. Several may be open.
  virtual std::unique_ptr<TreeFile> open(const std::string& path) = 0;

  /// The same for a file whose bytes `existing`, a file on disk, has. It may share them; they are
  /// written nevertheless, and compared.
  virtual std::unique_ptr<TreeFile> adopt(const std::string& path,
                                          const std::string& /*existing*/) {
    return open(path);
  }

  /// Where it is written before commit(); empty for standard output.
  virtual std::string temporaryPath() const = 0;

  /// Makes everything permanent under the final name, which is in the folder of the target that it
  /// was made for. `beforeNaming` is called when all is on disk.
  virtual StoredTree commit(const std::string& target, bool overwrite,
                            const std::function<void()>& beforeNaming) = 0;

  /// In place of commit(): leaves what there is, as far as it is whole, under its temporary name,
  /// and claims it no longer.
  virtual void leave() = 0;
};

}  // namespace wsferry::archive
