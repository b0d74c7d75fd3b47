#include "core/websocket/websocket_engine.hpp"

#include <openssl/rand.h>

#include <array>
#include <cstring>
#include <new>

#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/core/detail/text/url_parts.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

// A namespace of our own: its inline functions are weak symbols of our library, and a program that
// uses websocketpp itself, with other settings, would share them with us.
#define websocketpp wsferry_websocketpp

// websocketpp validates UTF-8 byte by byte, which costs more than all the rest of receiving. Its
// header is replaced by way of its include guard.
#define UTF8_VALIDATOR_HPP
namespace websocketpp::utf8_validator {

class validator {
 public:
  bool consume(std::uint8_t byte) {
    const char character = static_cast<char>(byte);
    return text_.update({&character, 1});
  }
  template <class Iterator>
  bool decode(Iterator begin, Iterator end) {
    return begin == end || text_.update({&*begin, static_cast<std::size_t>(end - begin)});
  }
  bool complete() const { return text_.complete(); }
  void reset() { text_.reset(); }

 private:
  wsferry::Utf8Validator text_;
};

inline bool validate(const std::string& text) {
  wsferry::Utf8Validator validator;
  return validator.update(text) && validator.complete();
}

}  // namespace websocketpp::utf8_validator

// Its alphabet is a static object, which threads may need that run on while the process exits.
#define _BASE64_HPP_  // NOLINT(bugprone-reserved-identifier)
namespace websocketpp {

inline std::string base64_encode(const unsigned char* bytes, std::size_t size) {
  std::string text;
  wsferry::encodeBase64({reinterpret_cast<const char*>(bytes), size}, text);
  return text;
}

}  // namespace websocketpp

#include <websocketpp/concurrency/none.hpp>
#include <websocketpp/connection.hpp>
#include <websocketpp/connection_base.hpp>
#include <websocketpp/endpoint_base.hpp>
#include <websocketpp/extensions/permessage_deflate/disabled.hpp>
#include <websocketpp/frame.hpp>
#include <websocketpp/http/request.hpp>
#include <websocketpp/http/response.hpp>
#include <websocketpp/logger/stub.hpp>
#include <websocketpp/message_buffer/alloc.hpp>
#include <websocketpp/message_buffer/message.hpp>
#include <websocketpp/transport/iostream/endpoint.hpp>

namespace wsferry {
namespace {

namespace status = websocketpp::close::status;

// The first to write a long message's length notes the byte order in a plain static variable: once,
// before threads that would race for it.
void noteByteOrder() {
  [[maybe_unused]] static const auto noted = websocketpp::lib::net::_htonll(1);
}

/// Masking keys and handshake nonces, which RFC 6455 wants unpredictable.
class SecureRandom {
 public:
  std::uint32_t operator()() {
    if (next_ == words_.size()) {
      if (RAND_bytes(reinterpret_cast<unsigned char*>(words_.data()), sizeof words_) != 1) {
        throw Error(Errc::outOfResources, "The system's random number generator failed");
      }
      next_ = 0;
    }
    return words_[next_++];
  }

 private:
  std::array<std::uint32_t, 32> words_{};
  std::size_t next_ = words_.size();
};

/// The policies of websocketpp: everything on one strand, silent, no timers, no compression.
struct EngineConfig {
  using type = EngineConfig;
  using concurrency_type = websocketpp::concurrency::none;
  using request_type = websocketpp::http::parser::request;
  using response_type = websocketpp::http::parser::response;
  using message_type =
      websocketpp::message_buffer::message<websocketpp::message_buffer::alloc::con_msg_manager>;
  using con_msg_manager_type = websocketpp::message_buffer::alloc::con_msg_manager<message_type>;
  using endpoint_msg_manager_type =
      websocketpp::message_buffer::alloc::endpoint_msg_manager<con_msg_manager_type>;
  using elog_type = websocketpp::log::stub;
  using alog_type = websocketpp::log::stub;
  using rng_type = SecureRandom;

  struct transport_config {
    using concurrency_type = type::concurrency_type;
    using elog_type = type::elog_type;
    using alog_type = type::alog_type;
    using request_type = type::request_type;
    using response_type = type::response_type;
  };
  using transport_type = websocketpp::transport::iostream::endpoint<transport_config>;
  using endpoint_base = websocketpp::endpoint_base;
  using connection_base = websocketpp::connection_base;

  struct permessage_deflate_config {};
  using permessage_deflate_type =
      websocketpp::extensions::permessage_deflate::disabled<permessage_deflate_config>;

  static constexpr long timeout_open_handshake = 0;
  static constexpr long timeout_close_handshake = 0;
  static constexpr long timeout_pong = 0;
  static constexpr int client_version = 13;
  static constexpr std::size_t connection_read_buffer_size = 4096;  // for every connection
  static constexpr bool drop_on_protocol_error = false;
  static constexpr bool silent_close = false;
  static constexpr std::size_t max_message_size = 32000000;
  // False would make a client refuse every server.
  static constexpr bool enable_extensions = true;
};

using Connection = websocketpp::connection<EngineConfig>;

// Copies `bytes` masked; whoever masks in pieces keeps them a multiple of four long.
void copyMasked(std::string_view bytes, const websocketpp::frame::masking_key_type& key,
                char* out) {
  std::uint64_t wide = 0;
  std::memcpy(&wide, key.c, 4);
  std::memcpy(reinterpret_cast<char*>(&wide) + 4, key.c, 4);
  std::size_t i = 0;
  for (; i + sizeof wide <= bytes.size(); i += sizeof wide) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, sizeof word);
    word ^= wide;
    std::memcpy(out + i, &word, sizeof word);
  }
  for (; i < bytes.size(); ++i) {
    out[i] = static_cast<char>(bytes[i] ^ static_cast<char>(key.c[i % 4]));
  }
}

class WebsocketppEngine final : public WebSocketEngine {
 public:
  WebsocketppEngine(WebSocketEngineEvents& events, bool isServer, std::size_t maxMessageSize)
      : events_(events),
        isServer_(isServer),
        connection_(std::make_shared<Connection>(
            isServer, "wsferry", std::make_shared<websocketpp::log::stub>(),
            std::make_shared<websocketpp::log::stub>(), random_)) {
    connection_->set_handle(connection_);
    connection_->set_max_message_size(maxMessageSize);
    connection_->set_vector_write_handler(
        [this](auto&&, const std::vector<websocketpp::transport::buffer>& buffers) {
          for (const auto& buffer : buffers) {
            emit({buffer.buf, buffer.len});
          }
          return std::error_code();
        });
    connection_->set_write_handler([this](auto&&, const char* bytes, std::size_t size) {
      emit({bytes, size});
      return std::error_code();
    });
    connection_->set_open_handler([this](auto&&) {
      if (!closed_) {
        events_.onOpen();
      }
    });
    connection_->set_message_handler(
        [this](auto&&, const Connection::message_ptr& message) { deliver(*message); });
    connection_->set_pong_handler([this](auto&&, const std::string& payload) {
      if (!closed_) {
        events_.onPong(payload);
      }
    });
    connection_->set_fail_handler([this](auto&&) {
      finish(status::abnormal_close, connection_->get_ec().message(), Errc::invalidUpgrade);
    });
    connection_->set_close_handler([this](auto&&) {
      if (!failed_) {
        finishAfterClose();
      }
    });
  }

  WebsocketppEngine(const WebsocketppEngine&) = delete;
  WebsocketppEngine& operator=(const WebsocketppEngine&) = delete;

  ~WebsocketppEngine() override {
    closed_ = true;
    // The connection waits for bytes with a handler that owns the connection; this ends the wait.
    try {
      connection_->eof();
    } catch (const std::bad_alloc&) {
      // Then its memory is lost.
    }
  }

  /// Prepares a client's upgrade request.
  void setRequest(const Request& request) {
    const Url url = Url::parse(request.url);
    connection_->set_uri(std::make_shared<websocketpp::uri>(url.secure, detail::hostInUrl(url.host),
                                                            url.port, url.target));
    try {
      for (const auto& [name, value] : request.headers) {
        connection_->append_header(name, value);
      }
      // Not as websocketpp's own subprotocols: it takes nothing but tokens.
      std::string subprotocols;
      for (const auto& name : request.subprotocols) {
        subprotocols += (subprotocols.empty() ? "" : ", ") + name;
      }
      if (!subprotocols.empty()) {
        connection_->append_header("Sec-WebSocket-Protocol", subprotocols);
      }
    } catch (const std::exception& error) {
      throw Error(Errc::invalidOption,
                  std::string("A header of the upgrade request is not valid: ") + error.what());
    }
  }

  void start() override { connection_->start(); }

  void take(std::string_view bytes) override {
    if (closed_ || failed_) {
      return;
    }
    connection_->read_all(bytes.data(), bytes.size());
    // websocketpp leaves it to a client's timer and end of file to finish; ours is done once both
    // close frames are through.
    if (!closed_ && !failed_ && connection_->get_state() == websocketpp::session::state::closing &&
        (!closeRequested_ || peerClosed() || localCloseChanged())) {
      finishAfterClose();
    }
  }

  bool hasFailed() const override { return failed_ && !closed_; }

  void settle() override {
    if (hasFailed()) {
      events_.onOutput(farewell_);
      finishAfterClose();
    }
  }

  void send(MessageType type, std::string_view payload) override {
    if (!isOpen()) {
      return;
    }
    if (type == MessageType::text) {
      Utf8Validator validator;
      if (!validator.update(payload) || !validator.complete()) {
        throw Error(Errc::invalidOption, "A text message to be sent is not valid UTF-8");
      }
    }
    emitFrame(type, payload);
  }

  void ping(std::string_view payload) override {
    if (!isOpen() || failed_) {
      return;
    }
    std::error_code error;
    connection_->ping(std::string(payload), error);
    if (error) {
      throw Error(Errc::invalidOption, "A ping cannot be sent: " + error.message());
    }
  }

  void close(std::uint16_t code, std::string_view reason) override {
    settle();
    if (!isOpen()) {
      return;
    }
    closeRequested_ = true;
    requestedCode_ = code;
    requestedReason_ = reason;
    std::error_code error;
    connection_->close(code, requestedReason_, error);
    if (error) {
      closeRequested_ = false;
      throw Error(Errc::invalidOption, "A close frame cannot be sent: " + error.message());
    }
  }

  std::string subprotocol() const override {
    return isServer_ ? connection_->get_subprotocol()
                     : connection_->get_response_header("Sec-WebSocket-Protocol");
  }

 private:
  bool isOpen() const {
    return !closed_ && (failed_ || connection_->get_state() == websocketpp::session::state::open);
  }

  void emit(std::string_view bytes) {
    // A close frame that nobody asked for answers a failure. It waits for settle().
    failed_ = failed_ || (!closeRequested_ && !peerClosed() &&
                          connection_->get_state() == websocketpp::session::state::closing);
    if (failed_) {
      farewell_.append(bytes);
    } else if (!bytes.empty()) {
      events_.onOutput(bytes);
    }
  }

  void deliver(EngineConfig::message_type& message) {
    if (closed_) {
      return;
    }
    const auto type = message.get_opcode() == websocketpp::frame::opcode::text
                          ? MessageType::text
                          : MessageType::binary;
    events_.onMessage(type, std::move(message.get_raw_payload()));
  }

  // websocketpp's own way masks byte by byte, and copies the payload twice. It writes whole frames
  // only, and at once, so that nothing of it can be under way here.
  void emitFrame(MessageType type, std::string_view payload) {
    namespace frame = websocketpp::frame;
    const auto opcode = type == MessageType::text ? frame::opcode::text : frame::opcode::binary;
    const frame::basic_header basic(opcode, payload.size(), true, !isServer_);
    if (isServer_) {
      events_.onOutput(frame::prepare_header(basic, frame::extended_header(payload.size())));
      events_.onOutput(payload);
      return;
    }
    frame::masking_key_type key{};
    key.i = random_();
    events_.onOutput(frame::prepare_header(basic, frame::extended_header(payload.size(), key.i)));
    std::array<char, 16384> piece;  // stays in the cache on its way to the queue
    while (!payload.empty()) {
      const std::string_view next = payload.substr(0, piece.size());
      copyMasked(next, key, piece.data());
      events_.onOutput({piece.data(), next.size()});
      payload.remove_prefix(next.size());
    }
  }

  bool peerClosed() const { return connection_->get_remote_close_code() != status::abnormal_close; }

  bool localCloseChanged() const {
    return connection_->get_local_close_code() != requestedCode_ ||
           connection_->get_local_close_reason() != requestedReason_;
  }

  // websocketpp answers a good close frame with the same code and reason, and whatever breaks the
  // protocol with a code and reason of its own.
  bool peerBrokeProtocol() const {
    if (connection_->get_ec()) {
      return true;
    }
    if (closeRequested_) {
      return localCloseChanged();
    }
    if (!peerClosed()) {
      return true;
    }
    return connection_->get_remote_close_code() != status::no_status &&
           (connection_->get_remote_close_code() != connection_->get_local_close_code() ||
            connection_->get_remote_close_reason() != connection_->get_local_close_reason());
  }

  void finishAfterClose() {
    if (peerBrokeProtocol()) {
      const auto code = connection_->get_local_close_code();
      finish(code, connection_->get_local_close_reason(),
             code == status::message_too_big ? Errc::messageTooBig : Errc::protocolViolation);
    } else if (peerClosed()) {
      finish(connection_->get_remote_close_code(), connection_->get_remote_close_reason(), {});
    } else {
      finish(requestedCode_, requestedReason_, {});
    }
  }

  void finish(std::uint16_t code, const std::string& reason, std::error_code error) {
    if (!closed_) {
      closed_ = true;
      events_.onClosed(code, reason, error);
    }
  }

  WebSocketEngineEvents& events_;
  const bool isServer_;
  SecureRandom random_;  // outlives the connection, which refers to it
  std::shared_ptr<Connection> connection_;
  bool closed_ = false;
  bool failed_ = false;  ///< The peer broke the protocol; then the close frame that says so.
  std::string farewell_;
  bool closeRequested_ = false;
  std::uint16_t requestedCode_ = 0;
  std::string requestedReason_;
};

}  // namespace

std::unique_ptr<WebSocketEngine> WebSocketEngine::client(WebSocketEngineEvents& events,
                                                         const Request& request,
                                                         std::size_t maxMessageSize) {
  noteByteOrder();
  auto engine = std::make_unique<WebsocketppEngine>(events, false, maxMessageSize);
  engine->setRequest(request);
  return engine;
}

std::unique_ptr<WebSocketEngine> WebSocketEngine::server(WebSocketEngineEvents& events,
                                                         std::size_t maxMessageSize) {
  noteByteOrder();
  return std::make_unique<WebsocketppEngine>(events, true, maxMessageSize);
}

}  // namespace wsferry
