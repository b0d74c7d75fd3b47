#include "wsferry/strapi/detail/dispatch/blocking_connection.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/post.hpp>

#include "core/thread/running_on.hpp"
#include "strapi/dispatch/upgrade_refusal.hpp"
#include "wsferry/strapi/detail/dispatch/transfer_url.hpp"

namespace wsferry::strapi {
namespace {

/// The result of a call that has none.
struct Nothing {};

}  // namespace

void reportWarning(Dispatcher& dispatcher, std::function<void(const Diagnostic&)> report,
                   std::string message) {
  if (report) {
    Diagnostic diagnostic;
    diagnostic.kind = "warning";
    diagnostic.message = std::move(message);
    asio::post(dispatcher.executor(), [report = std::move(report),
                                       diagnostic = std::move(diagnostic)] { report(diagnostic); });
  }
}

BlockingConnection::BlockingConnection(std::string_view adminUrl, TransferKind kind,
                                       WebSocketOptions options,
                                       DispatcherOptions dispatcherOptions)
    : url_(transferUrl(adminUrl, kind)),
      kind_(kind),
      options_(std::move(options)),
      dispatcherOptions_(std::move(dispatcherOptions)),
      stopConnecting_(std::make_shared<asio::cancellation_signal>()) {
  dispatcherOptions_.serverName = url_.display();
}

void BlockingConnection::open(std::function<void(const Diagnostic&)> onDiagnostic) {
  close();
  {
    const std::lock_guard lock(mutex_);
    dispatcher_.reset();
  }
  connect();
  const std::lock_guard lock(mutex_);
  if (cancelled_) {
    throwCancelled();
  }
  dispatcher_ = std::make_unique<Dispatcher>(*client_, dispatcherOptions_);
  dispatcher_->onDiagnostic(std::move(onDiagnostic));
}

void BlockingConnection::connect() {
  const auto call = std::make_shared<Call<ErrorInfo>>();
  {
    const std::lock_guard lock(mutex_);
    if (cancelled_) {
      throwCancelled();
    }
    client_ = std::make_unique<WebSocketClient>(options_);
    client_->connect(url_, asio::bind_cancellation_slot(stopConnecting_->slot(),
                                                        CallEnd<ErrorInfo>(bridge_, call)));
  }
  // Whatever interrupts: cancel() ends it.
  const auto lock = bridge_->waitAnyway([&call] { return call->isOver; });
  if (call->error) {
    explainRefusal(call->error, url_, kind_, call->result);
    throw Error(call->error, std::move(call->result));
  }
}

Dispatcher& BlockingConnection::dispatcher() {
  if (!dispatcher_) {
    throw Error(Errc::invalidState, "The connection is not open: call bootstrap() first.");
  }
  requireOtherThread();
  return *dispatcher_;
}

void BlockingConnection::requireOtherThread() const {
  if (isOnOwnThread()) {
    throw Error(Errc::invalidState,
                "This call waits for the server, which cannot be done inside onDiagnostic: make it "
                "on another thread.");
  }
}

bool BlockingConnection::isOnOwnThread() const {
  return client_ && isRunningOn(client_->executor());
}

void BlockingConnection::close() noexcept {
  if (!dispatcher_) {
    return;
  }
  const auto call = std::make_shared<Call<Nothing>>();
  dispatcher_->close(CallEnd<Nothing>(bridge_, call));
  if (!isOnOwnThread()) {
    const auto lock = bridge_->waitAnyway([&] { return call->isOver || isDropped_; });
  }
}

Answer BlockingConnection::waitForStep(TransferStage stage, Call<Answer>& call) {
  try {
    return wait(call);
  } catch (const Error& error) {
    throw error.at(toString(stage));
  }
}

std::optional<std::error_code> BlockingConnection::waitUntil(const CallState& call,
                                                             TimePoint deadline) {
  const auto lock = bridge_->waitUntil(deadline, [&call] { return call.isOver; });
  return call.isOver ? std::optional(call.error) : std::nullopt;
}

void BlockingConnection::cancel() noexcept {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (dispatcher_) {
    dispatcher_->close([](const std::error_code&) {});
  } else if (client_) {
    asio::post(client_->executor(),
               [signal = stopConnecting_] { signal->emit(asio::cancellation_type::all); });
  }
}

void BlockingConnection::drop() noexcept {
  cancel();
  bridge_->change([this](AnswerLedger&) { isDropped_ = true; });
}

std::vector<std::string> BlockingConnection::secrets() const {
  const std::lock_guard lock(mutex_);
  return client_ ? client_->transport()->secrets() : std::vector<std::string>();
}

WebSocketStatistics BlockingConnection::statistics() const {
  const std::lock_guard lock(mutex_);
  return client_ ? client_->statistics() : WebSocketStatistics{};
}

}  // namespace wsferry::strapi
