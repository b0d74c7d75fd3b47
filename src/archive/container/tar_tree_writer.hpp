#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/chain/encryption.hpp"
#include "archive/chain/gzip_sink.hpp"
#include "archive/container/tar_writer.hpp"
#include "archive/container/tree_writer.hpp"
#include "archive/file/file_sink.hpp"
#include "archive/file/temporary_path.hpp"
#include "core/file/spool.hpp"
#include "wsferry/archive/archive_destination.hpp"

namespace wsferry::archive {

/// Writes the tree as a tar, compressed and encrypted as asked, to a file or to standard output.
class TarTreeWriter final : public TreeWriter {
 public:
  explicit TarTreeWriter(const ArchiveDestinationOptions& options);

  void put(const std::string& path, const std::vector<std::string_view>& pieces) override;
  std::unique_ptr<TreeFile> open(const std::string& path) override;
  std::string temporaryPath() const override { return target_ ? target_->path() : ""; }
  StoredTree commit(const std::string& target, bool overwrite,
                    const std::function<void()>& beforeNaming) override;
  void leave() override;

 private:
  class SpooledFile;

  void finish();

  // In the order of the chain, from its end: a link is destroyed before what it writes to.
  std::optional<TemporaryPath> target_;  ///< Not for standard output.
  FileHandle standardOutput_;
  std::optional<FileSink> file_;
  std::optional<EncryptingSink> encryption_;
  std::optional<GzipSink> gzip_;
  std::optional<TarWriter> tar_;
  bool isFinished_ = false;

  SpoolBudget budget_;
  std::string spoolFolder_;
};

}  // namespace wsferry::archive
