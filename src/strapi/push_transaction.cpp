#include "strapi/push_transaction.hpp"

namespace wsferry::strapi {

void PushTransaction::begin(PushConnection& connection, bool withAssets) {
  const auto call = connection.start(connection.request(TransferAction::beforeTransfer));
  effect_.database = PushEffect::Database::rollbackExpected;
  effect_.files = withAssets ? PushEffect::Files::setAside : PushEffect::Files::untouched;
  try {
    connection.wait(*call);
  } catch (const Error& error) {
    if (error.code() == ErrorCondition::remote && filesBackup_->failed()) {
      effect_.files = PushEffect::Files::untouched;
    }
    throw;
  }
}

Answer PushTransaction::endAssets(PushConnection& connection) {
  effect_.files = PushEffect::Files::uncertain;
  try {
    Answer answer = connection.awaitStep(TransferStage::assets, StepAction::end);
    effect_.files = PushEffect::Files::replaced;
    return answer;
  } catch (const Error& error) {
    if (error.code() == ErrorCondition::remote) {
      effect_.files = PushEffect::Files::setAside;
    }
    throw;
  }
}

void PushTransaction::commit(PushConnection& connection) {
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
  effect_.database = PushEffect::Database::committed;
}

bool PushTransaction::takeBack(PushConnection& connection, bool behindBatches, TimePoint deadline) {
  if (commit_) {
    const auto committed = connection.waitUntil(*commit_, deadline);
    if (!committed || (committed->error && committed->error != ErrorCondition::remote)) {
      return false;
    }
    if (!committed->error) {
      effect_.database = PushEffect::Database::committed;
      return true;
    }
    effect_.database = PushEffect::Database::rollbackExpected;
  }
  // A second message in flight would end a server that handles them all at once.
  if (!behindBatches && !connection.waitUntilIdle(deadline)) {
    return false;
  }
  const auto call = connection.startAnyway(connection.request(TransferAction::rollback));
  const auto result = connection.waitUntil(*call, deadline);
  if (result && !result->error && effect_.database != PushEffect::Database::untouched) {
    effect_.database = PushEffect::Database::rolledBack;
  }
  return result && (!result->error || result->error == ErrorCondition::remote);
}

PushEffect PushTransaction::effect() const {
  PushEffect effect = effect_;
  if (effect.files == PushEffect::Files::setAside || effect.files == PushEffect::Files::uncertain) {
    effect.filesBackup = filesBackup_->folder();
  }
  return effect;
}

}  // namespace wsferry::strapi
