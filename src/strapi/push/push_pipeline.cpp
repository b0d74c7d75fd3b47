#include "wsferry/strapi/detail/push/push_pipeline.hpp"

#include <string>
#include <utility>

#include "wsferry/strapi/detail/push/stage_error.hpp"

namespace wsferry::strapi {
PushPipeline::PushPipeline(std::string_view adminUrl, const WebSocketOptions& options,
                           const DispatcherOptions& dispatcherOptions)
    : retry_(dispatcherOptions.retryMessageOptions),
      connection_(adminUrl, TransferKind::push, options, dispatcherOptions) {}

void PushPipeline::setWindow(BatchWindow limits) {
  const std::lock_guard lock(shared_->mutex);
  shared_->window = SendWindow(limits);
}

std::shared_ptr<PushPipeline::Call> PushPipeline::start(const Request& request) {
  {
    const std::lock_guard lock(shared_->mutex);
    throwIfInterrupted();
  }
  return startAnyway(request);
}

std::shared_ptr<PushPipeline::Call> PushPipeline::startAnyway(const Request& request) {
  auto call = std::make_shared<Call>();
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

Answer PushPipeline::wait(const Call& call) const {
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait(lock, [&] { return call.result || shared_->interrupted; });
  throwIfInterrupted();
  const Result& result = *call.result;
  if (result.error) {
    throw Error(result.error, result.answer.error);
  }
  return result.answer;
}

PushPipeline::Request PushPipeline::request(TransferAction action) const {
  const bool isSlow = action == TransferAction::beforeTransfer || action == TransferAction::close ||
                      action == TransferAction::rollback;
  return
      [action, retry = isSlow ? patient(retry_) : retry_](Dispatcher& dispatcher, OnAnswer done) {
        dispatcher.dispatchTransferAction(action, retry, std::move(done));
      };
}

std::shared_ptr<PushPipeline::Call> PushPipeline::startStep(TransferStage stage,
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

Answer PushPipeline::waitForStep(TransferStage stage, const Call& call) const {
  try {
    return wait(call);
  } catch (const Error& error) {
    throw error.at(toString(stage));
  }
}

void PushPipeline::send(Batch batch) {
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

void PushPipeline::drain() {
  connection_.requireOtherThread();
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait(lock, [this] {
    return shared_->interrupted || shared_->window.isEmpty() || shared_->window.firstFailure();
  });
  throwIfInterrupted();
  throwIfFailed();
}

std::optional<PushPipeline::Result> PushPipeline::waitUntil(const Call& call, TimePoint deadline) {
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait_until(lock, deadline, [&call] { return call.result.has_value(); });
  return call.result;
}

bool PushPipeline::waitUntilAnswered(TimePoint deadline) {
  std::unique_lock lock(shared_->mutex);
  const bool isOver = shared_->changed.wait_until(lock, deadline, [this] {
    return shared_->isAnswerMissing || (shared_->callsUnderWay == 0 && shared_->window.isEmpty());
  });
  return isOver && !shared_->isAnswerMissing;
}

void PushPipeline::interrupt() noexcept {
  const std::lock_guard lock(shared_->mutex);
  shared_->interrupted = true;
  shared_->changed.notify_all();
}

void PushPipeline::throwIfInterrupted() const {
  if (shared_->interrupted) {
    throw Error(Errc::cancelled, "The transfer was cancelled.");
  }
}

void PushPipeline::throwIfFailed() const {
  const SendWindow::Failure* const failure = shared_->window.firstFailure();
  if (failure == nullptr) {
    return;
  }
  const bool isAboutContents =
      failure->error == ErrorCondition::remote || failure->error == Errc::timedOut;
  const SubjectKind kind =
      failure->stage == TransferStage::assets ? SubjectKind::asset : SubjectKind::record;
  throw Error(failure->error, failure->info)
      .at(toString(failure->stage), kind, isAboutContents ? failure->contents : std::string());
}

}  // namespace wsferry::strapi
