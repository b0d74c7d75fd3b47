// What a push costs the client: from an asset's bytes, or records, to the socket, with checksum,
// base64, JSON, masking and the kernel. The server answers each message at once and does nothing
// else, on a thread whose CPU time is not counted; all others are.
#include <benchmark/benchmark.h>
#include <time.h>

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <atomic>
#include <string>
#include <thread>

#include "core/websocket/websocket_engine.hpp"
#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/strapi/remote_destination.hpp"

namespace {

using asio::ip::tcp;
using namespace wsferry;
using namespace wsferry::strapi;

double seconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

struct Output final : WebSocketEngineEvents {
  std::string bytes;
  void onOutput(std::string_view more) override { bytes += more; }
  void onOpen() override {}
  void onMessage(MessageType, std::string) override {}
  void onPong(std::string_view) override {}
  void onClosed(std::uint16_t, std::string_view, std::error_code) override {}
};

/// A destination that answers everything with success, for two connections: the look, the push.
class Sink {
 public:
  Sink()
      : acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), thread_([this] {
          serve();
          serve();
        }) {}
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  ~Sink() { thread_.join(); }

  std::string adminUrl() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/admin";
  }

  /// What the end of a step is answered with: it does not look into what it gets.
  void claimStored(std::uint64_t count) { stored_ = count; }

  /// CPU seconds of its thread so far.
  double busy() {
    clockid_t clock{};
    pthread_getcpuclockid(thread_.native_handle(), &clock);
    return seconds(clock);
  }

 private:
  void serve() {
    tcp::socket socket(context_);
    acceptor_.accept(socket);
    std::string input;
    const std::size_t head = asio::read_until(socket, asio::dynamic_buffer(input), "\r\n\r\n");
    Output output;
    const auto engine = WebSocketEngine::server(output, 0);
    engine->start();
    engine->feed(std::string_view(input).substr(0, head));
    asio::write(socket, asio::buffer(output.bytes));
    try {
      while (answer(socket)) {
      }
    } catch (const std::system_error&) {
      // The client is gone.
    }
  }

  // Reads one frame, and looks only at its beginning and end.
  bool answer(tcp::socket& socket) {
    std::array<unsigned char, 14> head{};
    asio::read(socket, asio::buffer(head.data(), 6));
    std::size_t size = head[1] & 127;
    const unsigned char* key = head.data() + 2;
    if (size >= 126) {
      const std::size_t wide = size == 126 ? 2 : 8;
      asio::read(socket, asio::buffer(head.data() + 6, wide));
      size = 0;
      for (std::size_t i = 0; i < wide; ++i) {
        size = size << 8 | head[2 + i];
      }
      key += wide;
    }
    payload_.resize(std::max(payload_.size(), size));
    asio::read(socket, asio::buffer(payload_.data(), size));
    if ((head[0] & 15) != 1) {
      return false;
    }
    const auto text = [&](std::size_t begin, std::size_t end) {
      std::string clear(payload_, begin, end - begin);
      for (std::size_t i = 0; i < clear.size(); ++i) {
        clear[i] = static_cast<char>(clear[i] ^ static_cast<char>(key[(begin + i) % 4]));
      }
      return clear;
    };
    const std::string begin = text(0, std::min<std::size_t>(size, 200));
    const std::string uuid = text(size - 38, size - 2);
    const std::string reply = R"({"uuid":")" + uuid + R"(","data":)" + dataFor(begin) + "}";
    std::string frame = {'\x81', '\x7e', static_cast<char>(reply.size() >> 8),
                         static_cast<char>(reply.size() & 255)};
    asio::write(socket, asio::buffer(frame + reply));
    return true;
  }

  std::string dataFor(const std::string& request) const {
    if (request.find("\"kind\":\"step\"") != std::string::npos &&
        request.find("\"action\":\"end\"") != std::string::npos) {
      const std::string count = std::to_string(stored_);
      return R"({"ok":true,"stats":{"started":)" + count + R"(,"finished":)" + count +
             R"(},"padding":)" + ('"' + std::string(100, ' ')) + "\"}";
    }
    if (request.find("\"init\"") != std::string::npos) {
      return R"({"transferID":"t","checksums":true,"assetEncoding":"base64","padding":)" +
             ('"' + std::string(100, ' ')) + "\"}";
    }
    if (request.find("\"getMetadata\"") != std::string::npos) {
      return R"({"createdAt":"","strapi":{"version":"5.54.0"},"padding":)" +
             ('"' + std::string(100, ' ')) + "\"}";
    }
    return R"({"api::a.a":{"padding":)" + ('"' + std::string(100, ' ')) + "\"}}";
  }

  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::string payload_;
  std::atomic<std::uint64_t> stored_{0};
  std::thread thread_;
};

class Push {
 public:
  explicit Push(TransferStage stage, bool checksums = true)
      : destination_(sink_.adminUrl(), options(checksums)) {
    destination_.bootstrap();
    destination_.beforeTransfer({});
    destination_.beginStage(stage);
  }
  RemoteDestination& operator*() { return destination_; }

  void endStage(std::int64_t sent) {
    sink_.claimStored(static_cast<std::uint64_t>(sent));
    destination_.endStage();
  }

  /// CPU seconds of all threads but the sink's.
  double busy() { return seconds(CLOCK_PROCESS_CPUTIME_ID) - sink_.busy(); }

 private:
  static RemoteDestinationOptions options(bool checksums) {
    RemoteDestinationOptions options;
    options.checksums = checksums;
    return options;
  }

  Sink sink_;
  RemoteDestination destination_;
};

std::string randomBytes(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

/// Bytes per CPU second of assets of 1 MiB, given in pieces of 64 KiB.
void pushAssets(benchmark::State& state) {
  constexpr std::size_t pieceSize = 64 * 1024;
  constexpr int pieces = 16;
  const std::string bytes = randomBytes(pieceSize);
  Push push(TransferStage::assets, state.range(0) != 0);
  AssetSink& sink = (*push).assets();
  for ([[maybe_unused]] auto _ : state) {
    const double before = push.busy();
    for (int asset = 0; asset < 64; ++asset) {
      sink.begin("a", AssetInfo{"a.bin", pieceSize * pieces, "{}"});
      for (int piece = 0; piece < pieces; ++piece) {
        sink.write("a", bytes);
      }
      sink.end("a");
    }
    state.SetIterationTime(push.busy() - before);
  }
  push.endStage(state.iterations() * 64);
  state.SetBytesProcessed(state.iterations() * 64 * pieces * static_cast<std::int64_t>(pieceSize));
}
BENCHMARK(pushAssets)->ArgName("checksums")->Arg(1)->Arg(0)->UseManualTime();

/// Bytes per CPU second of records.
void pushRecords(benchmark::State& state) {
  const std::string record = R"({"type":"api::a.a","id":1,"data":{"text":")" +
                             std::string(static_cast<std::size_t>(state.range(0)), 'x') + "\"}}";
  Push push(TransferStage::entities);
  RecordSink& sink = (*push).records();
  for ([[maybe_unused]] auto _ : state) {
    const double before = push.busy();
    for (int i = 0; i < 50'000; ++i) {
      sink.record(record);
    }
    state.SetIterationTime(push.busy() - before);
  }
  state.SetItemsProcessed(state.iterations() * 50'000);
  state.SetBytesProcessed(state.iterations() * 50'000 * static_cast<std::int64_t>(record.size()));
  push.endStage(state.iterations() * 50'000);
}
BENCHMARK(pushRecords)->Arg(200)->Arg(2000)->UseManualTime();

void base64Only(benchmark::State& state) {
  const std::string bytes = randomBytes(64 * 1024);
  std::string text;
  for ([[maybe_unused]] auto _ : state) {
    text.clear();
    encodeBase64(bytes, text);
    benchmark::DoNotOptimize(text.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(base64Only);

}  // namespace
