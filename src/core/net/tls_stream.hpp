#pragma once

#include <openssl/ssl.h>

#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/ssl/context.hpp>
#include <cstddef>
#include <memory>
#include <utility>

namespace wsferry {

/// A TLS client on a TCP socket. asio::ssl::stream holds 68 KiB of buffers for every connection;
/// this one holds none while it waits: OpenSSL reads and writes the socket by itself. One read and
/// one write may be under way at a time, on the socket's executor; closing the socket ends them.
class TlsStream {
 public:
  /// Both must outlive the stream.
  TlsStream(asio::ip::tcp::socket& socket, asio::ssl::context& context);

  SSL* handle() { return ssl_.get(); }

  /// Signature `void(std::error_code)`.
  template <class Handler>
  void asyncHandshake(Handler handler) {
    start([this] { return handshake(); },
          [handler = std::move(handler)](const asio::error_code& error, std::size_t) mutable {
            handler(error);
          });
  }

  /// Signature `void(std::error_code, std::size_t)`.
  template <class Handler>
  void asyncReadSome(asio::mutable_buffer buffer, Handler handler) {
    start([this, buffer] { return read(buffer); }, std::move(handler));
  }

  /// Signature `void(std::error_code, std::size_t)`. What was not taken must come first in the next
  /// call, from whatever place.
  template <class Handler>
  void asyncWriteSome(asio::const_buffer buffer, Handler handler) {
    start([this, buffer] { return write(buffer); }, std::move(handler));
  }

 private:
  enum class Wait { none, toRead, toWrite };
  struct Attempt {
    Wait wait = Wait::none;
    asio::error_code error;
    std::size_t size = 0;
  };
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  friend struct SocketBio;

  [[nodiscard]] Attempt handshake();
  [[nodiscard]] Attempt read(asio::mutable_buffer buffer);
  [[nodiscard]] Attempt write(asio::const_buffer buffer);
  Attempt outcome(int result, std::size_t size);

  template <class Operation, class Handler>
  void start(Operation operation, Handler handler) {
    const Attempt attempt = operation();
    if (attempt.wait != Wait::none) {
      wait(attempt.wait, std::move(operation), std::move(handler));
      return;
    }
    asio::post(socket_.get_executor(), [attempt, handler = std::move(handler)]() mutable {
      handler(attempt.error, attempt.size);
    });
  }

  template <class Operation, class Handler>
  void wait(Wait what, Operation operation, Handler handler) {
    socket_.async_wait(
        what == Wait::toRead ? asio::socket_base::wait_read : asio::socket_base::wait_write,
        [this, operation = std::move(operation),
         handler = std::move(handler)](const asio::error_code& error) mutable {
          const Attempt attempt = error ? Attempt{Wait::none, error, 0} : operation();
          if (attempt.wait != Wait::none) {
            wait(attempt.wait, std::move(operation), std::move(handler));
          } else {
            handler(attempt.error, attempt.size);
          }
        });
  }

  asio::ip::tcp::socket& socket_;
  asio::error_code socketError_;  ///< Of the operation under way, beneath OpenSSL's own.
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace wsferry
