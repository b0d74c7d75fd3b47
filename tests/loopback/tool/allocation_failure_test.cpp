// A connection whose threads run out of memory at any one point: whoever waits for it hears of an
// end, and nobody waits for ever.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <new>
#include <string>
#include <system_error>

#include "catch.hpp"
#include "support/sanitized.hpp"
#include "support/tool_process.hpp"
#include "wsferry/archive/archive_source.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/stream.hpp"
#include "wsferry/http/file_source.hpp"
#include "wsferry/strapi/remote_destination.hpp"
#include "wsferry/strapi/remote_source.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace {

/// Allocations of the library's threads that still succeed; then `missing` of them fail.
std::atomic<long> allocationsLeft{0};
std::atomic<long> missing{0};
thread_local bool isOfTest = false;

bool isMemoryGone() {
  if (isOfTest || missing == 0) {
    return false;
  }
  const long left = allocationsLeft--;
  return left <= 0 && left > -missing;
}

void* allocated(std::size_t size) {
  return isMemoryGone() ? nullptr : std::malloc(size == 0 ? 1 : size);
}

}  // namespace

void* operator new(std::size_t size) {
  void* const memory = allocated(size);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocated(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

#ifdef WSFERRY_SANITIZED
// What libcurl and websocketpp could not set up is touched no more, and so lost.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "detect_leaks=0";
}
#endif

using namespace support;
using namespace wsferry;

namespace {

constexpr std::chrono::seconds patience{60};

// A request that is composed without memory may be cut short, and is then not answered.
constexpr Duration handshakeTimeout{1'000};

/// A server as a process of its own, whose memory is not meant.
class ServerProcess {
 public:
  explicit ServerProcess(std::vector<std::string> arguments)
      : process_(start(std::move(arguments))) {
    const std::string before = "serving ";
    const std::string line = process_.readLine();
    REQUIRE(line.compare(0, before.size(), before) == 0);
    url_ = line.substr(before.size());
  }

  const std::string& url() const { return url_; }

 private:
  ChildProcess start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "serve");
    arguments.insert(arguments.end(), {"--token", "testing-token"});
    return tool_.start(arguments);
  }

  Tool tool_;
  ChildProcess process_;
  std::string url_;
};

struct Nowhere final : strapi::RecordSink, strapi::AssetSink {
  void totals(const strapi::StageTotals&) override {}
  void record(const strapi::Record&) override {}
  void omitted(const strapi::Omission&) override {}
  void begin(std::string_view, const strapi::AssetInfo&) override {}
  void write(std::string_view, std::string_view) override {}
  void end(std::string_view) override {}
};

void pull(const std::string& url) {
  strapi::RemoteSourceOptions options;
  options.connection.bearerToken = "testing-token";
  options.connection.handshakeTimeout = handshakeTimeout;
  strapi::RemoteSource socket(url, options);
  http::FileSourceOptions fileOptions;
  fileOptions.adminUrl = url;
  http::FileSource source(socket, fileOptions);
  Nowhere sink;
  source.bootstrap();
  source.readAhead({strapi::TransferStage::links, strapi::TransferStage::configuration});
  source.readRecords(strapi::TransferStage::entities, sink);
  source.readAssets(sink);
  source.readRecords(strapi::TransferStage::links, sink);
  source.close();
}

void push(const std::string& archive, const std::string& url) {
  archive::ArchiveSourceOptions file;
  file.path = archive;
  archive::ArchiveSource source(file);
  strapi::RemoteDestinationOptions remote;
  remote.connection.bearerToken = "testing-token";
  remote.connection.handshakeTimeout = handshakeTimeout;
  strapi::RemoteDestination destination(url, remote);
  static_cast<void>(strapi::TransferEngine(source, destination).run());
}

void stream(const std::string& url) {
  gateway::StreamOptions options;
  options.baseUrl = url;
  options.templateId = "template";
  options.credentials = gateway::Credentials::apiKey("testing-token");
  options.connection.handshakeTimeout = handshakeTimeout;
  gateway::Stream stream(options, {});
  stream.connect();
  stream.sendAudio(std::string(64'000, 'a'));
  const gateway::Verdict verdict = stream.finish();
  if (!verdict.isSuccess()) {
    throw Error(verdict.error ? verdict.error : make_error_code(Errc::cancelled), verdict.info);
  }
}

/// Whether `call` succeeded. It ends in any case.
template <class Call>
bool succeeds(Call call) {
  auto result = std::async(std::launch::async, [&call] {
    isOfTest = true;
    try {
      call();
      return true;
    } catch (const Error&) {
      return false;
    }
  });
  if (result.wait_for(patience) != std::future_status::ready) {
    std::fputs("A call has not ended after the memory was gone.\n", stderr);
    std::_Exit(1);  // Nothing would ever end it.
  }
  return result.get();
}

/// Runs `call` again and again: each time memory is gone one allocation later.
template <class Call>
void runOutEverywhere(Call call) {
  isOfTest = true;
  const long atATime = GENERATE(1, 8, 1'000'000'000);  // The last: from then on, for ever.
  unsigned failures = 0;
  unsigned successes = 0;
  for (long at = 0; successes < 10 && at < 100'000; at += 1 + at / 20) {
    CAPTURE(atATime, at);
    allocationsLeft = at;
    missing = atATime;
    const bool isDone = succeeds(call);
    missing = 0;
    successes = isDone ? successes + 1 : 0;
    failures += isDone ? 0 : 1;
  }
  CHECK(failures > 20);
  CHECK(successes == 10);
}

}  // namespace

TEST_CASE("a pull ends wherever its threads run out of memory") {
  const ServerProcess server({"--sample"});
  runOutEverywhere([&server] { pull(server.url()); });
}

TEST_CASE("a push ends wherever its threads run out of memory") {
  isOfTest = true;
  Tool tool;
  const std::string archive = tool.folder / "x.tar";
  const ServerProcess server({"--sample"});
  REQUIRE(tool.run({"pull", server.url(), "-o", archive}).exitCode == 0);
  runOutEverywhere([&] { push(archive, server.url()); });
}

TEST_CASE("a stream ends wherever its threads run out of memory") {
  const ServerProcess server({"--gateway"});
  runOutEverywhere([&server] { stream(server.url()); });
}
