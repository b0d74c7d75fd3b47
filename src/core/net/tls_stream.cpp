#include "core/net/tls_stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>

#include <asio/error.hpp>
#include <asio/ssl/error.hpp>
#include <new>

namespace wsferry {

/// What OpenSSL needs to use the stream's socket.
struct SocketBio {
  static int write(BIO* bio, const char* bytes, std::size_t size, std::size_t* written) {
    BIO_clear_retry_flags(bio);
    TlsStream& stream = *static_cast<TlsStream*>(BIO_get_data(bio));
    asio::error_code error;
    *written = stream.socket_.write_some(asio::buffer(bytes, size), error);
    if (error == asio::error::would_block) {
      BIO_set_retry_write(bio);
    } else {
      stream.socketError_ = error;
    }
    return error ? 0 : 1;
  }

  static int read(BIO* bio, char* bytes, std::size_t size, std::size_t* count) {
    BIO_clear_retry_flags(bio);
    TlsStream& stream = *static_cast<TlsStream*>(BIO_get_data(bio));
    asio::error_code error;
    *count = stream.socket_.read_some(asio::buffer(bytes, size), error);
    if (error == asio::error::would_block) {
      BIO_set_retry_read(bio);
    } else {
      stream.socketError_ = error;
    }
    return error ? 0 : 1;
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  struct FreeMethod {
    void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
  };

  // Not freed at exit, when connections may live on.
  static const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
      std::unique_ptr<BIO_METHOD, FreeMethod> method(
          BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wsferry socket"));
      if (!method || BIO_meth_set_write_ex(method.get(), write) != 1 ||
          BIO_meth_set_read_ex(method.get(), read) != 1 ||
          BIO_meth_set_ctrl(method.get(), control) != 1) {
        throw std::bad_alloc();
      }
      return method.release();
    }();
    return made;
  }
};

TlsStream::TlsStream(asio::ip::tcp::socket& socket, asio::ssl::context& context)
    : socket_(socket), ssl_(SSL_new(context.native_handle())) {
  BIO* const bio = BIO_new(SocketBio::method());
  if (!ssl_ || bio == nullptr) {
    BIO_free(bio);
    throw std::bad_alloc();
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_connect_state(ssl_.get());
  SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                               SSL_MODE_RELEASE_BUFFERS);
  // A record's head and its content are one read of the socket, not two.
  SSL_set_read_ahead(ssl_.get(), 1);
}

TlsStream::Attempt TlsStream::handshake() {
  asio::error_code ignored;  // shows in the first operation
  socket_.non_blocking(true, ignored);
  ERR_clear_error();
  return outcome(SSL_do_handshake(ssl_.get()), 0);
}

TlsStream::Attempt TlsStream::read(asio::mutable_buffer buffer) {
  ERR_clear_error();
  std::size_t size = 0;
  const int result = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &size);
  return outcome(result, size);
}

TlsStream::Attempt TlsStream::write(asio::const_buffer buffer) {
  ERR_clear_error();
  std::size_t size = 0;
  const int result = SSL_write_ex(ssl_.get(), buffer.data(), buffer.size(), &size);
  return outcome(result, size);
}

TlsStream::Attempt TlsStream::outcome(int result, std::size_t size) {
  const asio::error_code socketError = std::exchange(socketError_, {});
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_NONE:
      return {Wait::none, {}, size};
    case SSL_ERROR_WANT_READ:
      return {Wait::toRead, {}, 0};
    case SSL_ERROR_WANT_WRITE:
      return {Wait::toWrite, {}, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {Wait::none, asio::error::eof, 0};
    default:
      break;
  }
  if (socketError == asio::error::eof) {
    return {Wait::none, asio::ssl::error::stream_truncated, 0};
  }
  if (socketError) {
    return {Wait::none, socketError, 0};
  }
  const auto code = static_cast<int>(ERR_get_error());
  if (code == 0) {
    return {Wait::none, asio::ssl::error::unexpected_result, 0};
  }
  return {Wait::none, asio::error_code(code, asio::error::get_ssl_category()), 0};
}

}  // namespace wsferry
