#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "testing/asset_batches.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

namespace wsferry::testing {

/// One thing that a conversation wants done with its connection.
struct PullOutput {
  enum class Kind {
    text,    ///< A text frame with the payload.
    binary,  ///< A binary frame with the payload.
    raw,     ///< The payload as bytes of the connection, unframed.
    close,   ///< A close frame with code 1000.
    reset    ///< The connection is dropped.
  };
  Kind kind = Kind::text;
  std::string payload;
  Duration pause{0};  ///< To be waited before, when all that came before has been sent.
};

/// The server's side of one pull connection, without I/O: messages in, outputs back (protocol
/// sections 1 to 5). It keeps the one rule of flow: the next data message of a step is made when
/// the one before has been acknowledged. Not thread-safe.
class PullConversation {
 public:
  using Time = std::chrono::system_clock::time_point;

  PullConversation(std::shared_ptr<const Content> content, TransferServerOptions options);

  /// What to do about a message of the client, in order.
  std::vector<PullOutput> onMessage(std::string_view text, Time now);

 private:
  struct Request;
  struct Refusal;

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
  };

  void onRequest(const Request& request);
  std::string onCommand(const Request& request);
  std::string init(const Request& request);
  std::string status() const;
  std::string onTransfer(const Request& request, Stream*& started);
  std::string onAction(const Request& request);
  std::string schemas();
  std::string onStep(const Request& request, Stream*& started);
  Stream& startStep(strapi::TransferStage step);
  void onAcknowledgement(const std::string& uuid);

  void produce(Stream& stream);
  std::string nextData(Stream& stream) const;
  bool isFaultDue(const Stream& stream) const;
  bool commitFault(Stream& stream);
  void sendData(Stream& stream, const std::string& data);
  void endStream(Stream& stream, std::string_view error);

  void answer(const Request& request, const std::string& result, const std::string& error);
  void diagnose(std::string_view kind, std::string_view origin, const std::string& message);
  void emit(PullOutput::Kind kind, std::string payload);
  void emitDelayed(PullOutput::Kind kind, std::string payload);
  std::string dataMessage(const std::string& uuid, const Stream& stream, std::string_view data,
                          bool ended, std::string_view error) const;

  const std::shared_ptr<const Content> content_;
  const TransferServerOptions options_;
  // Members that no client knows, to be put into every object (Faults::Kind::unknownMembers).
  const std::string unknownMembers_;

  Time now_{};
  std::vector<PullOutput> outputs_;
  std::unordered_set<std::string> seen_;
  std::string lastUuid_;
  std::string lastAnswer_;
  std::string transferId_;
  bool bootstrapped_ = false;
  bool checksums_ = false;
  std::map<strapi::TransferStage, Stream> streams_;
};

}  // namespace wsferry::testing
