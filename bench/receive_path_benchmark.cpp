// What receiving costs the client's thread: socket, framing, UTF-8 check, delivery, and on to the
// decoded and verified bytes of assets. The server writes ready-made bytes on a thread of its own;
// the time counted is the client thread's CPU time. Beside it stand what the kernel, SHA-256 and
// memcpy cost alone on this machine.
#include <benchmark/benchmark.h>

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <cstring>
#include <memory>
#include <string>
#include <thread>

#include "core/websocket/websocket_engine.hpp"
#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/core/websocket_client.hpp"
#include "wsferry/strapi/detail/messages/envelope.hpp"
#include "wsferry/strapi/detail/pull/asset_receiver.hpp"

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
  explicit Flood(std::string message)
      : acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        thread_([this, text = std::move(message)] { run(text); }) {}
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;
  ~Flood() { thread_.join(); }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void run(const std::string& message) {
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

/// Connects to the server and gives its messages to the listener, one for each iteration.
template <class Listener>
void receiveInto(benchmark::State& state, Flood& server, const std::shared_ptr<Listener>& counter) {
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
  while (!connected) {  // NOLINT(bugprone-infinite-loop): the handler sets it.
    context.run_one();
  }
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

void receive(benchmark::State& state) {
  Flood server(std::string(static_cast<std::size_t>(state.range(0)), 'x'));
  receiveInto(state, server, std::make_shared<Counter>());
}
BENCHMARK(receive)->Arg(1 << 20)->Arg(1 << 16)->Arg(1 << 10)->Arg(64);

/// The same bytes read and thrown away: what the kernel alone costs.
void socketOnly(benchmark::State& state) {
  Flood server(std::string(1 << 20, 'x'));
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

constexpr std::size_t assetSize = 1 << 20;
constexpr std::size_t chunkSize = 64 * 1024;

std::string assetBytes() {
  std::string bytes(assetSize, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

/// A data message with one whole asset, as a server sends it.
std::string assetMessage() {
  const std::string bytes = assetBytes();
  Sha256 hash;
  hash.update(bytes);
  std::string text =
      R"({"uuid":"237ea599-9d99-48ad-9a7a-765ef516874b","data":{"type":"transfer","data":[[)"
      R"({"action":"start","assetID":"a","data":{"filename":"a.bin","stats":{"size":1},"metadata":{}}})";
  for (std::size_t offset = 0; offset < bytes.size(); offset += chunkSize) {
    text += R"(,{"action":"stream","assetID":"a","encoding":"base64","data":")";
    encodeBase64(std::string_view(bytes).substr(offset, chunkSize), text);
    text += "\"}";
  }
  return text + R"(,{"action":"end","assetID":"a","checksum":{"algorithm":"sha256","value":")" +
         hash.hex() +
         R"("}}]],"ended":false,"error":null,"id":"6e1a365d-2dad-4a6d-86b2-133671ae7322"}})";
}

struct Forget final : strapi::AssetSink {
  void begin(std::string_view, const strapi::AssetInfo&) override {}
  void write(std::string_view, std::string_view bytes) override {
    benchmark::DoNotOptimize(bytes.data());
  }
  void end(std::string_view) override {}
};

struct Verifier final : TransportListener {
  std::int64_t messages = 0;
  std::int64_t bytes = 0;
  Forget sink;
  strapi::AssetReceiver receiver{sink, true};
  void onMessage(MessageType, std::string payload) override {
    receiver.receive(strapi::readEnvelope(payload).process.data);
    ++messages;
    bytes += assetSize;
  }
  void onWake() override {}
  void onClosed(const std::error_code&, const ErrorInfo&) override {}
};

/// From the socket to verified bytes; what is counted are the decoded bytes, three quarters of
/// those on the wire.
void receiveAssets(benchmark::State& state) {
  Flood server(assetMessage());
  receiveInto(state, server, std::make_shared<Verifier>());
}
BENCHMARK(receiveAssets);

void sha256Only(benchmark::State& state) {
  const std::string bytes = assetBytes();
  Sha256 hash;
  for ([[maybe_unused]] auto _ : state) {
    hash.update(bytes);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(assetSize));
}
BENCHMARK(sha256Only);

void memcpyOnly(benchmark::State& state) {
  const std::string bytes = assetBytes();
  std::string copy(bytes.size(), '\0');
  for ([[maybe_unused]] auto _ : state) {
    std::memcpy(copy.data(), bytes.data(), bytes.size());
    benchmark::DoNotOptimize(copy.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(assetSize));
}
BENCHMARK(memcpyOnly);

}  // namespace
