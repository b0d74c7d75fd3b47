#pragma once

#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "wsferry/strapi/detail/dispatch/blocking_connection.hpp"
#include "wsferry/strapi/detail/push/files_backup.hpp"
#include "wsferry/strapi/remote_destination.hpp"

namespace wsferry::strapi {

/// What one push changes at its server: the database, in a transaction, and the upload files, which
/// are not part of it (protocol section 6). Asks for each change, and knows from the answers what
/// has happened. Not thread-safe.
class PushTransaction {
 public:
  /// Receives the server's diagnostics of this push.
  const std::shared_ptr<FilesBackup>& filesBackup() const { return filesBackup_; }

  /// Makes the server begin and delete what the push replaces. @throws Error
  void begin(BlockingConnection& connection, bool withAssets);

  /// The server is about to receive assets: until their end it stores files on its own.
  void beginAssets() { storesFiles_ = true; }

  /// Ends the stage of assets, with which the old files go. @throws Error
  Answer endAssets(BlockingConnection& connection);

  /// Requests the commit, which is answered before the database has done it. @throws Error;
  /// takeBack() is then still possible, and waits for a commit without an answer.
  void commit(BlockingConnection& connection);

  /// Ends the transfer after its commit. An answer, even a refusal, proves that the server
  /// continued after the commit; without one nothing is known. @throws Error
  void end(BlockingConnection& connection);

  /// Rolls back what is not committed, and ends the transfer. Returns whether, by the one deadline
  /// of both, the server has answered and nothing prevents a good end. With `behindBatches` the
  /// request follows batches in flight; otherwise it waits for their answers. Between beginning and
  /// end of the assets a server that accepts batches gets no request: ending the connection rolls
  /// back there.
  [[nodiscard]] bool takeBack(BlockingConnection& connection, bool behindBatches,
                              TimePoint deadline);

  PushEffect effect() const;

 private:
  [[nodiscard]] bool endUntil(BlockingConnection& connection, TimePoint deadline);

  const std::shared_ptr<FilesBackup> filesBackup_ = std::make_shared<FilesBackup>();
  PushEffect effect_;
  bool storesFiles_ = false;
  bool hasBegun_ = false;                 ///< The server said so.
  std::shared_ptr<Call<Answer>> commit_;  ///< Unless it was refused.
  std::shared_ptr<Call<Answer>> end_;
};

namespace detail {

inline auto endRequest() {
  return [](Dispatcher& dispatcher, auto token) {
    dispatcher.dispatchCommand(Command::end, "", std::move(token));
  };
}

inline bool isAnswered(const std::optional<std::error_code>& result) {
  return result && (!*result || *result == ErrorCondition::remote);
}

}  // namespace detail

inline void PushTransaction::begin(BlockingConnection& connection, bool withAssets) {
  const auto call = connection.start(connection.request(TransferAction::beforeTransfer));
  effect_.database = PushEffect::Database::rollbackExpected;
  effect_.files = withAssets ? PushEffect::Files::uncertain : PushEffect::Files::untouched;
  connection.wait(*call);
  hasBegun_ = true;
  if (withAssets) {
    effect_.files = PushEffect::Files::setAside;
  }
}

inline Answer PushTransaction::endAssets(BlockingConnection& connection) {
  const auto call = connection.start(connection.request(TransferStage::assets, StepAction::end));
  // Also after an error answer: a server removes the old files, and then reports what failed.
  effect_.files = PushEffect::Files::uncertain;
  Answer answer = connection.waitForStep(TransferStage::assets, *call);
  effect_.files = PushEffect::Files::replaced;
  storesFiles_ = false;
  return answer;
}

inline void PushTransaction::commit(BlockingConnection& connection) {
  commit_ = connection.start(connection.request(TransferAction::close));
  effect_.database = PushEffect::Database::uncertain;
  try {
    connection.wait(*commit_);
  } catch (const Error& error) {
    if (error.code() == ErrorCondition::remote) {
      effect_.database = PushEffect::Database::rollbackExpected;
      commit_.reset();
    }
    throw;
  }
}

inline void PushTransaction::end(BlockingConnection& connection) {
  end_ = connection.start(detail::endRequest());
  try {
    connection.wait(*end_);
  } catch (const Error& error) {
    if (error.code() == ErrorCondition::remote) {
      effect_.database = PushEffect::Database::committed;
    }
    throw;
  }
  effect_.database = PushEffect::Database::committed;
}

inline bool PushTransaction::takeBack(BlockingConnection& connection, bool behindBatches,
                                      TimePoint deadline) {
  if (commit_) {
    const auto committed = connection.waitUntil(*commit_, deadline);
    if (!detail::isAnswered(committed)) {
      return false;
    }
    if (!*committed) {
      return endUntil(connection, deadline);
    }
    effect_.database = PushEffect::Database::rollbackExpected;
  }
  // When the connection of a server that takes batches ends, the stores under way end before the
  // rollback. For the action they do not, and the first of them that then finds its transaction
  // gone ends the whole process (protocol section 6).
  if (storesFiles_ && behindBatches) {
    return true;
  }
  // A second message in flight would end a server that handles them all at once.
  if (!behindBatches && !connection.waitUntilAnswered(deadline)) {
    return false;
  }
  const auto call = connection.startAnyway(connection.request(TransferAction::rollback));
  const auto result = connection.waitUntil(*call, deadline);
  if (!result || *result) {
    return detail::isAnswered(result);
  }
  if (effect_.database != PushEffect::Database::untouched) {
    effect_.database = PushEffect::Database::rolledBack;
  }
  // A server rolls a transfer back once more when its connection ends, waits for that for ever, and
  // leaves the project's lifecycle hooks off. Not one that has been ended.
  const auto end = connection.startAnyway(detail::endRequest());
  return detail::isAnswered(connection.waitUntil(*end, deadline));
}

inline bool PushTransaction::endUntil(BlockingConnection& connection, TimePoint deadline) {
  if (!end_) {
    end_ = connection.startAnyway(detail::endRequest());
  }
  if (!detail::isAnswered(connection.waitUntil(*end_, deadline))) {
    return false;
  }
  effect_.database = PushEffect::Database::committed;
  return true;
}

inline PushEffect PushTransaction::effect() const {
  PushEffect effect = effect_;
  if (effect.files == PushEffect::Files::setAside || effect.files == PushEffect::Files::uncertain) {
    effect.filesBackup = filesBackup_->folder();
    if (filesBackup_->areDeleted()) {
      effect.files = PushEffect::Files::deleted;
    }
  }
  // A server names the folder when the files are in it.
  if (!hasBegun_ && !effect.filesBackup.empty()) {
    effect.files = PushEffect::Files::setAside;
  }
  return effect;
}

}  // namespace wsferry::strapi
