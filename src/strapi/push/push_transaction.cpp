#include "strapi/push/push_transaction.hpp"

#include <utility>

namespace wsferry::strapi {
namespace {

PushPipeline::Request endRequest() {
  return [](Dispatcher& dispatcher, PushPipeline::OnAnswer done) {
    dispatcher.dispatchCommand(Command::end, "", std::move(done));
  };
}

bool isAnswered(const std::optional<PushPipeline::Result>& result) {
  return result && (!result->error || result->error == ErrorCondition::remote);
}

}  // namespace

void PushTransaction::begin(PushPipeline& connection, bool withAssets) {
  const auto call = connection.start(connection.request(TransferAction::beforeTransfer));
  effect_.database = PushEffect::Database::rollbackExpected;
  effect_.files = withAssets ? PushEffect::Files::uncertain : PushEffect::Files::untouched;
  connection.wait(*call);
  hasBegun_ = true;
  if (withAssets) {
    effect_.files = PushEffect::Files::setAside;
  }
}

Answer PushTransaction::endAssets(PushPipeline& connection) {
  const auto call = connection.startStep(TransferStage::assets, StepAction::end);
  effect_.files = PushEffect::Files::uncertain;
  try {
    Answer answer = connection.waitForStep(TransferStage::assets, *call);
    effect_.files = PushEffect::Files::replaced;
    storesFiles_ = false;
    return answer;
  } catch (const Error& error) {
    if (error.code() == ErrorCondition::remote) {
      effect_.files = PushEffect::Files::setAside;
    }
    throw;
  }
}

void PushTransaction::commit(PushPipeline& connection) {
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

void PushTransaction::end(PushPipeline& connection) {
  end_ = connection.start(endRequest());
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

bool PushTransaction::takeBack(PushPipeline& connection, bool behindBatches, TimePoint deadline) {
  if (commit_) {
    const auto committed = connection.waitUntil(*commit_, deadline);
    if (!isAnswered(committed)) {
      return false;
    }
    if (!committed->error) {
      return endUntil(connection, deadline);
    }
    effect_.database = PushEffect::Database::rollbackExpected;
  }
  // Servers from 5.53 on end the stores under way before they roll back when the connection ends.
  // For the action they do not, and the first of them that then finds its transaction gone ends the
  // whole process.
  if (storesFiles_ && behindBatches) {
    return true;
  }
  // A second message in flight would end a server that handles them all at once.
  if (!behindBatches && !connection.waitUntilAnswered(deadline)) {
    return false;
  }
  const auto call = connection.startAnyway(connection.request(TransferAction::rollback));
  const auto result = connection.waitUntil(*call, deadline);
  if (result && !result->error && effect_.database != PushEffect::Database::untouched) {
    effect_.database = PushEffect::Database::rolledBack;
  }
  return isAnswered(result);
}

bool PushTransaction::endUntil(PushPipeline& connection, TimePoint deadline) {
  if (!end_) {
    end_ = connection.startAnyway(endRequest());
  }
  if (!isAnswered(connection.waitUntil(*end_, deadline))) {
    return false;
  }
  effect_.database = PushEffect::Database::committed;
  return true;
}

PushEffect PushTransaction::effect() const {
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
