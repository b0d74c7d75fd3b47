#include "strapi/push_connection.hpp"

#include <string>
#include <utility>

#include "strapi/stage_error.hpp"

namespace wsferry::strapi {
PushConnection::PushConnection(std::string_view adminUrl, const WebSocketOptions& options,
                               const DispatcherOptions& dispatcherOptions)
    : retry_(dispatcherOptions.retryMessageOptions),
      connection_(adminUrl, TransferKind::push, options, dispatcherOptions) {}

void PushConnection::setWindow(BatchWindow limits) {
  const std::lock_guard lock(shared_->mutex);
  shared_->window = SendWindow(limits);
}

std::shared_ptr<PushConnection::Call> PushConnection::start(const Request& request) {
  {
    const std::lock_guard lock(shared_->mutex);
    throwIfInterrupted();
  }
  return startAnyway(request);
}

std::shared_ptr<PushConnection::Call> PushConnection::startAnyway(const Request& request) {
  const auto call = std::make_shared<Call>();
  Dispatcher& dispatcher = connection_.dispatcher();
  {
    const std::lock_guard lock(shared_->mutex);
    ++shared_->callsUnderWay;
  }
  request(dispatcher, [shared = shared_, call, sent = Clock::now()](const std::error_code& error,
                                                                    Answer answer) {
    const std::lock_guard lock(shared->mutex);
    if (!error) {
      shared->pace.onRoundTrip(Clock::now() - sent);
    }
    shared->noteEnd(error);
    call->result = Result{error, std::move(answer)};
    --shared->callsUnderWay;
    shared->changed.notify_all();
  });
  return call;
}

Answer PushConnection::wait(const Call& call) const {
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait(lock, [&] { return call.result || shared_->interrupted; });
  throwIfInterrupted();
  const Result& result = *call.result;
  if (result.error) {
    throw Error(result.error, result.answer.error);
  }
  return result.answer;
}

PushConnection::Request PushConnection::request(TransferAction action) const {
  const bool isSlow = action == TransferAction::beforeTransfer || action == TransferAction::close ||
                      action == TransferAction::rollback;
  return
      [action, retry = isSlow ? patient(retry_) : retry_](Dispatcher& dispatcher, OnAnswer done) {
        dispatcher.dispatchTransferAction(action, retry, std::move(done));
      };
}

std::shared_ptr<PushConnection::Call> PushConnection::startStep(TransferStage stage,
                                                                StepAction action) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->pace.onStage();
  }
  const bool isSlow = stage == TransferStage::assets;
  return start([&](Dispatcher& dispatcher, OnAnswer done) {
    dispatcher.dispatchTransferStep(stage, action, "", isSlow ? patient(retry_) : retry_,
                                    std::move(done));
  });
}

Answer PushConnection::waitForStep(TransferStage stage, const Call& call) const {
  try {
    return wait(call);
  } catch (const Error& error) {
    ErrorInfo info = error.info();
    info.stage = std::string(toString(stage));
    throw Error(error.code(), std::move(info));
  }
}

void PushConnection::send(Batch batch) {
  const std::size_t size = batch.message.text.size();
  if (size > largestPushMessage) {
    throw stageError(batch.stage, Errc::messageTooBig,
                     "A message of " + std::to_string(size) +
                         " bytes was not sent: a server takes 100 MiB at most.",
                     batch.contents);
  }
  Dispatcher& dispatcher = connection_.dispatcher();
  std::uint64_t number = 0;
  {
    std::unique_lock lock(shared_->mutex);
    shared_->changed.wait(lock, [&] {
      return shared_->interrupted ||
             (shared_->window.hasFailed() ? shared_->window.firstFailure() != nullptr
                                          : shared_->hasPlace(size));
    });
    throwIfInterrupted();
    throwIfFailed();
    number = shared_->window.add(size, batch.stage, std::move(batch.contents));
  }
  dispatcher.dispatchEncoded(
      std::move(batch.message),
      [shared = shared_, number, sent = Clock::now()](const std::error_code& error, Answer answer) {
        const std::lock_guard lock(shared->mutex);
        shared->pace.onAnswer(sent, Clock::now());
        shared->noteEnd(error);
        shared->window.complete(number, error, std::move(answer.error));
        shared->changed.notify_all();
      });
}

void PushConnection::drain() {
  connection_.requireOtherThread();
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait(lock, [this] {
    return shared_->interrupted || shared_->window.isEmpty() || shared_->window.firstFailure();
  });
  throwIfInterrupted();
  throwIfFailed();
}

std::optional<PushConnection::Result> PushConnection::waitUntil(const Call& call,
                                                                TimePoint deadline) {
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait_until(lock, deadline, [&call] { return call.result.has_value(); });
  return call.result;
}

bool PushConnection::waitUntilAnswered(TimePoint deadline) {
  std::unique_lock lock(shared_->mutex);
  const bool isOver = shared_->changed.wait_until(lock, deadline, [this] {
    return shared_->isAnswerMissing || (shared_->callsUnderWay == 0 && shared_->window.isEmpty());
  });
  return isOver && !shared_->isAnswerMissing;
}

void PushConnection::interrupt() noexcept {
  const std::lock_guard lock(shared_->mutex);
  shared_->interrupted = true;
  shared_->changed.notify_all();
}

void PushConnection::throwIfInterrupted() const {
  if (shared_->interrupted) {
    throw Error(Errc::cancelled, "The transfer was cancelled.");
  }
}

void PushConnection::throwIfFailed() const {
  const SendWindow::Failure* const failure = shared_->window.firstFailure();
  if (failure == nullptr) {
    return;
  }
  ErrorInfo info = failure->info;
  info.stage = std::string(toString(failure->stage));
  if (failure->error == ErrorCondition::remote || failure->error == Errc::timedOut) {
    info.subject = failure->contents;
  }
  throw Error(failure->error, std::move(info));
}

}  // namespace wsferry::strapi
