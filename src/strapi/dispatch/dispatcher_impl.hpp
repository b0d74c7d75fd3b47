#pragma once

#include <asio/any_io_executor.hpp>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/thread/callback_gate.hpp"
#include "core/thread/process_mark.hpp"
#include "strapi/dispatch/opening_watch.hpp"
#include "strapi/dispatch/process_table.hpp"
#include "strapi/messages/envelope.hpp"
#include "strapi/messages/message_encoding.hpp"
#include "wsferry/core/correlation_table.hpp"
#include "wsferry/core/keep_alive.hpp"
#include "wsferry/strapi/dispatcher.hpp"

namespace wsferry::strapi {

/// A dispatcher's state. Everything but the transfer properties lives on the transport's executor.
class Dispatcher::Impl final : public TransportListener, public std::enable_shared_from_this<Impl> {
 public:
  /// Of a dispatch: another one may have been given the same uuid.
  using CallId = std::uint64_t;

  Impl(std::shared_ptr<Transport> transport, DispatcherOptions options);

  asio::any_io_executor executor() const { return transport_->executor(); }

  // Safe from any thread.
  void setTransferProperties(TransferID id, TransferKind kind, bool survivesHangUp);
  std::string transferID() const;
  std::optional<TransferKind> transferKind() const;
  CallId newCallId() { return nextCallId_++; }
  /// What the program gave to the dispatcher runs through it.
  CallbackGate& gate() { return gate_; }
  bool isOfOtherProcess() const { return process_.isOther(); }

  // On the executor.
  void attach() { transport_->attach(weak_from_this()); }
  void expectStart(const Uuid& uuid, std::string step);
  void send(EncodedMessage message, const RetryMessageOptions& retry, CallId id,
            Completion<std::error_code, Answer> completion);
  void cancel(const Uuid& uuid, CallId id);
  void acknowledge(std::string_view uuid);
  void subscribe(const std::string& processID, std::weak_ptr<ProcessSubscriber> subscriber);
  void unsubscribe(const std::string& processID);
  void close(Completion<std::error_code> completion);
  void drop();
  void setDiagnosticHandler(std::function<void(const Diagnostic&)> handler);
  void setServerMessageHandler(std::function<void(std::string)> handler);

  const RetryMessageOptions& defaultRetry() const { return options_.retryMessageOptions; }

  void onMessage(MessageType type, std::string payload) override;
  void onWake() override;
  void onClosed(const std::error_code& error, const ErrorInfo& info) override;

 private:
  struct Pending {
    Completion<std::error_code, Answer> completion;
    std::string label;
    CallId id = 0;
  };
  using Table = CorrelationTable<Pending>;

  void noteStarted(const Uuid& uuid, const Envelope& envelope);
  bool mustNotHangUp() const;
  void takeLeave();
  void followLeave(const std::string& payload);
  void hangUp();
  void noteAnswered(const Uuid& uuid, const Table::Entry& entry);
  void expectFirstAnswer(const Uuid& uuid) const;
  void complete(Table::Entry entry, const Envelope& envelope);
  void put(std::string_view text);
  void checkOpening(TimePoint now);
  void tellWaiting(const std::string& what, TimePoint since, TimePoint now);
  void tellWaitingForData(TimePoint now);
  Duration noticeInterval() const;
  void lookForLife(TimePoint now);
  void timeOut(const Uuid& uuid, TimePoint now);
  void deliver(std::string payload);
  void reportDiagnostic(const Envelope& envelope);
  void fail(const std::error_code& error, const ErrorInfo& info);
  void end(const std::error_code& error, const ErrorInfo& info);
  void armWake();

  struct End {
    std::error_code error;
    ErrorInfo info;
  };

  DispatcherOptions options_;
  CallbackGate gate_;
  const ProcessMark process_;
  std::atomic<CallId> nextCallId_{1};
  std::shared_ptr<Transport> transport_;
  Table table_;
  KeepAlive keepAlive_;
  ProcessTable processes_;
  std::unordered_map<Uuid, std::string> starts_;  ///< Of steps, without an answer yet.
  OpeningWatch opening_;
  TimePoint quietUntil_ = TimePoint::min();  ///< Nothing more is told about waiting before.
  std::deque<Uuid> answeredOnce_;  ///< The last messages that were sent once and are answered.
  std::function<void(const Diagnostic&)> diagnosticHandler_;
  std::function<void(std::string)> serverMessageHandler_;
  std::vector<Completion<std::error_code>> closing_;
  std::optional<TimePoint> alarm_;         ///< When the transport wakes us.
  std::optional<End> end_;                 ///< Set when nothing is to be expected any more.
  std::optional<TimePoint> leavingUntil_;  ///< While the server must not be hung up on.
  bool transportClosed_ = false;

  mutable std::mutex propertiesMutex_;
  std::string transferID_;
  std::optional<TransferKind> transferKind_;
  bool survivesHangUp_ = false;
};

}  // namespace wsferry::strapi
