#include "wsferry/testing/gateway_server.hpp"

#include <asio/use_future.hpp>
#include <functional>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/client_calls.hpp"
#include "testing/server/json_members.hpp"
#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/core/error.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::testing;

namespace {

using Kind = GatewayFault::Kind;
using Moment = GatewayFault::Moment;

const std::string endOfStream = R"({"type":"END_OF_STREAM"})";

/// A client with a key, on one connection.
class Client {
 public:
  explicit Client(const GatewayServer& server, WebSocketOptions options = withKey(),
                  const std::string& query = "streamConfigurationTemplateId=t")
      : client_(std::move(options)), result_(connect(client_, server.url() + "?" + query)) {}

  static WebSocketOptions withKey() {
    WebSocketOptions options;
    options.headers = {{"Authorization", "Basic testing-key"}};
    return options;
  }

  const ConnectResult& result() const { return result_; }
  WebSocketClient& socket() { return client_; }
  std::future<std::error_code> send(MessageType type, std::string payload) {
    return startSend(client_, type, std::move(payload));
  }
  std::pair<std::error_code, Message> receive() { return get(startReceive(client_)); }

  /// The type of the next message, or the error that comes in its place.
  std::string next() {
    const auto [error, message] = receive();
    if (error) {
      return error.message();
    }
    return message.type == MessageType::text
               ? jsonStringMember(jsonMembers(message.payload), "type")
               : message.payload;
  }

  /// Reads up to the end of the connection.
  std::vector<std::string> all() {
    std::vector<std::string> types;
    for (;;) {
      const auto [error, message] = receive();
      if (error) {
        lastError = error;
        return types;
      }
      types.push_back(jsonStringMember(jsonMembers(message.payload), "type"));
    }
  }

  std::error_code lastError;

 private:
  WebSocketClient client_;
  ConnectResult result_;
};

std::string basicOf(const std::string& text) {
  std::string encoded;
  encodeBase64(text, encoded);
  return encoded;
}

WebSocketOptions withHeaders(std::vector<std::pair<std::string, std::string>> headers) {
  WebSocketOptions options;
  options.headers = std::move(headers);
  return options;
}

}  // namespace

TEST_CASE("a gateway server transcribes what a client sends") {
  GatewayServerOptions options;
  options.bytesPerResult = 1'000;
  options.fragments = GENERATE(1u, 5u);
  const GatewayServer server(options);
  Client client(server);
  REQUIRE_FALSE(client.result().error);
  CHECK(client.next() == "STREAM_METADATA");
  client.send(MessageType::binary, std::string(1'500, 'a'));
  CHECK(client.next() == "RESPONSE");
  client.send(MessageType::text, endOfStream);
  CHECK(client.all() == std::vector<std::string>{"RESPONSE", "END_OF_STREAM"});
  CHECK(client.lastError == Errc::connectionClosed);
  REQUIRE(server.waitUntilIdle(patience));
  const auto log = server.log();
  CHECK(log.connections == 1);
  CHECK(log.completed == 1);
  CHECK(log.closesAnswered == 1);
  CHECK(log.disconnected == 0);
  CHECK(log.audioBytes == 1'500);
  CHECK(log.results == 2);
  REQUIRE(log.received.size() == 2);
  CHECK(log.received[0].type == MessageType::binary);
  CHECK(log.received[1].payload == endOfStream);
  CHECK(log.targets ==
        std::vector<std::string>{"/ws-gateway/api/v1/?streamConfigurationTemplateId=t"});
}

TEST_CASE("every documented way of showing credentials opens a gateway server") {
  const GatewayServer server;
  const std::string basic = basicOf("testing-id:testing-secret");
  WebSocketOptions options;
  std::string query = "streamConfigurationTemplateId=t";
  SECTION("id and secret") {
    options = withHeaders({{"Authorization", "Basic " + basic}});
  }
  SECTION("a key") {
    options = withHeaders({{"Authorization", "Basic testing-key"}});
  }
  SECTION("a token") {
    options.bearerToken = "testing-token";
  }
  SECTION("two headers") {
    options = withHeaders({{"X-Client-Id", "testing-id"}, {"X-Client-Secret", "testing-secret"}});
  }
  SECTION("id and secret in the query") {
    query += "&client_id=testing-id&client_secret=testing-secret";
  }
  SECTION("a token in the query") {
    query += "&access_token=testing%2dtoken";
  }
  SECTION("a key in the query") {
    query += "&access_token=testing-key";
  }
  SECTION("a subprotocol") {
    options.subprotocols = {"vatis", "testing-token"};
  }
  SECTION("a subprotocol with a prefix") {
    options.subprotocols = {"bearer.testing-token", "x"};
  }
  SECTION("encoded id and secret as a subprotocol") {
    options.subprotocols = {"Basic-" + basic};
    options.rawSubprotocols = true;
  }
  Client client(server, options, query);
  CHECK_FALSE(client.result().error);
  CHECK(client.next() == "STREAM_METADATA");
}

TEST_CASE("other credentials are refused with an error of the gateway") {
  const GatewayServer server;
  WebSocketOptions options;
  std::string query = "streamConfigurationTemplateId=t";
  SECTION("none") {}
  SECTION("a wrong secret") {
    options = withHeaders({{"Authorization", "Basic " + basicOf("testing-id:secret")}});
  }
  SECTION("a key as a token") {
    options.bearerToken = "testing-key";
  }
  SECTION("an id alone") {
    query += "&client_id=testing-id";
  }
  SECTION("a token within a subprotocol") {
    options.subprotocols = {"testing-token-1"};
  }
  SECTION("an empty token") {
    query += "&access_token=";
  }
  Client client(server, options, query);
  CHECK(client.result().error == Errc::notAuthenticated);
  CHECK(client.result().info.httpStatus == 401);
  const auto body = jsonMembers(client.result().info.httpBody);
  CHECK(body.at("internalErrorName") == R"("GENERAL_AUTHENTICATION_ERROR")");
  CHECK(body.at("statusCode") == "401");
}

TEST_CASE("a gateway server without credentials lets everybody in") {
  GatewayServerOptions options;
  options.clientId = options.clientSecret = options.apiKey = options.bearerToken = "";
  const GatewayServer server(options);
  Client client(server, WebSocketOptions());
  CHECK_FALSE(client.result().error);
}

TEST_CASE("other paths are not found, and the final slash may be missing") {
  const GatewayServer server;
  const std::string root = "http://127.0.0.1:" + std::to_string(server.port());
  WebSocketClient other(Client::withKey());
  CHECK(connect(other, root + "/").info.httpStatus == 404);
  WebSocketClient client(Client::withKey());
  CHECK_FALSE(connect(client, root + "/ws-gateway/api/v1?streamConfigurationTemplateId=t").error);
}

TEST_CASE("a gateway server answers with the subprotocol that it is told") {
  GatewayServerOptions options;
  options.subprotocol = "two";
  const GatewayServer server(options);
  WebSocketOptions socket = Client::withKey();
  SECTION("an offered one") {
    socket.subprotocols = {"one", "two"};
    Client client(server, socket);
    REQUIRE_FALSE(client.result().error);
    CHECK(client.socket().subprotocol() == "two");
    CHECK(client.next() == "STREAM_METADATA");
  }
  SECTION("one that was not offered") {
    socket.subprotocols = {"one"};
    Client client(server, socket);
    CHECK(client.result().error == Errc::invalidUpgrade);
  }
}

TEST_CASE("at the upgrade a fault comes in place of the 101") {
  GatewayServerOptions options;
  WebSocketOptions socket = Client::withKey();
  SECTION("an error") {
    options.fault.kind = Kind::error;
    options.fault.httpStatus = 503;
    const GatewayServer server(options);
    Client client(server);
    CHECK(client.result().info.httpStatus == 503);
    CHECK(client.result().info.httpBody == options.fault.error);
  }
  SECTION("a page") {
    options.fault.kind = Kind::error;
    options.fault.httpBody = "<h1>No</h1>";
    const GatewayServer server(options);
    Client client(server);
    CHECK(client.result().info.httpStatus == 401);
    CHECK(client.result().info.httpBody == "<h1>No</h1>");
  }
  SECTION("the end of the connection") {
    options.fault.kind = GENERATE(Kind::close, Kind::disconnect, Kind::reset);
    const GatewayServer server(options);
    Client client(server);
    CHECK(client.result().error == ErrorCondition::connection);
    CHECK(server.waitUntilIdle(patience));
  }
  SECTION("nothing") {
    options.fault.kind = GENERATE(Kind::silence, Kind::freeze);
    const GatewayServer server(options);
    socket.handshakeTimeout = Duration(50);
    Client client(server, socket);
    CHECK(client.result().error == Errc::connectTimedOut);
  }
}

TEST_CASE("a fault ends an open connection in its own way") {
  GatewayServerOptions options;
  options.fault.moment =
      GENERATE(Moment::metadata, Moment::audio, Moment::endOfStream, Moment::serverEndOfStream);
  const auto [kind, expected] =
      GENERATE(table<Kind, std::error_code>({{Kind::close, Errc::connectionClosed},
                                             {Kind::disconnect, Errc::connectionLost},
                                             {Kind::reset, Errc::connectionLost}}));
  options.fault.kind = kind;
  const GatewayServer server(options);
  Client client(server);
  client.send(MessageType::binary, "audio");
  client.send(MessageType::text, endOfStream);
  client.all();
  CHECK(client.lastError == expected);
  CHECK(server.waitUntilIdle(patience));
}

TEST_CASE("a frozen gateway server answers no ping, a silent one does") {
  GatewayServerOptions options;
  options.fault.moment = Moment::metadata;
  options.fault.kind = GENERATE(Kind::freeze, Kind::silence);
  const GatewayServer server(options);
  Client client(server);
  auto pong = startPing(client.socket());
  if (options.fault.kind == Kind::silence) {
    CHECK_FALSE(get(std::move(pong)));
    CHECK(server.log().pings == 1);
  } else {
    // The close waits for its answer in vain.
    CHECK(get(startClose(client.socket(), 1000, "")) == Errc::timedOut);
    CHECK(get(std::move(pong)));
    CHECK(server.log().pings == 0);
  }
}

TEST_CASE("a quiet client is dropped without a close frame") {
  GatewayServerOptions options;
  options.inactivityLimit = Duration(50);
  const GatewayServer server(options);
  Client client(server);
  CHECK(client.all() == std::vector<std::string>{"STREAM_METADATA"});
  CHECK(client.lastError == Errc::connectionLost);
  CHECK(server.log().timedOut == 1);
}

TEST_CASE("a client that does not read gets no more than fits") {
  GatewayServerOptions options;
  options.inactivityLimit = Duration(600'000);  // This client pings no more while it reads.
  options.bytesPerResult = 1;
  options.extraMessages = {R"({"type":"PADDING","text":")" + std::string(100'000, 'a') + "\"}"};
  const GatewayServer server(options);
  WebSocketOptions socket = Client::withKey();
  socket.receiveQueueLimit = 1;
  Client client(server, socket);
  constexpr unsigned results = 1'000;  // 100 MB with what goes before them.
  get(client.send(MessageType::binary, std::string(results, 'a')));
  get(client.send(MessageType::text, endOfStream));
  // Pings go on; their answers wait behind what is not read.
  std::vector<std::future<std::error_code>> pongs;
  for (unsigned i = 1; i <= 20; ++i) {
    pongs.push_back(startPing(client.socket()));
    REQUIRE(server.waitUntil([&](const auto& log) { return log.pings >= i; }, patience));
  }
  CHECK(server.log().received.size() == 2);
  CHECK(server.log().results < results);
  CHECK(client.all().size() == 2 * results + 2);
  CHECK(server.log().results == results);
  CHECK(server.log().completed == 1);
}

TEST_CASE("what cannot be sent is refused before a gateway server starts") {
  GatewayServerOptions options;
  SECTION("a close code") {
    options.fault.closeCode = 1006;
  }
  SECTION("an error") {
    options.fault.error = "\xff";
  }
  SECTION("a message") {
    options.extraMessages = {"\xff"};
  }
  SECTION("a second of nothing") {
    options.bytesPerResult = 0;
  }
  SECTION("an address") {
    options.address = "here";
  }
  CHECK_THROWS_AS(GatewayServer(options), Error);
}

TEST_CASE("a gateway server ends with clients connected") {
  std::optional<GatewayServer> server(std::in_place);
  Client client(*server);
  CHECK(client.next() == "STREAM_METADATA");
  server.reset();
  client.all();
  CHECK(client.lastError == Errc::connectionLost);
}
