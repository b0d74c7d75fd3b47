#include "wsferry/strapi/detail/dispatch/server_patience.hpp"

#include "catch.hpp"

using namespace wsferry;
using namespace wsferry::strapi;

TEST_CASE("what deletes, commits or takes back keeps a server busy, in a push") {
  for (const auto action :
       {TransferAction::bootstrap, TransferAction::getMetadata, TransferAction::getSchemas,
        TransferAction::beforeTransfer, TransferAction::close, TransferAction::rollback}) {
    INFO(toString(action));
    const bool isSlow = action == TransferAction::beforeTransfer ||
                        action == TransferAction::close || action == TransferAction::rollback;
    CHECK(keepsServerBusy(TransferKind::push, action) == isSlow);
    CHECK_FALSE(keepsServerBusy(TransferKind::pull, action));
  }
}

TEST_CASE("the assets keep a server busy at their start, and in a push at their end") {
  CHECK(keepsServerBusy(TransferKind::pull, TransferStage::assets, StepAction::start));
  CHECK_FALSE(keepsServerBusy(TransferKind::pull, TransferStage::assets, StepAction::end));
  CHECK(keepsServerBusy(TransferKind::push, TransferStage::assets, StepAction::start));
  CHECK(keepsServerBusy(TransferKind::push, TransferStage::assets, StepAction::end));
  for (const auto kind : {TransferKind::pull, TransferKind::push}) {
    for (const auto stage :
         {TransferStage::entities, TransferStage::links, TransferStage::configuration}) {
      CHECK_FALSE(keepsServerBusy(kind, stage, StepAction::start));
      CHECK_FALSE(keepsServerBusy(kind, stage, StepAction::end));
    }
  }
}

TEST_CASE("patience is four times the time and six times the attempts, within the types' range") {
  RetryMessageOptions retry;
  retry.retryMessageTimeout = Duration(1'000);
  retry.retryMessageMaxRetries = 5;
  SECTION("for a server that is busy") {
    const RetryMessageOptions result = patient(retry, true);
    CHECK(result.retryMessageTimeout == Duration(4'000));
    CHECK(result.retryMessageMaxRetries == 30);
  }
  SECTION("for none") {
    const RetryMessageOptions result = patient(retry, false);
    CHECK(result.retryMessageTimeout == Duration(1'000));
    CHECK(result.retryMessageMaxRetries == 5);
  }
  SECTION("without an overflow") {
    retry.retryMessageTimeout = Duration::max();
    retry.retryMessageMaxRetries = std::numeric_limits<unsigned>::max();
    const RetryMessageOptions result = patient(retry, true);
    CHECK(result.retryMessageTimeout > Duration::max() / 2);
    CHECK(result.retryMessageMaxRetries > std::numeric_limits<unsigned>::max() / 2);
  }
}
