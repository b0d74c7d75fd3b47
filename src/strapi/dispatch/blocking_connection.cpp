#include "wsferry/strapi/detail/dispatch/blocking_connection.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/post.hpp>

#include "core/thread/running_on.hpp"
#include "strapi/dispatch/upgrade_refusal.hpp"

namespace wsferry::strapi {
namespace {

Url transferUrl(std::string_view adminUrl, TransferKind kind) {
  Url url = Url::parse(adminUrl);
  url.target = url.target.substr(0, url.target.find('?'));
  while (!url.target.empty() && url.target.back() == '/') {
    url.target.pop_back();
  }
  url.target.append("/transfer/runner/").append(toString(kind));
  return url;
}

[[noreturn]] void throwCancelled() {
  throw Error(Errc::cancelled, "The transfer was cancelled.");
}

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
  std::promise<std::pair<std::error_code, ErrorInfo>> promise;
  auto connected = promise.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (cancelled_) {
      throwCancelled();
    }
    client_ = std::make_unique<WebSocketClient>(options_);
    client_->connect(url_, asio::bind_cancellation_slot(
                               stopConnecting_->slot(),
                               [promise = std::move(promise)](const std::error_code& error,
                                                              ErrorInfo info) mutable {
                                 promise.set_value({error, std::move(info)});
                               }));
  }
  auto [error, info] = connected.get();
  if (error) {
    explainRefusal(error, url_, kind_, info);
    throw Error(error, std::move(info));
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
  std::promise<void> promise;
  const auto closed = promise.get_future();
  dispatcher_->close(
      [promise = std::move(promise)](const std::error_code&) mutable { promise.set_value(); });
  if (!isOnOwnThread()) {
    closed.wait();
  }
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

std::vector<std::string> BlockingConnection::secrets() const {
  const std::lock_guard lock(mutex_);
  return client_ ? client_->transport()->secrets() : std::vector<std::string>();
}

WebSocketStatistics BlockingConnection::statistics() const {
  const std::lock_guard lock(mutex_);
  return client_ ? client_->statistics() : WebSocketStatistics{};
}

}  // namespace wsferry::strapi
