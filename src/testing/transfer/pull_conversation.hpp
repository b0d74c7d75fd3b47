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
  struct Stream {
    strapi::TransferStage step;
    std::string id;
    Content::NextRecord nextRecord;
    std::unique_ptr<AssetBatches> assets;
    std::string awaited;  // uuid of the message whose acknowledgement is due
    unsigned messages = 0;
    bool over = false;
    bool faultDone = false;
    std::string startAnswer;
    std::string lastData;  // kept only for Faults::Kind::dataAfterEnd
    std::set<std::string> skippedTypes;
  };

  void onRequest(const Request& request) override;
  std::string onInit(const Request& request) override;
  void onEnd() override;
  std::string status() const override;
  std::string onAction(const Request& request) override;
  std::string onStep(const Request& request) override;
  Stream& startStep(strapi::TransferStage step);
  void onAcknowledgement(const std::string& uuid);

  void produce(Stream& stream);
  std::string nextData(Stream& stream);
  [[nodiscard]] bool isSkipped(Stream& stream, const std::string& record);
  bool isFaultDue(const Stream& stream) const;
  [[nodiscard]] bool commitStreamFault(Stream& stream);
  void sendData(Stream& stream, const std::string& data);
  void endStream(Stream& stream, std::string_view error);
  std::string dataMessage(const std::string& uuid, const Stream& stream, std::string_view data,
                          bool ended, std::string_view error) const;

  const std::shared_ptr<const Content> content_;
  bool bootstrapped_ = false;
  bool checksums_ = false;
  std::map<strapi::TransferStage, Stream> streams_;
  Stream* started_ = nullptr;  // by the request at hand
};

}  // namespace wsferry::testing
