#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "support/scripted_server.hpp"
#include "wsferry/core/completion.hpp"
#include "wsferry/gateway/token_provider.hpp"

namespace support {

/// Waits until what was asked for on a strand before has been begun.
inline void settle(const asio::any_io_executor& strand) {
  std::promise<void> settled;
  asio::post(strand, [&settled] { settled.set_value(); });
  settled.get_future().wait();
}

/// Gives tokens when the test says so.
class HeldTokens final : public wsferry::gateway::TokenProvider {
 public:
  using Answer = wsferry::Completion<std::error_code, wsferry::ErrorInfo, std::string>;

  void provideToken(Answer completion) override {
    const std::lock_guard lock(mutex_);
    waiting_.emplace(std::move(completion));
    changed_.notify_all();
  }
  void dropToken(const std::string&) override {}

  /// Waits until a token is asked for.
  void await() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [this] { return waiting_.has_value(); })) {
      throw std::runtime_error("nobody asks for a token");
    }
  }
  void give(const std::string& token) {
    await();
    const std::lock_guard lock(mutex_);
    (*std::exchange(waiting_, std::nullopt))({}, {}, token);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Answer> waiting_;
};

}  // namespace support
