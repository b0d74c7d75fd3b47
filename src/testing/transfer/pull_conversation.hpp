#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "testing/transfer/asset_batches.hpp"
#include "testing/transfer/conversation.hpp"

namespace wsferry::testing {

/// The server's side of one pull connection (protocol sections 4 and 5). It keeps the one rule of
/// flow: the next data message of a step is made when the one before has been acknowledged.
class PullConversation final : public Conversation {
 public:
  PullConversation(std::shared_ptr<const Content> content, TransferServerOptions options);

 private:
  struct Process {
    strapi::TransferStage step;
    std::string id;
    Content::NextRecord nextRecord;
    std::unique_ptr<AssetBatches> assets;
    std::string awaited;  // uuid of the message whose acknowledgement is due
    unsigned messages = 0;
    bool over = false;
    bool faultDone = false;
    std::string startAnswer;
    std::string lastData;  // kept only for TransferFaults::Kind::dataAfterEnd
    std::set<std::string> skippedTypes;
  };

  void onRequest(const Request& request) override;
  std::string onInit(const Request& request) override;
  void onEnd() override;
  std::string status() const override;
  std::string onAction(const Request& request) override;
  std::string onStep(const Request& request) override;
  Process& startStep(strapi::TransferStage step);
  void onAcknowledgement(const std::string& uuid);

  void produce(Process& process);
  std::string nextData(Process& process);
  [[nodiscard]] bool isSkipped(Process& process, const std::string& record);
  bool isFaultDue(const Process& process) const;
  [[nodiscard]] bool commitProcessFault(Process& process);
  void sendData(Process& process, const std::string& data);
  void endProcess(Process& process, std::string_view error);
  std::string dataMessage(const std::string& uuid, const Process& process, std::string_view data,
                          bool ended, std::string_view error) const;

  const std::shared_ptr<const Content> content_;
  bool bootstrapped_ = false;
  bool checksums_ = false;
  std::map<strapi::TransferStage, Process> processes_;
  Process* started_ = nullptr;  // by the request at hand
};

}  // namespace wsferry::testing
