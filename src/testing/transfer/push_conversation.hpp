#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "testing/transfer/conversation.hpp"
#include "testing/transfer/push_faults.hpp"
#include "testing/transfer/push_order.hpp"
#include "testing/transfer/push_target.hpp"
#include "testing/transfer/pushed_archive.hpp"
#include "testing/transfer/pushed_assets.hpp"
#include "testing/transfer/restore_request.hpp"
#include "wsferry/strapi/detail/messages/record_array.hpp"

namespace wsferry::testing {

/// The server's side of one push connection (protocol sections 5 and 6). What was pushed and not
/// committed is taken back by its end.
class PushConversation final : public Conversation {
 public:
  PushConversation(std::shared_ptr<PushTarget> target, TransferServerOptions options);
  ~PushConversation() override;

 private:
  void onRequest(const Request& request) override;
  std::string onInit(const Request& request) override;
  void onEnd() override;
  std::string status() const override;
  std::string onAction(const Request& request) override;
  std::string onStep(const Request& request) override;

  void bootstrap();
  void beforeTransfer();
  void rollback();
  void commit();

  void startStep(const std::string& name);
  void stream(const Request& request);
  void streamRecord(const strapi::Record& record);
  void skipLink(const strapi::LinkView& link);
  std::string endStep(const Request& request);
  PushedArchive& archive();
  void terminate();

  void noteOverlap();
  void carryOut(const Request& request);
  void sendAnswer(const Request& request, const Reply& reply);

  /// What one `init` began.
  struct Transfer {
    std::string strategy;
    RestoreRequest scope;
    bool checksums = false;
    Time startedAt{};
    bool isBootstrapped = false;
    bool isPrepared = false;  // by beforeTransfer
    bool isRolledBack = false;
    PushOrder flow;
    std::map<strapi::TransferStage, StepStatistics> statistics;
    std::optional<strapi::TransferStage> open;  // started, and not ended
    std::set<std::string> files;                // ids of the upload files among the entities
    unsigned skippedLinks = 0;
    std::optional<PushedAssets> assets;
    strapi::RecordReader reader;
    std::unique_ptr<PushedArchive> archive;
  };

  const std::shared_ptr<PushTarget> target_;
  Transfer transfer_;
  bool isTerminal_ = false;
  bool isSilent_ = false;

  PushFaults faults_{options_.faults};
  std::string heldAnswer_;
};

}  // namespace wsferry::testing
