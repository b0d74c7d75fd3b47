#include "wsferry/core/websocket_client.hpp"

#include <asio/dispatch.hpp>
#include <asio/post.hpp>
#include <asio/strand.hpp>
#include <utility>

#include "core/thread/io_thread.hpp"
#include "core/thread/running_on.hpp"
#include "core/websocket/websocket_connection.hpp"
#include "wsferry/core/detail/thread/awaited.hpp"
#include "wsferry/core/detail/thread/last_post.hpp"
#include "wsferry/core/detail/thread/start_call.hpp"

namespace wsferry {
namespace {

/// Drops the connection when its last user, client or transport, is gone.
class Lease {
 public:
  explicit Lease(std::shared_ptr<WebSocketConnection> leased) : connection(std::move(leased)) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    if (connection->isOfOtherProcess()) {
      keepForEver(connection);
    } else {
      connection->leave();
    }
  }

  const std::shared_ptr<WebSocketConnection> connection;
};

template <class... Rest>
void completeCancelled(Completion<std::error_code, Rest...> completion) {
  completion(Errc::cancelled, Rest{}...);
}

void completeCancelled(Completion<std::error_code, ErrorInfo> completion) {
  ErrorInfo info;
  info.message = "Cancelled before connecting began";
  completion(Errc::cancelled, std::move(info));
}

}  // namespace

class WebSocketClient::Impl {
 public:
  Impl(const asio::any_io_executor& executor, const std::shared_ptr<IoThread>& thread,
       WebSocketOptions options)
      : lease(std::make_shared<Lease>(
            std::make_shared<WebSocketConnection>(executor, thread, std::move(options)))) {
    if (thread) {
      thread->onException([weak = std::weak_ptr(connection())](const std::exception_ptr& thrown) {
        if (const auto held = weak.lock()) {
          held->onException(thrown);
        }
      });
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (connection()->isOfOtherProcess()) {
      return;
    }
    connection()->expectLeave();
    postLast(connection()->executor(), [held = connection()] { held->cancelAllCalls(); });
  }

  const std::shared_ptr<WebSocketConnection>& connection() const { return lease->connection; }

  /// Runs `start(connection, id, completion)` on the connection's executor, with cancellation.
  template <class Completion, class Start>
  void run(Completion completion, Start start) {
    const auto id = connection()->newCallId();
    startCall(
        connection()->executor(), connection(), std::move(completion),
        [id, start = std::move(start)](WebSocketConnection& held, Completion begun) mutable {
          if (begun.isCancelled()) {
            completeCancelled(std::move(begun));
          } else {
            start(held, id, std::move(begun));
          }
        },
        [id](WebSocketConnection& held, asio::cancellation_type type) {
          held.cancelCall(id, type);
        });
  }

  const std::shared_ptr<Lease> lease;
};

WebSocketClient::WebSocketClient(asio::io_context& context, WebSocketOptions options)
    : WebSocketClient(asio::make_strand(context), std::move(options)) {}

WebSocketClient::WebSocketClient(asio::any_io_executor strand, WebSocketOptions options)
    : impl_(std::make_shared<Impl>(std::move(strand), nullptr, std::move(options))) {}

WebSocketClient::WebSocketClient(WebSocketOptions options) {
  // One thread needs no strand.
  auto thread = std::make_shared<IoThread>();
  const asio::any_io_executor executor = thread->context().get_executor();
  impl_ = std::make_shared<Impl>(executor, thread, std::move(options));
}

WebSocketClient::WebSocketClient(WebSocketClient&&) noexcept = default;
WebSocketClient& WebSocketClient::operator=(WebSocketClient&&) noexcept = default;
WebSocketClient::~WebSocketClient() = default;

asio::any_io_executor WebSocketClient::executor() const {
  return impl_->connection()->executor();
}

void WebSocketClient::connect(const Url& url) {
  if (isRunningOn(executor())) {
    throw Error(Errc::invalidState,
                "connect() would wait for its own thread here: use the asynchronous form");
  }
  auto [error, info] = awaitResult<std::pair<std::error_code, ErrorInfo>>(
      [&](auto handler) { connect(url, std::move(handler)); });
  if (error) {
    throw Error(error, std::move(info));
  }
}

WebSocketStatistics WebSocketClient::statistics() const {
  return impl_->connection()->statistics();
}

std::string WebSocketClient::subprotocol() const {
  return impl_->connection()->subprotocol();
}

std::vector<std::pair<std::string, std::string>> WebSocketClient::responseHeaders() const {
  return impl_->connection()->responseHeaders();
}

std::shared_ptr<Transport> WebSocketClient::transport() const {
  return {impl_->lease, impl_->connection().get()};
}

void WebSocketClient::startConnect(const std::shared_ptr<Impl>& impl, const Url& url,
                                   Completion<std::error_code, ErrorInfo> completion) {
  impl->run(std::move(completion), [url](WebSocketConnection& connection, auto id, auto done) {
    connection.connect(id, url, std::move(done));
  });
}

void WebSocketClient::startSend(const std::shared_ptr<Impl>& impl, MessageType type,
                                std::string payload, Completion<std::error_code> completion) {
  impl->run(std::move(completion), [type, payload = std::move(payload)](
                                       WebSocketConnection& connection, auto id, auto done) {
    connection.sendMessage(id, type, payload, std::move(done));
  });
}

void WebSocketClient::startReceive(const std::shared_ptr<Impl>& impl,
                                   Completion<std::error_code, Message> completion) {
  impl->run(std::move(completion), [](WebSocketConnection& connection, auto id, auto done) {
    connection.receive(id, std::move(done));
  });
}

void WebSocketClient::startPing(const std::shared_ptr<Impl>& impl,
                                Completion<std::error_code, std::chrono::nanoseconds> completion) {
  impl->run(std::move(completion), [](WebSocketConnection& connection, auto id, auto done) {
    connection.measurePing(id, std::move(done));
  });
}

void WebSocketClient::startClose(const std::shared_ptr<Impl>& impl, std::uint16_t code,
                                 std::string reason, Completion<std::error_code> completion) {
  impl->run(std::move(completion), [code, reason = std::move(reason)](
                                       WebSocketConnection& connection, auto id, auto done) {
    connection.closeAndWait(id, code, reason, std::move(done));
  });
}

}  // namespace wsferry
