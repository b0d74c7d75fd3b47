#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "wsferry/strapi/dispatcher.hpp"

namespace wsferry::strapi {

/// The bounded queue between the connection, which adds, and the thread that works the data off. A
/// message is acknowledged when it has a place; the server sends the next one only then (protocol
/// section 4). Thread-safe.
class StageQueue final : public ProcessSubscriber {
 public:
  /// `acknowledge` is called with a message's uuid, on whichever thread makes the place.
  StageQueue(std::size_t limitBytes, std::function<void(std::string_view)> acknowledge)
      : acknowledge_(std::move(acknowledge)), limitBytes_(limitBytes) {}

  void onData(ProcessData data) override;
  void onFailed(const std::error_code& error, const ErrorInfo& info) override;

  /// The limit from now on.
  void setLimit(std::size_t limitBytes);

  /// Makes pop() return, without a message if there is none.
  void wake();

  /// Blocks for the next message, or until wake(); its deadline is that of the dispatcher, which
  /// reports through onFailed(). What was received before a failure comes first. @throws Error
  [[nodiscard]] std::optional<ProcessData> pop();

 private:
  void add(ProcessData data);

  struct Failure {
    std::error_code error;
    ErrorInfo info;
  };

  const std::function<void(std::string_view)> acknowledge_;

  std::mutex mutex_;
  std::size_t limitBytes_;
  std::condition_variable changed_;
  std::deque<ProcessData> queue_;
  std::size_t queuedBytes_ = 0;
  std::optional<std::string> unacknowledged_;
  std::optional<Failure> failure_;
  bool isWoken_ = false;
};

}  // namespace wsferry::strapi
