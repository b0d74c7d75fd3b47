#include "testing/server/websocket_server.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <asio/strand.hpp>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "core/net/closed_on_exec.hpp"
#include "wsferry/core/detail/thread/process_mark.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::testing {

namespace {

// After a failed accept, as when the process has no file descriptor left.
constexpr auto acceptPause = std::chrono::milliseconds(100);

}  // namespace

class WebSocketServer::Impl {
 public:
  Impl(const WebSocketServerOptions& options, DecideUpgrade decide);
  ~Impl();

  bool runToTheEnd() {
    try {
      context.run();
      return true;
    } catch (...) {
      return false;
    }
  }

  void accept();
  void onAccepted(asio::ip::tcp::socket socket);

  const ProcessMark process;
  SharedByConnections shared;
  asio::io_context context{1};
  asio::ip::tcp::acceptor acceptor{context};
  asio::steady_timer pause{context};
  std::thread thread;
};

WebSocketServer::Impl::Impl(const WebSocketServerOptions& options, DecideUpgrade decide)
    : shared{options, std::move(decide), ServerCounter(options.onCounts)} {
  std::error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) {
    throw Error(Errc::invalidOption,
                "\"" + options.address + "\" is no IP address; give one such as 127.0.0.1")
        .ofOption("address");
  }
  const asio::ip::tcp::endpoint endpoint(address, options.port);
  openClosedOnExec(acceptor, endpoint.protocol(), error);
  if (!error) {
    acceptor.set_option(asio::socket_base::reuse_address(true), error);
  }
  if (!error) {
    acceptor.bind(endpoint, error);
  }
  if (!error) {
    acceptor.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    throw Error(Errc::invalidOption, "Cannot listen on port " + std::to_string(options.port) +
                                         " of " + options.address + " (" + error.message() +
                                         "); choose another port, or 0 for any free one")
        .ofOption("port");
  }
  accept();
  thread = std::thread([this] {
    // What throws, as for want of memory, is one connection's handler, and its connection ends with
    // it or by its deadline.
    while (!runToTheEnd()) {
    }
  });
}

WebSocketServer::Impl::~Impl() {
  context.stop();
  thread.join();
}

void WebSocketServer::Impl::accept() {
  acceptor.async_accept(asio::any_io_executor(asio::make_strand(context)),
                        [this](std::error_code error, asio::ip::tcp::socket socket) {
                          if (error) {
                            pause.expires_after(acceptPause);
                            pause.async_wait([this](std::error_code) { accept(); });
                          } else {
                            accept();  // First: the next may come whatever becomes of this one.
                            onAccepted(std::move(socket));
                          }
                        });
}

void WebSocketServer::Impl::onAccepted(asio::ip::tcp::socket socket) {
  std::error_code ignored;  // Only slower without.
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
  serveConnection(shared, std::move(socket));
}

WebSocketServer::WebSocketServer(const WebSocketServerOptions& options, DecideUpgrade decide)
    : impl_(std::make_unique<Impl>(options, std::move(decide))) {}

WebSocketServer::~WebSocketServer() {
  if (impl_->process.isOther()) {
    keepForEver(std::shared_ptr<const void>(std::move(impl_)));
  }
}

std::uint16_t WebSocketServer::port() const {
  return impl_->acceptor.local_endpoint().port();
}

WebSocketServerCounts WebSocketServer::counts() const {
  return impl_->shared.counter.counts();
}

bool WebSocketServer::waitUntilIdle(Duration limit) const {
  return impl_->shared.counter.waitUntilIdle(limit);
}

}  // namespace wsferry::testing
