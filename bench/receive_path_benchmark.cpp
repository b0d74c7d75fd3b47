// What receiving costs the client's thread: socket, framing, UTF-8 check, delivery. The server
// writes ready-made bytes on a thread of its own; the time counted is the client thread's CPU time.
#include <benchmark/benchmark.h>

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <memory>
#include <string>
#include <thread>

#include "core/websocket_engine.hpp"
#include "wsferry/core/websocket_client.hpp"

namespace {

using asio::ip::tcp;
using namespace wsferry;

struct Output final : WebSocketEngineEvents {
  std::string bytes;
  void onOutput(std::string_view more) override { bytes += more; }
  void onOpen() override {}
  void onMessage(MessageType, std::string) override {}
  void onPong(std::string_view) override {}
  void onClosed(std::uint16_t, std::string_view, std::error_code) override {}
};

/// Sends the same text message over and over to one client, until it hangs up.
class Flood {
 public:
  explicit Flood(std::size_t messageSize)
      : acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        thread_([this, messageSize] { run(messageSize); }) {}
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;
  ~Flood() { thread_.join(); }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void run(std::size_t messageSize) {
    tcp::socket socket(context_);
    acceptor_.accept(socket);
    std::string request;
    asio::read_until(socket, asio::dynamic_buffer(request), "\r\n\r\n");
    Output output;
    const auto engine = WebSocketEngine::server(output, 0);
    engine->start();
    engine->feed(request);
    asio::write(socket, asio::buffer(output.bytes));
    output.bytes.clear();
    const std::string message(messageSize, 'x');
    do {
      engine->send(MessageType::text, message);
    } while (output.bytes.size() < 1 << 20);
    asio::error_code error;
    while (!error) {
      asio::write(socket, asio::buffer(output.bytes), error);
    }
  }

  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::thread thread_;
};

struct Counter final : TransportListener {
  std::int64_t messages = 0;
  std::int64_t bytes = 0;
  void onMessage(MessageType, std::string payload) override {
    ++messages;
    bytes += static_cast<std::int64_t>(payload.size());
  }
  void onWake() override {}
  void onClosed(const std::error_code&, const ErrorInfo&) override {}
};

void receive(benchmark::State& state) {
  Flood server(static_cast<std::size_t>(state.range(0)));
  asio::io_context context(1);
  auto client = std::make_unique<WebSocketClient>(context, WebSocketOptions{});
  bool connected = false;
  client->connect(Url::parse("ws://127.0.0.1:" + std::to_string(server.port())),
                  [&](const std::error_code& error, const ErrorInfo& info) {
                    if (error) {
                      throw Error(error, info);
                    }
                    connected = true;
                  });
  while (!connected) {
    context.run_one();
  }
  const auto counter = std::make_shared<Counter>();
  client->transport()->attach(counter);
  for ([[maybe_unused]] auto _ : state) {
    const auto wanted = counter->messages + 1;
    while (counter->messages < wanted) {
      context.run_one();
    }
  }
  state.SetBytesProcessed(counter->bytes);
  client.reset();
  context.restart();
  context.run();
}
BENCHMARK(receive)->Arg(1 << 20)->Arg(1 << 16)->Arg(1 << 10)->Arg(64);

/// The same bytes read and thrown away: what the kernel alone costs.
void socketOnly(benchmark::State& state) {
  Flood server(1 << 20);
  asio::io_context context;
  tcp::socket socket(context);
  socket.connect(tcp::endpoint(asio::ip::address_v4::loopback(), server.port()));
  Output output;
  WebSocketEngine::Request request;
  request.url = "ws://127.0.0.1/";
  const auto engine = WebSocketEngine::client(output, request, 0);
  engine->start();
  asio::write(socket, asio::buffer(output.bytes));
  std::vector<char> buffer(64 * 1024);
  std::int64_t bytes = 0;
  for ([[maybe_unused]] auto _ : state) {
    bytes += static_cast<std::int64_t>(socket.read_some(asio::buffer(buffer)));
  }
  state.SetBytesProcessed(bytes);
}
BENCHMARK(socketOnly);

}  // namespace
