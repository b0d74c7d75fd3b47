#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "core/net/tls_stream.hpp"
#include "wsferry/core/clock.hpp"
#include "wsferry/core/rate_limit.hpp"

namespace wsferry {

/// A TCP socket that may become a TLS stream.
class ConnectionSocket {
 public:
  /// A null `limit` is none.
  explicit ConnectionSocket(const asio::any_io_executor& executor,
                            std::shared_ptr<RateLimit> limit = nullptr)
      : tcp_(executor), limit_(std::move(limit)), mayRead_(executor), mayWrite_(executor) {}

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
    limited(mayRead_, buffer, std::forward<Handler>(handler),
            [this](asio::mutable_buffer part, auto&& done) {
              this->readNow(part, std::forward<decltype(done)>(done));
            });
  }

  template <class Handler>
  void asyncWriteSome(asio::const_buffer buffer, Handler&& handler) {
    limited(mayWrite_, buffer, std::forward<Handler>(handler),
            [this](asio::const_buffer part, auto&& done) {
              this->writeNow(part, std::forward<decltype(done)>(done));
            });
  }

  /// Ends the connection without waiting for anything; what waits completes with an error. TLS's
  /// own farewell is left out: WebSocket's close frames say the same, and it would have to be
  /// waited for.
  void close() {
    asio::error_code ignored;  // a socket that is not open or connected is closed already
    tcp_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    tcp_.close(ignored);
    mayRead_.cancel();
    mayWrite_.cancel();
  }

 private:
  template <class Handler>
  void readNow(asio::mutable_buffer buffer, Handler&& handler) {
    if (tls_) {
      tls_->asyncReadSome(buffer, std::forward<Handler>(handler));
    } else {
      tcp_.async_read_some(buffer, std::forward<Handler>(handler));
    }
  }

  template <class Handler>
  void writeNow(asio::const_buffer buffer, Handler&& handler) {
    if (tls_) {
      tls_->asyncWriteSome(buffer, std::forward<Handler>(handler));
    } else {
      tcp_.async_write_some(buffer, std::forward<Handler>(handler));
    }
  }

  // `move(buffer, handler)`, when and as far as the limit lets it.
  template <class Buffer, class Handler, class Move>
  void limited(asio::steady_timer& mayMove, Buffer buffer, Handler&& handler, Move move) {
    if (!limit_) {
      move(buffer, std::forward<Handler>(handler));
      return;
    }
    auto counted = [limit = limit_, handler = std::forward<Handler>(handler)](
                       const asio::error_code& error, std::size_t size) mutable {
      limit->moved(size, Clock::now());
      handler(error, size);
    };
    const Buffer part = asio::buffer(buffer, limit_->share());
    if (limit_->due() <= Clock::now()) {
      move(part, std::move(counted));
      return;
    }
    mayMove.expires_at(limit_->due());
    mayMove.async_wait(
        [move, part, counted = std::move(counted)](const asio::error_code& error) mutable {
          if (error) {
            counted(error, 0);
          } else {
            move(part, std::move(counted));
          }
        });
  }

  asio::ip::tcp::socket tcp_;
  std::shared_ptr<asio::ssl::context> tlsContext_;
  std::optional<TlsStream> tls_;
  const std::shared_ptr<RateLimit> limit_;
  asio::steady_timer mayRead_;
  asio::steady_timer mayWrite_;
};

}  // namespace wsferry
