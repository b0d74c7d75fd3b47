#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "testing/transfer/request.hpp"
#include "wsferry/strapi/vocabulary.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

namespace wsferry::testing {

/// One thing that a conversation wants done with its connection.
struct Output {
  enum class Kind {
    text,     ///< A text frame with the payload.
    binary,   ///< A binary frame with the payload.
    raw,      ///< The payload as bytes of the connection, unframed.
    close,    ///< A close frame with code 1000.
    reset,    ///< The connection is dropped.
    resetAll  ///< All connections of the server are dropped.
  };
  Kind kind = Kind::text;
  std::string payload;
  Duration pause{0};    ///< To be waited before, when all that came before has been sent.
  bool isData = false;  ///< Of a pull's stream: it is fatal to find the connection gone.
};

/// What a conversation throws to answer with an error.
struct Refusal {
  std::string message;
  std::string details;  ///< JSON text

  static Refusal plain(std::string message) { return {std::move(message), "{}"}; }
  static Refusal initialization(std::string message) {
    return {std::move(message), R"({"step":"initialization"})"};
  }
  /// `details` is JSON text; empty for none.
  static Refusal transfer(std::string message, const std::string& details = {}) {
    return {std::move(message),
            R"({"step":"transfer")" + (details.empty() ? "" : R"(,"details":)" + details) + "}"};
  }
};

/// The stage that is a step on the wire by this name.
[[nodiscard]] std::optional<strapi::TransferStage> stepFromName(std::string_view name);

/// The server's side of one connection, without I/O: messages in, outputs back. This is what pulls
/// and pushes have in common: commands, answers, repeated messages, diagnostics (protocol sections
/// 2 and 3). Not thread-safe.
class Conversation {
 public:
  using Time = std::chrono::system_clock::time_point;

  virtual ~Conversation() = default;

  /// What to do about a message of the client, in order. `isBusy`: answers to earlier ones have not
  /// been sent yet.
  [[nodiscard]] std::vector<Output> onMessage(std::string_view text, Time now, bool isBusy = false);

 protected:
  struct Reply {
    std::string result;  // JSON text; empty for null
    std::string error;   // the same
  };

  Conversation(strapi::TransferKind kind, TransferServerOptions options);

  // What a direction does in its own way. They throw Refusal, or what comes from the content.
  virtual void onRequest(const Request& request) = 0;
  /// Gives further members of the answer, each after a comma.
  virtual std::string onInit(const Request& request) = 0;
  virtual void onEnd() = 0;
  virtual std::string status() const = 0;
  virtual std::string onAction(const Request& request) = 0;
  virtual std::string onStep(const Request& request) = 0;

  /// True for a message that came before. The last one is answered again, others are dropped.
  bool isRepeated(const Request& request);

  /// Carries a request out. What fails becomes an error reply.
  Reply handle(const Request& request);
  void answer(const Request& request, const Reply& reply);
  static Reply errorReply(const Refusal& refusal);

  /// Does what these faults are in both directions, unless the fault is of another kind.
  void commitFault(TransferFaults::Kind kind);

  void diagnose(std::string_view kind, std::string_view origin, const std::string& message);
  void emit(Output::Kind kind, std::string payload = {});
  void emitDelayed(Output::Kind kind, std::string payload = {});

  /// Members of the request's `params`; none if it has none.
  static std::map<std::string, std::string> paramsOf(const Request& request);

  std::string metadataJson(const strapi::Metadata& metadata) const;
  static std::string schemasJson(const std::vector<strapi::Schema>& schemas);

  const strapi::TransferKind kind_;
  const TransferServerOptions options_;
  const std::string handlerName_;
  // Members that no client knows, to be put into every object
  // (TransferFaults::Kind::unknownMembers).
  const std::string unknownMembers_;

  Time now_{};
  bool isBusy_ = false;
  std::vector<Output> outputs_;
  std::string lastAnswer_;
  std::string transferId_;

 private:
  std::string onCommand(const Request& request);
  std::string onTransfer(const Request& request);

  std::unordered_set<std::string> seen_;
  std::string lastUuid_;
};

}  // namespace wsferry::testing
