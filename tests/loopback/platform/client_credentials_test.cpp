#include "wsferry/platform/client_credentials.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/read.hpp>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <future>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/http_calls.hpp"
#include "support/stream_recorder.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/gateway/stream.hpp"
#include "wsferry/platform/platform_error.hpp"
#include "wsferry/testing/gateway_server.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::platform;
using testing::GatewayServer;
using testing::GatewayServerOptions;
using testing::TokenFault;

namespace {

/// A block of memory that is larger is not to be had by this thread.
thread_local std::size_t largestBlock = ~std::size_t{0};

}  // namespace

void* operator new(std::size_t size) {
  void* const memory = size > largestBlock ? nullptr : std::malloc(size);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return size > largestBlock ? nullptr : std::malloc(size);
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace {

using TokenResult = HttpResult<std::string>;

constexpr const char* granted =
    R"({"access_token":"scripted-token","expires_in":600,"token_type":"Bearer"})";

ClientCredentialsOptions credentialsFor(const std::string& url) {
  ClientCredentialsOptions options;
  options.id = "testing-id";
  options.secret = "testing-secret";
  options.tokenUrl = url;
  return options;
}

std::future<TokenResult> startToken(ClientCredentials& credentials) {
  auto promise = std::make_shared<std::promise<TokenResult>>();
  credentials.accessToken(keepResult(promise));
  return promise->get_future();
}

std::future<TokenResult> startToken(ClientCredentials& credentials,
                                    asio::cancellation_signal& signal) {
  auto promise = std::make_shared<std::promise<TokenResult>>();
  credentials.accessToken(asio::bind_cancellation_slot(signal.slot(), keepResult(promise)));
  return promise->get_future();
}

TokenResult token(ClientCredentials& credentials) {
  return get(startToken(credentials));
}

/// Reads a request to the end of its body.
std::string readRequest(tcp::socket& socket) {
  std::string request;
  const std::size_t head = asio::read_until(socket, asio::dynamic_buffer(request), "\r\n\r\n");
  const std::string name = "Content-Length: ";
  std::size_t length = 0;
  if (const auto at = request.find(name); at != std::string::npos) {
    std::from_chars(request.data() + at + name.size(), request.data() + head, length);
  }
  while (request.size() < head + length) {
    char byte = 0;
    asio::read(socket, asio::buffer(&byte, 1));
    request += byte;
  }
  return request;
}

GatewayServerOptions withTokenFault(TokenFault::Kind kind, int status = 200) {
  GatewayServerOptions options;
  options.tokenFault.kind = kind;
  options.tokenFault.httpStatus = status;
  return options;
}

gateway::StreamOptions streamWith(const GatewayServer& server,
                                  std::shared_ptr<ClientCredentials> credentials) {
  gateway::StreamOptions options = optionsFor(server);
  options.credentials = {};
  options.credentials.kind = gateway::Credentials::Kind::bearer;
  options.credentials.tokenProvider = std::move(credentials);
  return options;
}

}  // namespace

TEST_CASE("a token is fetched once, and kept") {
  const GatewayServer server;
  RunningContext running;
  ClientCredentials credentials(running.context(), credentialsFor(server.tokenUrl()));
  CHECK(server.log().tokenRequests == 0);
  CHECK(token(credentials).value == "testing-token");
  CHECK(token(credentials).value == "testing-token");
  CHECK(server.log().tokenRequests == 1);
}

TEST_CASE("a request that could not be begun for want of memory keeps no later one back") {
  const GatewayServer server;
  asio::io_context context;
  ClientCredentials credentials(context, credentialsFor(server.tokenUrl()));
  auto first = startToken(credentials);
  largestBlock = 1'000;  // The request is one of the few that are larger.
  CHECK_THROWS_AS(context.poll_one(), std::bad_alloc);
  largestBlock = ~std::size_t{0};
  auto second = startToken(credentials);
  context.run_for(std::chrono::seconds(5));
  REQUIRE(second.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
  CHECK(second.get().value == "testing-token");
  CHECK(get(std::move(first)).value == "testing-token");
}

TEST_CASE("it works on a thread of its own") {
  const GatewayServer server;
  ClientCredentials credentials(credentialsFor(server.tokenUrl()));
  CHECK(token(credentials).value == "testing-token");
}

TEST_CASE("the request is a form in UTF-8 text") {
  std::promise<std::string> seen;
  ScriptedServer server([&](tcp::socket& socket) {
    seen.set_value(readRequest(socket));
    writeAll(socket, httpAnswer(granted));
    readToEnd(socket);
  });
  ClientCredentials credentials(credentialsFor("http://" + server.authority() + "/token"));
  CHECK(token(credentials).value == "scripted-token");
  const std::string request = get(seen.get_future());
  CHECK(startsWith(request, "POST /token HTTP/1.1\r\n"));
  CHECK(contains(request, "Content-Type: application/x-www-form-urlencoded\r\n"));
  CHECK(contains(request,
                 "\r\n\r\nclient_id=testing-id&client_secret=testing-secret&grant_type="
                 "client_credentials"));
  CHECK_FALSE(contains(request, "Authorization"));
}

TEST_CASE("who asks meanwhile waits for the same request") {
  std::promise<void> asked;
  std::promise<void> mayAnswer;
  std::atomic<int> requests{0};
  ScriptedServer server([&](tcp::socket& socket) {
    readRequest(socket);
    ++requests;
    asked.set_value();
    mayAnswer.get_future().wait();
    writeAll(socket, httpAnswer(granted));
    readToEnd(socket);
  });
  ClientCredentials credentials(credentialsFor("http://" + server.authority() + "/"));
  auto first = startToken(credentials);
  get(asked.get_future());
  auto second = startToken(credentials);
  auto third = startToken(credentials);
  mayAnswer.set_value();
  CHECK(get(std::move(first)).value == "scripted-token");
  CHECK(get(std::move(second)).value == "scripted-token");
  CHECK(get(std::move(third)).value == "scripted-token");
  CHECK(requests == 1);
}

TEST_CASE("a token that has lived is fetched anew") {
  GatewayServerOptions options = withTokenFault(TokenFault::Kind::answer);
  options.tokenFault.answer =
      R"({"access_token":"short","expires_in":0.001,"token_type":"Bearer"})";
  const GatewayServer server(options);
  ClientCredentials credentials(credentialsFor(server.tokenUrl()));
  CHECK(token(credentials).value == "short");
  CHECK(token(credentials).value == "short");
  CHECK(server.log().tokenRequests == 2);
}

TEST_CASE("a token that was dropped is not given again") {
  const GatewayServer server;
  ClientCredentials credentials(credentialsFor(server.tokenUrl()));
  CHECK(token(credentials).value == "testing-token");
  credentials.dropToken("another");
  CHECK(token(credentials).value == "testing-token");
  CHECK(server.log().tokenRequests == 1);
  credentials.dropToken("testing-token");
  CHECK(token(credentials).value == "testing-token");
  CHECK(server.log().tokenRequests == 2);
}

TEST_CASE("a client that is refused learns why, and an error is not kept") {
  const GatewayServer server;
  ClientCredentialsOptions options = credentialsFor(server.tokenUrl());
  options.secret = "wrong-secret";
  ClientCredentials credentials(options);
  const TokenResult result = token(credentials);
  CHECK(result.error == Errc::notAuthenticated);
  CHECK(result.value.empty());
  CHECK(result.info.httpStatus == 401);
  CHECK(result.info.remoteCode == "invalid_client");
  CHECK(contains(result.info.message, "Invalid client credentials"));
  CHECK_FALSE(contains(result.info.message, "wrong-secret"));
  CHECK(token(credentials).error == Errc::notAuthenticated);
  CHECK(server.log().tokenRequests == 2);
}

TEST_CASE("what is no token endpoint is told from one that refuses") {
  const auto [kind, status, expected] = GENERATE(table<TokenFault::Kind, int, std::error_code>(
      {{TokenFault::Kind::html, 200, PlatformErrc::invalidAnswer},
       {TokenFault::Kind::html, 404, PlatformErrc::invalidAnswer},
       {TokenFault::Kind::html, 401, Errc::notAuthenticated},
       {TokenFault::Kind::html, 503, PlatformErrc::unavailable},
       {TokenFault::Kind::answer, 200, PlatformErrc::invalidAnswer},
       {TokenFault::Kind::refusal, 400, Errc::notAuthenticated},
       {TokenFault::Kind::disconnect, 0, Errc::connectionLost}}));
  const GatewayServer server(withTokenFault(kind, status));
  ClientCredentials credentials(credentialsFor(server.tokenUrl()));
  const TokenResult result = token(credentials);
  CHECK(result.error == expected);
  CHECK(result.info.httpStatus == status);
  CHECK_FALSE(result.info.message.empty());
}

TEST_CASE("an endpoint that does not answer is given up") {
  const GatewayServer server(withTokenFault(TokenFault::Kind::silence));
  ClientCredentialsOptions options = credentialsFor(server.tokenUrl());
  options.timeout = Duration(20);
  ClientCredentials credentials(options);
  const TokenResult result = token(credentials);
  CHECK(result.error == Errc::timedOut);
  CHECK(contains(result.info.message, "gave no access token within"));
}

TEST_CASE("a call is cancelled alone, and the last one gives the request up") {
  std::promise<void> asked;
  std::promise<void> left;
  ScriptedServer server([&](tcp::socket& socket) {
    readRequest(socket);
    asked.set_value();
    readToEnd(socket);
    left.set_value();
  });
  ClientCredentials credentials(credentialsFor("http://" + server.authority() + "/"));
  asio::cancellation_signal stopFirst;
  asio::cancellation_signal stopSecond;
  auto first = startToken(credentials, stopFirst);
  auto second = startToken(credentials, stopSecond);
  get(asked.get_future());
  stopFirst.emit(asio::cancellation_type::total);
  CHECK(get(std::move(first)).error == Errc::cancelled);
  stopSecond.emit(asio::cancellation_type::terminal);
  CHECK(get(std::move(second)).error == Errc::cancelled);
  CHECK_NOTHROW(get(left.get_future()));
}

TEST_CASE("destruction ends what waits") {
  const GatewayServer server(withTokenFault(TokenFault::Kind::silence));
  std::optional<ClientCredentials> credentials(std::in_place, credentialsFor(server.tokenUrl()));
  auto waiting = startToken(*credentials);
  REQUIRE(server.waitUntil([](const auto& log) { return log.tokenRequests == 1; }, patience));
  credentials.reset();
  CHECK(get(std::move(waiting)).error == Errc::cancelled);
}

TEST_CASE("what cannot be meant is refused at once") {
  const auto refused = [](auto change) {
    ClientCredentialsOptions options = credentialsFor("https://auth.example.org/token");
    change(options);
    try {
      const ClientCredentials credentials(options);
    } catch (const Error& error) {
      return error.code();
    }
    return std::error_code();
  };
  CHECK_FALSE(refused([](auto&) {}));
  CHECK(refused([](auto& options) { options.id.clear(); }) == Errc::invalidOption);
  CHECK(refused([](auto& options) { options.secret.clear(); }) == Errc::invalidOption);
  CHECK(refused([](auto& options) { options.connection.bearerToken = "t"; }) ==
        Errc::invalidOption);
  CHECK(refused([](auto& options) { options.tokenUrl = "wss://auth.example.org/"; }) ==
        Errc::invalidUrl);
  CHECK(refused([](auto& options) { options.tokenUrl = "http://auth.example.org/"; }) ==
        Errc::plaintextCredentials);
}

TEST_CASE("streams share a token") {
  const GatewayServer server;
  const auto credentials = std::make_shared<ClientCredentials>(credentialsFor(server.tokenUrl()));
  for (int i = 0; i < 2; ++i) {
    gateway::Stream stream(streamWith(server, credentials), {});
    CHECK(transcribe(stream, 1000).outcome == gateway::Outcome::complete);
  }
  CHECK(server.log().tokenRequests == 1);
}

TEST_CASE("a stream that gets no token is refused in the endpoint's words") {
  const GatewayServer server;
  ClientCredentialsOptions options = credentialsFor(server.tokenUrl());
  options.id = "stranger";
  gateway::Stream stream(streamWith(server, std::make_shared<ClientCredentials>(options)), {});
  const gateway::Verdict verdict = transcribe(stream, 1000);
  CHECK(verdict.outcome == gateway::Outcome::refused);
  CHECK(verdict.error == Errc::notAuthenticated);
  CHECK(verdict.info.remoteCode == "invalid_client");
  CHECK(contains(verdict.info.message, "Invalid client credentials"));
  CHECK(server.log().targets.empty());
}

TEST_CASE("a token that the gateway refuses is not kept") {
  GatewayServerOptions options = withTokenFault(TokenFault::Kind::answer);
  options.tokenFault.answer = granted;
  const GatewayServer server(options);
  const auto credentials = std::make_shared<ClientCredentials>(credentialsFor(server.tokenUrl()));
  for (unsigned i = 1; i <= 2; ++i) {
    gateway::Stream stream(streamWith(server, credentials), {});
    CHECK(transcribe(stream, 1000).error == Errc::notAuthenticated);
    CHECK(server.log().tokenRequests == i);
  }
}

TEST_CASE("a token provider is for bearer credentials, and alone") {
  const GatewayServer server;
  gateway::StreamOptions options =
      streamWith(server, std::make_shared<ClientCredentials>(credentialsFor(server.tokenUrl())));
  SECTION("of another kind") {
    options.credentials.kind = gateway::Credentials::Kind::apiKey;
  }
  SECTION("of none") {
    options.credentials.kind = gateway::Credentials::Kind::none;
  }
  SECTION("with another provider") {
    options.credentials.secretProvider = [](Completion<std::error_code, std::string>) {};
  }
  CHECK_THROWS_AS(gateway::Stream(options, {}), Error);
}
