#pragma once

#include <memory>

#include "strapi/push/files_backup.hpp"
#include "strapi/push/push_pipeline.hpp"
#include "wsferry/strapi/remote_destination.hpp"

namespace wsferry::strapi {

/// What one push changes at its server: the database, in a transaction, and the upload files, which
/// are not part of it (protocol section 6). Asks for each change, and knows from the answers what
/// has happened. Not thread-safe.
class PushTransaction {
 public:
  /// Where the server's diagnostics of this push go, as long as they come.
  const std::shared_ptr<FilesBackup>& filesBackup() const { return filesBackup_; }

  /// Makes the server begin and delete what the push replaces. @throws Error
  void begin(PushPipeline& connection, bool withAssets);

  /// The server is about to take assets: until their end it stores files of its own accord.
  void beginAssets() { storesFiles_ = true; }

  /// Ends the stage of assets, with which the old files go. @throws Error
  Answer endAssets(PushPipeline& connection);

  /// Asks for the commit, whose answer is given before the database has done it.
  /// @throws Error; takeBack() then still is possible, and waits for a commit without an answer.
  void commit(PushPipeline& connection);

  /// Ends the transfer after its commit. An answer, even a refusal, comes from a server that went
  /// on after the commit; without one nothing is known. @throws Error
  void end(PushPipeline& connection);

  /// Rolls back what is not committed, and ends what is. Whether the server has answered, and
  /// nothing is in the way of a good end, at the deadline. With `behindBatches` the request follows
  /// batches in flight; otherwise it waits for their answers. Between beginning and end of the
  /// assets nothing is asked of a server that takes batches: ending the connection is what rolls
  /// back there.
  [[nodiscard]] bool takeBack(PushPipeline& connection, bool behindBatches, TimePoint deadline);

  PushEffect effect() const;

 private:
  [[nodiscard]] bool endUntil(PushPipeline& connection, TimePoint deadline);

  const std::shared_ptr<FilesBackup> filesBackup_ = std::make_shared<FilesBackup>();
  PushEffect effect_;
  bool storesFiles_ = false;
  bool hasBegun_ = false;                       ///< The server said so.
  std::shared_ptr<PushPipeline::Call> commit_;  ///< Unless it was refused.
  std::shared_ptr<PushPipeline::Call> end_;
};

}  // namespace wsferry::strapi
