#pragma once

#include <array>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "core/websocket/websocket_engine.hpp"
#include "support/engine_record.hpp"

namespace support {

using namespace wsferry;

using asio::ip::tcp;

/// Long enough never to pass unless something hangs.
constexpr std::chrono::seconds patience{20};

/// A future's value, or a failure of the test instead of waiting for ever.
template <class T>
T get(std::future<T> future) {
  if (future.wait_for(patience) != std::future_status::ready) {
    throw std::runtime_error("an answer is overdue");
  }
  return future.get();
}

/// A server on a free port of 127.0.0.1 that plays a script, with blocking calls, for each
/// connection, one after the other. An error of the socket ends the script.
class ScriptedServer {
 public:
  using Script = std::function<void(tcp::socket&)>;

  explicit ScriptedServer(Script script, int connections = 1)
      : acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        port_(acceptor_.local_endpoint().port()),
        thread_([this, script = std::move(script), connections] { run(script, connections); }) {}
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer() {
    // Ends a wait for a connection that never came.
    stopping_ = true;
    asio::error_code ignored;
    tcp::socket socket(context_);
    socket.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port_), ignored);
    socket.close(ignored);
    thread_.join();
  }

  std::uint16_t port() const { return port_; }
  std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  void run(const Script& script, int connections) {
    for (int i = 0; i < connections; ++i) {
      try {
        tcp::socket socket(context_);
        acceptor_.accept(socket);
        if (stopping_) {
          return;
        }
        script(socket);
      } catch (const std::system_error&) {
        // The client is gone.
      }
    }
  }

  asio::io_context context_;
  tcp::acceptor acceptor_;
  const std::uint16_t port_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

/// Reads an HTTP head; what follows it is lost.
template <class Stream>
std::string readHead(Stream& stream) {
  std::string head;
  asio::read_until(stream, asio::dynamic_buffer(head), "\r\n\r\n");
  return head;
}

template <class Stream>
void writeAll(Stream& stream, std::string_view bytes) {
  asio::write(stream, asio::buffer(bytes));
}

/// Waits until the client hangs up.
template <class Stream>
void readToEnd(Stream& stream) {
  std::array<char, 4096> buffer;
  asio::error_code error;
  while (!error) {
    stream.read_some(asio::buffer(buffer), error);
  }
}

/// The 101 answer to an upgrade request, with `extraHeaders` (each ending with CRLF).
inline std::string upgradeAnswer(std::string_view request, std::string_view extraHeaders) {
  EngineRecord record;
  const auto engine = WebSocketEngine::server(record, 0);
  engine->start();
  engine->feed(request);
  return record.output.insert(record.output.find("\r\n") + 2, extraHeaders);
}

/// A script's WebSocket: the engine in the server's role on a blocking stream.
template <class Stream>
class ServerPeer final {
 public:
  explicit ServerPeer(Stream& stream) : stream_(stream) {
    engine_->start();
    while (!record_.isOpen && !record_.isClosed()) {
      step();
    }
  }

  void send(MessageType type, std::string_view payload) {
    engine_->send(type, payload);
    flush();
  }
  void ping(std::string_view payload) {
    engine_->ping(payload);
    flush();
  }
  void close(std::uint16_t code, std::string_view reason) {
    engine_->close(code, reason);
    flush();
  }

  /// The next message, or nothing once the connection is closed.
  std::optional<std::pair<MessageType, std::string>> receive() {
    while (record_.messages.empty() && !record_.isClosed()) {
      step();
    }
    if (record_.messages.empty()) {
      return std::nullopt;
    }
    auto message = std::move(record_.messages.front());
    record_.messages.pop_front();
    return message;
  }

  /// Sends every message back until the client closes or hangs up.
  void echo() {
    while (auto message = receive()) {
      send(message->first, message->second);
    }
  }

  std::uint16_t closeCode() const { return record_.closeCode; }
  const std::string& closeReason() const { return record_.closeReason; }

 private:
  void step() {
    const std::size_t size = stream_.read_some(asio::buffer(buffer_));
    engine_->feed({buffer_.data(), size});
    flush();
  }
  void flush() { asio::write(stream_, asio::buffer(record_.takeOutput())); }

  Stream& stream_;
  EngineRecord record_;
  std::unique_ptr<WebSocketEngine> engine_ = WebSocketEngine::server(record_, 64 << 20);
  std::array<char, 16384> buffer_{};
};

inline void echo(tcp::socket& socket) {
  ServerPeer<tcp::socket>(socket).echo();
}

}  // namespace support
