#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/core/websocket_client.hpp"

namespace wsferry::gateway {

/// What is known of a stream's connection, from its opening on, and as it was behind its end. The
/// functions that tell may be called from any thread.
class ConnectionFacts {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  /// It is open. A subprotocol may be one of its `secrets`.
  void open(WebSocketClient client, const std::vector<std::string>& secrets) {
    const std::lock_guard lock(mutex_);
    subprotocol_ = blankSecrets(client.subprotocol(), secrets);
    headers_ = client.responseHeaders();
    client_.emplace(std::move(client));
  }

  /// It is over, and nothing of it is held any more.
  void end() {
    std::optional<WebSocketClient> ended;
    const std::lock_guard lock(mutex_);
    if (client_) {
      statistics_ = client_->statistics();
      ended.emplace(*std::move(client_));
      client_.reset();
    }
  }

  WebSocketStatistics statistics() const {
    const std::lock_guard lock(mutex_);
    return client_ ? client_->statistics() : statistics_;
  }

  std::string subprotocol() const {
    const std::lock_guard lock(mutex_);
    return subprotocol_;
  }

  Headers responseHeaders() const {
    const std::lock_guard lock(mutex_);
    return headers_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<WebSocketClient> client_;
  WebSocketStatistics statistics_;  ///< Of a connection that is over.
  std::string subprotocol_;
  Headers headers_;
};

}  // namespace wsferry::gateway
