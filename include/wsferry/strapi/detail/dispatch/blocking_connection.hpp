#pragma once

#include <algorithm>
#include <asio/cancellation_signal.hpp>
#include <functional>
#include <future>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/websocket_client.hpp"
#include "wsferry/strapi/dispatcher.hpp"

namespace wsferry::strapi {

/// For requests that keep a server busy before it answers (protocol section 3, "The official retry
/// rule").
inline RetryMessageOptions patient(RetryMessageOptions retry) {
  constexpr auto longest = Duration::max().count() / 4;
  constexpr auto most = std::numeric_limits<unsigned>::max() / 6;
  retry.retryMessageTimeout = Duration(std::min(retry.retryMessageTimeout.count(), longest) * 4);
  retry.retryMessageMaxRetries = std::min(retry.retryMessageMaxRetries, most) * 6;
  return retry;
}

/// Gives `report` a warning of our own as the server's diagnostics come: on the dispatcher's
/// executor. It may be empty.
void reportWarning(Dispatcher& dispatcher, std::function<void(const Diagnostic&)> report,
                   std::string message);

/// One transfer's connection for code that blocks: opens it, waits for answers, and ends all
/// waiting when cancelled from another thread. Only cancel() may be called from any thread.
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

  /// Whatever waits for the server calls this before. @throws Error with Errc::invalidState on the
  /// connection's own thread.
  void requireOtherThread() const;

  /// Calls `request(dispatcher, token)`, which dispatches one message, and waits for its answer,
  /// an Answer or InitAnswer. @throws Error
  template <class Result = Answer, class Request>
  Result await(Request request) {
    std::promise<std::pair<std::error_code, Result>> promise;
    auto answered = promise.get_future();
    request(dispatcher(),
            [promise = std::move(promise)](const std::error_code& error, Result answer) mutable {
              promise.set_value({error, std::move(answer)});
            });
    auto [error, answer] = answered.get();
    if (error) {
      throw Error(error, std::move(answer.error));
    }
    return std::move(answer);
  }

  /// Closes the socket in good order, within the close time-out; on the connection's own thread
  /// without waiting for it. Does nothing when it is closed.
  void close() noexcept;

  void cancel() noexcept;

  WebSocketStatistics statistics() const;

  /// The credentials of the open connection, for what is told of the content that came over it.
  std::vector<std::string> secrets() const;

 private:
  void connect();

  Url url_;
  TransferKind kind_;
  WebSocketOptions options_;
  DispatcherOptions dispatcherOptions_;

  mutable std::mutex mutex_;  ///< Guards what follows against cancel().
  bool cancelled_ = false;
  std::shared_ptr<asio::cancellation_signal> stopConnecting_;
  std::unique_ptr<WebSocketClient> client_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

}  // namespace wsferry::strapi
