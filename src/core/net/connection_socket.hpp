#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "core/net/tls_stream.hpp"

namespace wsferry {

/// A TCP socket that may become a TLS stream.
class ConnectionSocket {
 public:
  explicit ConnectionSocket(const asio::any_io_executor& executor) : tcp_(executor) {}

  asio::ip::tcp::socket& tcp() { return tcp_; }

  /// From now on bytes go through the returned stream. The context is held, for others to share.
  TlsStream& addTls(std::shared_ptr<asio::ssl::context> context) {
    tlsContext_ = std::move(context);
    return tls_.emplace(tcp_, *tlsContext_);
  }

  /// Null before addTls().
  TlsStream* tls() { return tls_ ? &*tls_ : nullptr; }

  template <class Handler>
  void asyncReadSome(asio::mutable_buffer buffer, Handler&& handler) {
    if (tls_) {
      tls_->asyncReadSome(buffer, std::forward<Handler>(handler));
    } else {
      tcp_.async_read_some(buffer, std::forward<Handler>(handler));
    }
  }

  template <class Handler>
  void asyncWriteSome(asio::const_buffer buffer, Handler&& handler) {
    if (tls_) {
      tls_->asyncWriteSome(buffer, std::forward<Handler>(handler));
    } else {
      tcp_.async_write_some(buffer, std::forward<Handler>(handler));
    }
  }

  /// Ends the connection without waiting for anything; what waits completes with an error. TLS's
  /// own farewell is left out: WebSocket's close frames say the same, and it would have to be
  /// waited for.
  void close() {
    asio::error_code ignored;  // a socket that is not open or connected is closed already
    tcp_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    tcp_.close(ignored);
  }

 private:
  asio::ip::tcp::socket tcp_;
  std::shared_ptr<asio::ssl::context> tlsContext_;
  std::optional<TlsStream> tls_;
};

}  // namespace wsferry
