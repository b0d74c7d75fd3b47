#include "strapi/pull/stage_queue.hpp"

#include <new>
#include <utility>

#include "wsferry/core/detail/error/affordable.hpp"

namespace wsferry::strapi {

void StageQueue::onData(ProcessData data) {
  try {
    add(std::move(data));
  } catch (const std::bad_alloc&) {
    onFailed(Errc::outOfResources, {});  // Of a step that has ended, nobody else would tell.
    throw;
  }
}

void StageQueue::add(ProcessData data) {
  std::string uuid = data.uuid;
  {
    const std::lock_guard lock(mutex_);
    if (failure_) {
      return;
    }
    if (unacknowledged_) {
      failure_ = Failure{Errc::protocolViolation, {}};
      failure_->info.message =
          "The server sent data without waiting for the acknowledgement of what it sent before.";
      changed_.notify_one();
      return;
    }
    const bool hasPlace = queue_.empty() || queuedBytes_ + data.message.size() <= limitBytes_;
    queuedBytes_ += data.message.size();
    queue_.push_back(std::move(data));
    if (!hasPlace) {
      unacknowledged_ = std::exchange(uuid, {});
    }
    changed_.notify_one();
  }
  if (!uuid.empty()) {
    acknowledge_(uuid);
  }
}

void StageQueue::onFailed(const std::error_code& error, const ErrorInfo& info) {
  const std::lock_guard lock(mutex_);
  if (!failure_) {
    failure_ = Failure{error, affordableInfo(info)};
  }
  changed_.notify_one();
}

void StageQueue::setLimit(std::size_t limitBytes) {
  std::optional<std::string> due;
  {
    const std::lock_guard lock(mutex_);
    limitBytes_ = limitBytes;
    if (queuedBytes_ <= limitBytes_) {
      due = std::exchange(unacknowledged_, std::nullopt);
    }
  }
  if (due) {
    acknowledge_(*due);
  }
}

void StageQueue::wake() {
  const std::lock_guard lock(mutex_);
  isWoken_ = true;
  changed_.notify_one();
}

std::optional<ProcessData> StageQueue::pop() {
  ProcessData data;
  std::optional<std::string> due;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !queue_.empty() || failure_ || isWoken_; });
    isWoken_ = false;
    if (queue_.empty() && !failure_) {
      return std::nullopt;
    }
    if (queue_.empty() || (failure_ && failure_->error == Errc::cancelled)) {
      throw Error(failure_->error, failure_->info);
    }
    data = std::move(queue_.front());
    queue_.pop_front();
    queuedBytes_ -= data.message.size();
    if (queuedBytes_ <= limitBytes_) {
      due = std::exchange(unacknowledged_, std::nullopt);
    }
  }
  if (due) {
    acknowledge_(*due);
  }
  return data;
}

}  // namespace wsferry::strapi
