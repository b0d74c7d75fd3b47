#pragma once

#include <algorithm>
#include <asio/any_io_executor.hpp>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "wsferry/core/detail/error/affordable.hpp"
#include "wsferry/core/detail/liveness/correlation_table.hpp"
#include "wsferry/core/detail/liveness/keep_alive.hpp"
#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/detail/text/seconds_text.hpp"
#include "wsferry/core/detail/thread/callback_gate.hpp"
#include "wsferry/core/detail/thread/process_mark.hpp"
#include "wsferry/strapi/detail/dispatch/answered_once.hpp"
#include "wsferry/strapi/detail/dispatch/dispatch_errors.hpp"
#include "wsferry/strapi/detail/dispatch/opening_watch.hpp"
#include "wsferry/strapi/detail/dispatch/process_table.hpp"
#include "wsferry/strapi/detail/dispatch/pull_leave.hpp"
#include "wsferry/strapi/detail/dispatch/transfer_properties.hpp"
#include "wsferry/strapi/detail/dispatch/waiting_notices.hpp"
#include "wsferry/strapi/detail/messages/envelope.hpp"
#include "wsferry/strapi/detail/messages/message_writer.hpp"
#include "wsferry/strapi/detail/messages/remote_error.hpp"
#include "wsferry/strapi/dispatcher.hpp"
#include "wsferry/strapi/transfer_error.hpp"

namespace wsferry::strapi {

/// A dispatcher's state. Everything but the transfer properties lives on the transport's executor.
class Dispatcher::Impl final : public TransportListener, public std::enable_shared_from_this<Impl> {
 public:
  /// Of a dispatch: another one may have been given the same uuid.
  using CallId = std::uint64_t;

  struct OutgoingMessage {
    EncodedMessage encoded;
    std::string starts;  ///< The step that it starts, if any.
  };

  /// What init() completes, once its answer is read.
  struct InitCall {
    Completion<std::error_code, InitAnswer> completion;
    TransferKind kind;
  };
  using Call = std::variant<Completion<std::error_code, Answer>, InitCall>;

  Impl(std::shared_ptr<Transport> transport, DispatcherOptions options);

  asio::any_io_executor executor() const { return transport_->executor(); }

  // Safe from any thread.
  TransferProperties& properties() { return properties_; }
  CallId newCallId() { return nextCallId_++; }
  /// What the program gave to the dispatcher runs through it.
  CallbackGate& gate() { return gate_; }
  bool isOfOtherProcess() const { return process_.isOther(); }

  // On the executor.
  void attach() { transport_->attach(weak_from_this()); }
  void send(OutgoingMessage message, const RetryMessageOptions& retry, CallId id, Call call);
  void cancel(const Uuid& uuid, CallId id);
  void acknowledge(std::string_view uuid);
  void subscribe(const std::string& processID, const std::weak_ptr<ProcessSubscriber>& subscriber);
  void unsubscribe(const std::string& processID);
  void close(CallId id, Completion<std::error_code> completion);
  void cancelClose(CallId id);
  void drop();
  void setDiagnosticHandler(std::function<void(const Diagnostic&)> handler);
  void setServerMessageHandler(std::function<void(std::string)> handler);

  const RetryMessageOptions& defaultRetry() const { return options_.retryMessageOptions; }

  void onMessage(MessageType type, std::string payload) override;
  void onWake() override;
  void onClosed(const std::error_code& error, const ErrorInfo& info) override;

 private:
  struct Pending {
    Call call;
    std::string label;
    CallId id = 0;
  };
  using Table = CorrelationTable<Pending>;
  struct Closing {
    CallId id;
    Completion<std::error_code> completion;
  };

  void finish(Call call, const std::error_code& error, Answer answer);
  void finishInit(InitCall call, const std::error_code& error, Answer answer);
  void completeClosing(const std::error_code& error);
  void takeLeave();
  void hangUp();
  void complete(Table::Entry entry, const Envelope& envelope);
  void put(std::string_view text);
  void checkOpening(TimePoint now);
  void tellWaiting(const std::string& what, TimePoint since, TimePoint now);
  void tellWaitingForData(TimePoint now);
  void lookForLife(TimePoint now);
  void timeOut(const Uuid& uuid, TimePoint now);
  void deliver(std::string payload);
  Envelope readReceived(const std::string& payload) const;
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
  // A server's words are passed on without them: errors, diagnostics and any report about it. The
  // data of answers, which has names of types, only without those that are no name; that of
  // processes is content.
  const std::vector<std::string> secrets_;
  const std::vector<std::string> longSecrets_;
  Table table_;
  KeepAlive keepAlive_;
  ProcessTable processes_;
  PullLeave leave_{processes_};
  OpeningWatch opening_;
  WaitingNotices notices_;
  AnsweredOnce answeredOnce_;
  std::function<void(const Diagnostic&)> diagnosticHandler_;
  std::function<void(std::string)> serverMessageHandler_;
  std::vector<Closing> closing_;
  std::optional<TimePoint> alarm_;  ///< When the transport wakes us.
  std::optional<End> end_;          ///< Set when nothing more is expected.
  bool transportClosed_ = false;

  TransferProperties properties_;
};

namespace detail {

inline bool isCancelled(const Dispatcher::Impl::Call& call) {
  const auto* const init = std::get_if<Dispatcher::Impl::InitCall>(&call);
  return init != nullptr ? init->completion.isCancelled() : std::get<0>(call).isCancelled();
}

template <class T>
void keepEarlier(std::optional<T>& earliest, const std::optional<T>& other) {
  if (other && (!earliest || *other < *earliest)) {
    earliest = other;
  }
}

}  // namespace detail

inline Dispatcher::Impl::Impl(std::shared_ptr<Transport> transport, DispatcherOptions options)
    : options_(std::move(options)),
      transport_(std::move(transport)),
      secrets_(transport_->secrets()),
      longSecrets_(unmistakable(secrets_)),
      table_(options_.keepAlive.overallCap),
      keepAlive_(options_.keepAlive, transport_->now()),
      processes_(options_.maxHeldBytes, options_.keepAlive.overallCap),
      opening_(options_.openingTimeout),
      notices_(options_.retryMessageOptions.retryMessageTimeout) {}

inline void Dispatcher::Impl::finish(Call call, const std::error_code& error, Answer answer) {
  if (auto* const init = std::get_if<InitCall>(&call)) {
    finishInit(std::move(*init), error, std::move(answer));
  } else {
    std::get<0>(call)(error, std::move(answer));
  }
}

inline void Dispatcher::Impl::send(OutgoingMessage outgoing, const RetryMessageOptions& retry,
                                   CallId id, Call call) {
  EncodedMessage& message = outgoing.encoded;
  Answer answer;
  if (end_) {
    answer.error = end_->info;
    finish(std::move(call), end_->error, std::move(answer));
    return;
  }
  if (detail::isCancelled(call)) {
    answer.error = detail::notSent(message.label);
    finish(std::move(call), Errc::cancelled, std::move(answer));
    return;
  }
  Pending pending{std::move(call), std::move(message.label), id};
  const Table::Entry* const entry = table_.add(message.uuid, std::move(message.text), retry,
                                               std::move(pending), transport_->now());
  // Then `pending` was not moved. NOLINTBEGIN(bugprone-use-after-move)
  if (entry == nullptr) {
    answer.error = detail::uuidInUse(message.uuid, pending.label);
    finish(std::move(pending.call), Errc::invalidOption, std::move(answer));
    return;
  }
  // NOLINTEND(bugprone-use-after-move)
  if (!outgoing.starts.empty()) {
    leave_.onStartSent(message.uuid, std::move(outgoing.starts));
  }
  put(entry->text);
  opening_.onSent(message.uuid, entry->completion.label, transport_->now());
  checkOpening(transport_->now());
  armWake();
}

inline void Dispatcher::Impl::cancel(const Uuid& uuid, CallId id) {
  const Table::Entry* const found = table_.find(uuid);
  if (found != nullptr && found->completion.id == id) {
    auto entry = table_.take(uuid);
    opening_.onEnded(uuid);
    Answer answer;
    answer.error = detail::cancelledWaiting(entry->completion.label);
    finish(std::move(entry->completion.call), Errc::cancelled, std::move(answer));
    armWake();
  }
}

inline void Dispatcher::Impl::acknowledge(std::string_view uuid) {
  if (end_) {
    return;
  }
  put(acknowledgement(uuid));
  processes_.onAcknowledged(uuid, transport_->now());
  armWake();
}

inline void Dispatcher::Impl::subscribe(const std::string& processID,
                                        const std::weak_ptr<ProcessSubscriber>& subscriber) {
  const auto taker = subscriber.lock();
  if (!taker) {
    return;
  }
  if (end_) {
    taker->onFailed(end_->error, end_->info);
    return;
  }
  std::vector<ProcessData> came;
  try {
    came = processes_.subscribe(processID, subscriber, transport_->now());
  } catch (const std::bad_alloc&) {
    taker->onFailed(Errc::outOfResources, {});  // The end of the connection does not reach it.
    throw;
  }
  for (ProcessData& data : came) {
    gate_.run([&] { taker->onData(std::move(data)); });
  }
  armWake();
}

inline void Dispatcher::Impl::unsubscribe(const std::string& processID) {
  processes_.unsubscribe(processID);
  armWake();
}

inline void Dispatcher::Impl::close(CallId id, Completion<std::error_code> completion) {
  if (completion.isCancelled()) {
    completion(Errc::cancelled);
    return;
  }
  if (transportClosed_) {
    completion({});
    return;
  }
  closing_.push_back({id, std::move(completion)});
  if (!end_) {
    ErrorInfo info;
    info.message = "Cancelled: the program closed the connection.";
    end(Errc::cancelled, info);
    if (properties_.mayNeedLeave() && leave_.isDue()) {
      takeLeave();
    }
  }
  if (!leave_.isTaken()) {
    hangUp();
  }
}

inline void Dispatcher::Impl::cancelClose(CallId id) {
  const auto found = std::find_if(closing_.begin(), closing_.end(),
                                  [id](const Closing& closing) { return closing.id == id; });
  if (found != closing_.end()) {
    auto completion = std::move(found->completion);
    closing_.erase(found);
    completion(Errc::cancelled);
  }
}

inline void Dispatcher::Impl::completeClosing(const std::error_code& error) {
  for (auto& closing : std::exchange(closing_, {})) {
    closing.completion(error);
  }
}

inline void Dispatcher::Impl::takeLeave() {
  const TimePoint until = leave_.begin(transport_->now());
  // So that it need not fill a batch first. Not for a step that it is still about to start.
  for (const std::string& step : processes_.stepsWithDataDue()) {
    put(detail::sealed(detail::stepMembers(step, StepAction::end, TransferID{properties_.id()}), {})
            .text);
  }
  transport_->wakeAt(until);
  if (diagnosticHandler_) {
    Diagnostic diagnostic;
    diagnostic.kind = "waiting";
    diagnostic.message = "Before the connection is closed, " + options_.serverName +
                         " gets time to send what it is about to, up to " +
                         secondsText(PullLeave::longest) +
                         ": a Strapi of that age may crash if the connection is closed earlier.";
    gate_.run([&] { diagnosticHandler_(diagnostic); });
  }
}

inline void Dispatcher::Impl::hangUp() {
  leave_.end();
  transport_->close(1000, "");
}

inline void Dispatcher::Impl::drop() {
  ErrorInfo info;
  info.message = "The dispatcher was destroyed.";
  if (!end_) {
    end(Errc::cancelled, info);
  }
  transport_->close(1000, "");
  completeClosing(Errc::cancelled);
}

inline void Dispatcher::Impl::setDiagnosticHandler(std::function<void(const Diagnostic&)> handler) {
  diagnosticHandler_ = std::move(handler);
}

inline void Dispatcher::Impl::setServerMessageHandler(std::function<void(std::string)> handler) {
  serverMessageHandler_ = std::move(handler);
}

inline void Dispatcher::Impl::onMessage(MessageType type, std::string payload) {
  if (leave_.isTaken() && leave_.endsWith(payload)) {
    hangUp();
  }
  if (end_) {
    return;
  }
  try {
    if (type == MessageType::binary) {
      throw Error(Errc::protocolViolation, "The server sent a binary message of " +
                                               counted(payload.size(), "byte", "bytes") +
                                               "; the protocol has only text.");
    }
    deliver(std::move(payload));
  } catch (const Error& error) {
    ErrorInfo info = withoutSecrets(error.info(), secrets_);
    if (!opening_.isAnswered()) {
      info.message += " " + options_.serverName + " may not be Strapi's transfer endpoint.";
    }
    fail(error.code(), info);
  }
  armWake();
}

inline Envelope Dispatcher::Impl::readReceived(const std::string& payload) const {
  try {
    return readEnvelope(payload);
  } catch (const Error&) {
    // Throws as well, and quotes what came, unless it was a secret that made it no JSON.
    static_cast<void>(readEnvelope(blankSecrets(payload, secrets_)));
    throw Error(Errc::protocolViolation,
                "The server sent a message that is not understood and that repeats a secret.");
  }
}

inline void Dispatcher::Impl::deliver(std::string payload) {
  Envelope envelope = readReceived(payload);
  if (!envelope.diagnostic.empty()) {
    reportDiagnostic(envelope);
    return;
  }
  const auto uuid = envelope.hasUuid ? Uuid::parse(envelope.uuid) : std::nullopt;
  if (uuid) {
    leave_.onAnswer(*uuid, envelope);
    if (auto entry = table_.take(*uuid)) {
      if (entry->repeats == 0) {
        answeredOnce_.add(*uuid);
      }
      opening_.onAnswered(*uuid);
      complete(std::move(*entry), envelope);
      return;
    }
  }
  if (envelope.hasUuid && envelope.isProcessData) {
    const Envelope::Process& process = envelope.process;
    ProcessData data;
    data.uuid = std::move(envelope.uuid);
    data.dataOffset =
        process.data.empty() ? 0 : static_cast<std::size_t>(process.data.data() - payload.data());
    data.dataLength = process.data.size();
    data.ended = process.ended;
    data.error = blankSecrets(process.error, secrets_);
    data.message = std::move(payload);
    ProcessTable::Delivery delivery = processes_.onData(process.id, std::move(data));
    if (delivery.subscriber) {
      gate_.run([&] { delivery.subscriber->onData(std::move(delivery.data)); });
    }
    return;
  }
  // Any other message with a uuid answers one that is no longer waited for, or answers one twice:
  // retransmission makes that normal.
  const bool isLateAnswer = uuid && (!envelope.data.empty() || !envelope.error.empty());
  if (isLateAnswer && properties_.kind() == TransferKind::push && answeredOnce_.contains(*uuid)) {
    throw Error(
        Errc::protocolViolation,
        "The server answered twice a message that was sent once (" + uuid->toString() + ").");
  }
  if (!isLateAnswer) {
    opening_.onStrange(blankSecrets(payload, secrets_));
    checkOpening(transport_->now());
  }
  if (!isLateAnswer && serverMessageHandler_) {
    gate_.run([&] { serverMessageHandler_(blankSecrets(payload, secrets_)); });
  }
}

inline void Dispatcher::Impl::complete(Table::Entry entry, const Envelope& envelope) {
  Pending& pending = entry.completion;
  Answer answer;
  if (!envelope.error.empty()) {
    const std::error_code code =
        readRemoteError(blankSecrets(envelope.error, secrets_), pending.label, answer.error);
    finish(std::move(pending.call), code, std::move(answer));
    return;
  }
  answer.data = envelope.data.empty() ? "null" : blankSecrets(envelope.data, longSecrets_);
  finish(std::move(pending.call), {}, std::move(answer));
}

inline void Dispatcher::Impl::reportDiagnostic(const Envelope& envelope) {
  if (diagnosticHandler_) {
    gate_.run(
        [&] { diagnosticHandler_(readDiagnostic(blankSecrets(envelope.diagnostic, secrets_))); });
  }
}

inline void Dispatcher::Impl::onWake() {
  if (leave_.isOverdue(transport_->now())) {
    hangUp();
  }
  if (end_) {
    return;
  }
  alarm_.reset();
  // Also after a handler that throws: a program may continue.
  struct Armed {
    Impl& impl;
    ~Armed() { impl.armWake(); }
  } const armed{*this};
  const TimePoint now = transport_->now();
  lookForLife(now);
  switch (keepAlive_.onTime(now)) {
    case KeepAlive::Action::none:
      break;
    case KeepAlive::Action::sendPing:
      transport_->ping();
      keepAlive_.onUnsent(transport_->bytesToSend(), now);
      break;
    case KeepAlive::Action::declareDead:
      fail(Errc::connectionLost, detail::noSignOfLife(options_.keepAlive.livenessWindow));
      return;
  }
  for (const Table::Due& due : table_.due(now, keepAlive_.liveness(now))) {
    if (due.verdict == Table::Verdict::timedOut) {
      timeOut(due.uuid, now);
      continue;
    }
    tellWaiting("no answer to " + due.entry->completion.label, due.entry->sentFirst, now);
    if (due.verdict == Table::Verdict::resend) {
      put(due.text);
    }
  }
  tellWaitingForData(now);
  checkOpening(now);
  if (end_) {
    return;
  }
  for (const auto& subscriber : processes_.expired(now)) {
    subscriber->onFailed(Errc::timedOut, detail::noData(options_.keepAlive.overallCap));
  }
}

inline void Dispatcher::Impl::put(std::string_view text) {
  const TimePoint now = transport_->now();
  keepAlive_.onUnsent(transport_->bytesToSend(), now);
  transport_->send(MessageType::text, text);
  keepAlive_.onUnsent(transport_->bytesToSend(), now);
}

inline void Dispatcher::Impl::lookForLife(TimePoint now) {
  keepAlive_.onSignOfLife(transport_->hasUnreadInput() ? now : transport_->lastReceived());
  keepAlive_.onUnsent(transport_->bytesToSend(), now);
}

// A server other than Strapi shows itself by speaking first, or by not answering although it is
// alive.
inline void Dispatcher::Impl::checkOpening(TimePoint now) {
  if (!opening_.strange().empty() && table_.size() > 0) {
    fail(TransferErrc::notTransferEndpoint,
         detail::speaksFirst(options_.serverName, opening_.strange()));
    return;
  }
  // It had the request, and was heard from since, if only by a pong.
  const auto& keepAlive = options_.keepAlive;
  const bool isHeard = keepAlive.pingInterval.count() > 0 && transport_->bytesToSend() == 0 &&
                       now - transport_->lastReceived() <=
                           bounded(keepAlive.pingInterval) + bounded(keepAlive.pongTimeout);
  if (const auto overdue = opening_.overdue(now, isHeard)) {
    fail(TransferErrc::notTransferEndpoint,
         detail::staysSilent(options_.serverName, *overdue, options_.openingTimeout));
  }
}

inline void Dispatcher::Impl::tellWaiting(const std::string& what, TimePoint since, TimePoint now) {
  if (!notices_.take(now) || !diagnosticHandler_) {
    return;
  }
  Diagnostic diagnostic;
  diagnostic.kind = "waiting";
  diagnostic.message =
      options_.serverName + ": " + what + " for " +
      secondsText(std::chrono::duration_cast<Duration>(now - since)) +
      (keepAlive_.liveness(now) == Liveness::alive ? "; it is alive, so the wait continues"
                                                   : "; it shows no sign of life");
  gate_.run([&] { diagnosticHandler_(diagnostic); });
}

inline void Dispatcher::Impl::tellWaitingForData(TimePoint now) {
  const auto wait = processes_.longestWait();
  if (wait && notices_.isLong(wait->since, now)) {
    // With several steps at a time, others may continue, as may files that come by HTTP.
    tellWaiting("no data" + (wait->step.empty() ? "" : " of " + wait->step), wait->since, now);
  }
}

inline void Dispatcher::Impl::timeOut(const Uuid& uuid, TimePoint now) {
  auto entry = table_.take(uuid);
  opening_.onEnded(uuid);
  Answer answer;
  answer.error = detail::noAnswer(entry->completion.label,
                                  std::chrono::duration_cast<Duration>(now - entry->sentFirst),
                                  entry->repeats + 1);
  finish(std::move(entry->completion.call), Errc::timedOut, std::move(answer));
}

inline void Dispatcher::Impl::fail(const std::error_code& error, const ErrorInfo& info) {
  if (!end_) {
    end(error, info);
  }
  transport_->abort(error, info);
}

inline void Dispatcher::Impl::end(const std::error_code& error, const ErrorInfo& info) {
  end_ = End{error, affordableInfo(info)};
  while (auto entry = table_.takeAny()) {
    Answer answer;
    answer.error = affordableInfo(info);
    try {
      finish(std::move(entry->completion.call), error, std::move(answer));
    } catch (const std::bad_alloc&) {
      // Its handler is destroyed. The others are to be told as well.
    }
  }
  processes_.abandonAll([&](ProcessSubscriber& subscriber) { subscriber.onFailed(error, info); });
}

inline void Dispatcher::Impl::onClosed(const std::error_code& error, const ErrorInfo& info) {
  transportClosed_ = true;
  if (!end_) {
    end(error, info);
  }
  completeClosing({});
}

inline void Dispatcher::Impl::armWake() {
  if (end_) {
    return;
  }
  std::optional<TimePoint> next = table_.nextDeadline();
  detail::keepEarlier(next, keepAlive_.nextEvent());
  detail::keepEarlier(next, processes_.nextDeadline());
  detail::keepEarlier(next, opening_.nextDeadline());
  if (const auto wait = processes_.longestWait()) {
    detail::keepEarlier(next, std::optional(notices_.next(wait->since)));
  }
  // An early wake costs less than moving the alarm with every message.
  if (next && (!alarm_ || *next < *alarm_)) {
    alarm_ = next;
    transport_->wakeAt(*next);
  }
}

}  // namespace wsferry::strapi
