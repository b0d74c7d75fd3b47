#include <cstddef>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "loopback/platform/egress_reading.hpp"
#include "support/contains.hpp"
#include "support/stream_recorder.hpp"
#include "wsferry/gateway/stream.hpp"
#include "wsferry/platform/client_credentials.hpp"
#include "wsferry/platform/platform_error.hpp"
#include "wsferry/testing/gateway_server.hpp"

// Streams on the testing gateway, and what readers of its Egress Service get of them.

using namespace support;
using namespace wsferry;
using namespace wsferry::platform;
using testing::EgressFault;
using testing::GatewayServer;
using testing::GatewayServerOptions;

namespace {

constexpr std::size_t oneSecond = 32'000;
constexpr const char* streamId = "5e1f3c4a-0000-4000-8000-00000000000a";
constexpr const char* groupId = "5e1f3c4a-0000-4000-8000-00000000000b";

using Ids = std::vector<std::string>;

EgressOptions readerOf(const GatewayServer& server) {
  EgressOptions options;
  options.url = server.egressUrl();
  options.streams = {streamId};
  options.credentials.kind = gateway::Credentials::Kind::bearer;
  options.credentials.secret = "testing-token";
  options.firstPause = options.longestPause = Duration(1);
  options.finalOnly = true;
  return options;
}

gateway::StreamOptions streamOf(const GatewayServer& server, const std::string& id = streamId) {
  gateway::StreamOptions options = optionsFor(server);
  options.streamId = id;
  return options;
}

void streamSeconds(const GatewayServer& server, std::size_t seconds) {
  gateway::Stream stream(streamOf(server), {});
  REQUIRE(transcribe(stream, seconds * oneSecond).outcome == gateway::Outcome::complete);
}

GatewayServerOptions withEgressFault(EgressFault::Kind kind, std::uint64_t afterResults = 2) {
  GatewayServerOptions options;
  options.egressFault.kind = kind;
  options.egressFault.afterResults = afterResults;
  return options;
}

/// What a reader gets of three seconds behind such a fault.
Reading readBehind(const GatewayServerOptions& options, Duration stallTimeout = patience) {
  const GatewayServer server(options);
  streamSeconds(server, 3);
  EgressOptions reader = readerOf(server);
  reader.connection.stallTimeout = stallTimeout;
  return readAllOf(reader);
}

}  // namespace

TEST_CASE("a stream is read by several readers at once, while it runs") {
  const GatewayServer server;
  gateway::Stream stream(streamOf(server), {});
  stream.connect();
  RunningContext running;
  std::vector<EgressReader> readers;
  std::vector<std::future<NextResult>> firsts;
  for (int i = 0; i < 5; ++i) {
    readers.emplace_back(running.context(), readerOf(server));
    firsts.push_back(startNext(readers.back()));
  }
  REQUIRE(server.waitUntil([](const auto& log) { return log.egressRequests == 5; }, patience));
  stream.sendAudio(std::string(oneSecond, 'a'));
  for (auto& first : firsts) {
    const NextResult result = get(std::move(first));
    CHECK(gateway::transcriptionOf(result.event.result)->text == "one");
  }
  stream.sendAudio(std::string(3 * oneSecond, 'a'));
  CHECK(stream.finish().outcome == gateway::Outcome::complete);
  for (EgressReader& reader : readers) {
    const Reading rest = readToVerdict(reader);
    CHECK(rest.ids.size() == 3);
    CHECK(rest.verdict.isSuccess());
    CHECK(rest.verdict.results == 4);
  }
  CHECK(server.log().egressResults == 20);
}

TEST_CASE("a stream without egress is read here, with a token of the token endpoint") {
  const GatewayServer server;
  gateway::StreamOptions uploading = streamOf(server);
  uploading.egress = false;
  gateway::Stream stream(uploading, {});
  CHECK(transcribe(stream, 2 * oneSecond).outcome == gateway::Outcome::uploaded);
  ClientCredentialsOptions client;
  client.id = "testing-id";
  client.secret = "testing-secret";
  client.tokenUrl = server.tokenUrl();
  EgressOptions options = readerOf(server);
  options.credentials.secret.clear();
  options.credentials.tokenProvider = std::make_shared<ClientCredentials>(client);
  const Reading reading = readAllOf(options);
  CHECK(reading.ids.size() == 2);
  CHECK(reading.verdict.isSuccess());
  CHECK(server.log().tokenRequests == 1);
}

TEST_CASE("a reader gets what it asks for") {
  const GatewayServer server;
  gateway::StreamOptions grouped = streamOf(server);
  grouped.query = {{"groupId", groupId}};
  gateway::Stream stream(grouped, {});
  CHECK(transcribe(stream, 5 * oneSecond / 2).outcome == gateway::Outcome::complete);
  EgressOptions options = readerOf(server);
  CHECK(readAllOf(options).ids.size() == 3);
  options.finalOnly = false;
  CHECK(readAllOf(options).ids.size() > 3);
  options.finalOnly = true;
  options.count = 2;
  CHECK(readAllOf(options).ids.size() == 2);
  options.count.reset();
  options.resume = {{"sink-" + std::string(streamId), readAllOf(options).ids.front()}};
  CHECK(readAllOf(options).ids.size() == 2);
  options.resume.clear();
  options.tags = {"other"};
  CHECK(readAllOf(options).ids.empty());
  options.tags.clear();
  options.streams.clear();
  options.group = groupId;
  CHECK(readAllOf(options).ids.size() == 3);
  options.format = gateway::EgressFormat::raw;
  CHECK(readAllOf(options).bytes == "one two three");
}

TEST_CASE("strangers, streams that there are not, and parameters that there are not are refused") {
  const GatewayServer server;
  EgressOptions options = readerOf(server);
  CHECK(readAllOf(options).verdict.error == PlatformErrc::streamNotFound);
  options.query = {{"unheard", "of"}};
  const Reading reading = readAllOf(options);
  CHECK(reading.verdict.outcome == EgressOutcome::refused);
  CHECK(contains(reading.verdict.info.message, "unheard"));
  options.credentials.secret = "stranger";
  CHECK(readAllOf(options).verdict.error == Errc::notAuthenticated);
}

TEST_CASE("what breaks an answer off is not noticed in the results") {
  const auto kind = GENERATE(EgressFault::Kind::cut, EgressFault::Kind::reset,
                             EgressFault::Kind::unmarkedEnd, EgressFault::Kind::refusal);
  const Reading reading = readBehind(withEgressFault(kind));
  CHECK(reading.ids.size() == 3);
  CHECK(reading.verdict.isSuccess());
  CHECK(reading.verdict.reconnections == 1);
}

TEST_CASE("a service that cannot resume repeats nothing either") {
  GatewayServerOptions options = withEgressFault(EgressFault::Kind::repeat);
  options.egressFault.times = 0;
  const GatewayServer server(options);
  streamSeconds(server, 3);
  EgressOptions reader = readerOf(server);
  const Reading all = readAllOf(reader);
  reader.resume = all.verdict.positions;
  const Reading none = readAllOf(reader);
  CHECK(all.ids.size() == 3);
  CHECK(none.verdict.repeats == 1);
  CHECK(none.ids.size() == 2);  // This reader knows the last of them alone.
}

TEST_CASE("what is lost is in the verdict") {
  const Reading line = readBehind(withEgressFault(EgressFault::Kind::badLine));
  CHECK(line.ids.size() == 3);
  CHECK(line.verdict.error == Errc::dataMissing);
  const Reading large = readBehind(withEgressFault(EgressFault::Kind::longLine));
  CHECK(large.ids.size() == 3);
  CHECK(large.problems.size() == 1);
  CHECK(large.verdict.outcome == EgressOutcome::incomplete);
  const Reading silent = readBehind(withEgressFault(EgressFault::Kind::silence), Duration(100));
  CHECK(silent.ids.size() == 2);
  CHECK(silent.verdict.error == Errc::timedOut);
  CHECK(silent.verdict.outcome == EgressOutcome::incomplete);
  const Reading page = readBehind(withEgressFault(EgressFault::Kind::html));
  CHECK(page.verdict.error == PlatformErrc::invalidAnswer);
}

TEST_CASE("a reader that does not read holds up nobody") {
  const GatewayServer server;
  gateway::Stream stream(streamOf(server), {});
  stream.connect();
  RunningContext running;
  EgressReader idle(running.context(), readerOf(server));
  auto first = startNext(idle);
  stream.sendAudio(std::string(200 * oneSecond, 'a'));
  CHECK(stream.finish().outcome == gateway::Outcome::complete);
  CHECK(readAllOf(readerOf(server)).ids.size() == 200);
  CHECK_FALSE(get(std::move(first)).error);
  CHECK(readToVerdict(idle).ids.size() == 199);
}
