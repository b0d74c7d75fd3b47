#pragma once

#include <asio/cancellation_signal.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "wsferry/core/websocket_client.hpp"
#include "wsferry/strapi/detail/dispatch/answer_bridge.hpp"
#include "wsferry/strapi/detail/dispatch/server_patience.hpp"
#include "wsferry/strapi/dispatcher.hpp"

namespace wsferry::strapi {

/// Passes a warning of our own to `report` in the same way as the server's diagnostics: on the
/// dispatcher's executor. It may be empty.
void reportWarning(Dispatcher& dispatcher, std::function<void(const Diagnostic&)> report,
                   std::string message);

/// One transfer's connection for code that blocks: opens it, sends requests, and waits for their
/// answers. Only cancel(), drop() and interrupt() may be called from any thread.
class BlockingConnection {
 public:
  /// @throws Error with Errc::invalidUrl.
  BlockingConnection(std::string_view adminUrl, TransferKind kind, WebSocketOptions options,
                     DispatcherOptions dispatcherOptions);

  /// Ends a connection that is open already. @throws Error; a refused upgrade is explained in terms
  /// of Strapi.
  void open(std::function<void(const Diagnostic&)> onDiagnostic);

  /// @throws Error with Errc::invalidState before open(), and in a handler on the connection's own
  /// thread, which would wait for itself.
  Dispatcher& dispatcher();

  bool isOnOwnThread() const;

  /// Called before any wait for the server. @throws Error with Errc::invalidState on the
  /// connection's own thread.
  void requireOtherThread() const;

  // A request is called as `request(dispatcher, token)`; it dispatches one message and completes
  // with a Result that has `error`, such as Answer or InitAnswer.

  /// The request for an action, or for the start or end of a step, with more patience for those
  /// that keep a server busy.
  auto request(TransferAction action) const {
    return [action, retry = patient(retry(), keepsServerBusy(kind_, action))](
               Dispatcher& dispatcher, auto token) {
      dispatcher.dispatchTransferAction(action, retry, std::move(token));
    };
  }
  auto request(TransferStage stage, StepAction action) const {
    return [stage, action, retry = patient(retry(), keepsServerBusy(kind_, stage, action))](
               Dispatcher& dispatcher, auto token) {
      dispatcher.dispatchTransferStep(stage, action, "", retry, std::move(token));
    };
  }

  /// Sends a request. @throws Error with Errc::cancelled after interrupt().
  template <class Result = Answer, class Request>
  std::shared_ptr<Call<Result>> start(Request request) {
    bridge_->throwIfInterrupted();
    return startAnyway<Result>(std::move(request));
  }

  /// Its answer, which is taken. @throws Error
  template <class Result>
  Result wait(Call<Result>& call) {
    const auto lock = bridge_->wait([&call] { return call.isOver; });
    if (call.error) {
      throw Error(call.error, call.result.error);
    }
    return std::move(call.result);
  }

  template <class Result = Answer, class Request>
  Result await(Request request) {
    return wait(*start<Result>(std::move(request)));
  }

  /// The answer of a step's start or end. @throws Error, of that stage.
  Answer waitForStep(TransferStage stage, Call<Answer>& call);

  Answer awaitStep(TransferStage stage, StepAction action) {
    return waitForStep(stage, *start(request(stage, action)));
  }

  // For a rollback: these are not interrupted, but have a deadline.

  /// Sends a request, whatever has happened.
  template <class Result = Answer, class Request>
  std::shared_ptr<Call<Result>> startAnyway(Request request) {
    Dispatcher& connected = dispatcher();
    auto call = std::make_shared<Call<Result>>();
    bridge_->begin(*call);
    request(connected, CallEnd<Result>(bridge_, call));
    return call;
  }
  /// The request's error, empty for success; nothing if the time has passed.
  [[nodiscard]] std::optional<std::error_code> waitUntil(const CallState& call, TimePoint deadline);
  /// Whether the server has answered everything sent by the deadline. Never once the wait for an
  /// answer was given up: the server may then still be working.
  [[nodiscard]] bool waitUntilAnswered(TimePoint deadline) {
    return bridge_->waitUntilAnswered(deadline);
  }

  /// Closes the socket in good order, within the close time-out; on the connection's own thread
  /// without waiting for it. Does nothing if it is closed.
  void close() noexcept;

  /// Ends all waiting, and leaves the socket open, for a rollback.
  void interrupt() noexcept { bridge_->interrupt(); }

  /// Closes the socket now; waiting calls fail with Errc::cancelled.
  void cancel() noexcept;

  /// The same, and close() waits neither for what is still to be sent nor for the server.
  void drop() noexcept;

  WebSocketStatistics statistics() const;

  /// The credentials of the open connection, which reports about its content must not show.
  std::vector<std::string> secrets() const;

 protected:
  const std::shared_ptr<AnswerBridge>& bridge() const { return bridge_; }

 private:
  const RetryMessageOptions& retry() const { return dispatcherOptions_.retryMessageOptions; }
  void connect();

  Url url_;
  TransferKind kind_;
  WebSocketOptions options_;
  DispatcherOptions dispatcherOptions_;
  const std::shared_ptr<AnswerBridge> bridge_ = std::make_shared<AnswerBridge>();
  bool isDropped_ = false;  ///< Guarded by the bridge.

  mutable std::mutex mutex_;  ///< Guards what follows against cancel().
  bool cancelled_ = false;
  std::shared_ptr<asio::cancellation_signal> stopConnecting_;
  std::unique_ptr<WebSocketClient> client_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

}  // namespace wsferry::strapi
