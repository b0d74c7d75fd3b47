#include "wsferry/testing/transfer_server.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "catch.hpp"
#include "core/websocket/websocket_engine.hpp"
#include "support/engine_record.hpp"
#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/uuid.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::testing;

namespace {

using asio::ip::tcp;
using Kind = TransferFaults::Kind;
using strapi::TransferStage;

// Longer than anything here takes; what fails to happen is not waited for twice.
constexpr Duration patience{20'000};

/// A blocking TCP connection with a deadline on each read.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(context_) {
    socket_.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
  }

  void write(const std::string& bytes) {
    std::error_code lost;  // The next read tells.
    asio::write(socket_, asio::buffer(bytes), lost);
  }

  /// The next bytes; nothing at the end of the connection or when the limit passes.
  std::string read(Duration limit = patience) {
    std::string bytes(64 * 1024, '\0');
    error.reset();
    std::size_t size = 0;
    socket_.async_read_some(asio::buffer(bytes), [&](std::error_code code, std::size_t read) {
      error = code;
      size = read;
    });
    context_.restart();
    context_.run_for(limit);
    if (!error) {
      socket_.cancel();
      context_.restart();
      context_.run();
      timedOut = true;
    }
    bytes.resize(size);
    return bytes;
  }

  std::string readAll() {
    std::string all;
    for (std::string bytes = read(); !bytes.empty(); bytes = read()) {
      all += bytes;
    }
    return all;
  }

  std::optional<std::error_code> error;
  bool timedOut = false;

 private:
  asio::io_context context_;
  tcp::socket socket_;
};

/// Members of a JSON object, the values as text without quotes; none if it is no object.
std::map<std::string, std::string> members(const std::string& text) {
  std::map<std::string, std::string> found;
  JsonCursor cursor(text);
  std::string_view key;
  for (bool more = cursor.enterObject(); more && cursor.nextKey(key);) {
    std::string value(cursor.skipValue());
    found[std::string(key)] =
        value.front() == '"' ? value.substr(1, value.size() - 2) : std::move(value);
  }
  return found;
}

std::size_t countElements(const std::string& array) {
  std::size_t count = 0;
  JsonCursor cursor(array);
  for (bool more = cursor.enterArray(); more && cursor.nextElement(); ++count) {
    cursor.skipValue();
  }
  return count;
}

/// The client's side of the protocol in its simplest form.
class Client final : public EngineRecord {
 public:
  explicit Client(const TransferServer& server) : connection_(server.port()) {
    WebSocketEngine::Request request;
    request.url = "ws://127.0.0.1:" + std::to_string(server.port()) + "/admin/transfer/runner/pull";
    request.headers = {{"Authorization", "Bearer testing-token"}};
    engine_ = WebSocketEngine::client(*this, request, 1u << 24);
    engine_->start();
    flush();
  }

  /// Nothing when the connection has ended.
  std::optional<std::string> next() {
    while (messages.empty()) {
      if (isClosed() || !readMore()) {
        return std::nullopt;
      }
    }
    std::string text = std::move(messages.front().second);
    messages.pop_front();
    return text;
  }

  void send(const std::string& text) {
    engine_->send(MessageType::text, text);
    flush();
  }

  void ping() {
    engine_->ping("are you there");
    flush();
  }

  /// Sends a request and gives the answer's data, or nothing when the connection has ended.
  std::optional<std::string> request(const std::string& requestMembers) {
    const std::string uuid = Uuid::random().toString();
    send("{" + requestMembers + R"(,"uuid":")" + uuid + "\"}");
    while (const auto text = next()) {
      auto message = members(*text);
      if (message["uuid"] == uuid) {
        return message["data"];
      }
    }
    return std::nullopt;
  }

  bool begin() {
    while (!isOpen) {
      if (!readMore()) {
        return false;
      }
    }
    return request(R"("type":"command","command":"init","params":{"checksums":true})") &&
           request(R"("type":"transfer","kind":"action","action":"bootstrap")");
  }

  /// Pulls a step; false when the connection ended before the step did.
  bool pull(TransferStage step) {
    const std::string name(strapi::toString(step));
    const std::string stepMembers = R"("type":"transfer","kind":"step","step":")" + name + "\"";
    const auto answer = request(stepMembers + R"(,"action":"start")");
    if (!answer) {
      return false;
    }
    const std::string id = members(*answer)["id"];
    while (const auto text = next()) {
      auto message = members(*text);
      auto data = members(message["data"]);
      if (data["id"] != id) {
        continue;
      }
      send(R"({"uuid":")" + message["uuid"] + "\"}");
      if (data["ended"] == "true") {
        return request(stepMembers + R"(,"action":"end")").has_value();
      }
      counts[step] += countElements(data["data"]);
    }
    return false;
  }

  bool timedOut() const { return connection_.timedOut; }

  std::map<TransferStage, std::size_t> counts;
  std::uint64_t received = 0;
  Duration limit = patience;

 private:
  bool readMore() {
    const std::string bytes = connection_.read(limit);
    received += bytes.size();
    engine_->feed(bytes);
    flush();
    return !bytes.empty();
  }

  void flush() { connection_.write(takeOutput()); }

  Connection connection_;
  std::unique_ptr<WebSocketEngine> engine_;
};

std::string ask(std::uint16_t port, const std::string& head) {
  Connection connection(port);
  connection.write(head + "\r\n\r\n");
  std::string response = connection.readAll();
  REQUIRE_FALSE(connection.timedOut);
  return response;
}

std::string upgradeTo(const std::string& path, const std::string& token) {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n" +
         "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nauthorization: " + token;
}

std::size_t countRecords(const Content& content, TransferStage stage) {
  std::size_t count = 0;
  const auto next = content.records(stage);
  while (!next().empty()) {
    ++count;
  }
  return count;
}

TEST_CASE("refused upgrades have a real server's status and body") {
  TransferServer server(sampleContent());
  const std::string path = "/admin/transfer/runner/pull";
  const std::string unauthorized =
      R"({"data":null,"error":{"status":401,"name":"UnauthorizedError",)"
      R"("message":"Missing or invalid credentials","details":{}}})";
  const std::string notFound =
      R"({"data":null,"error":{"status":404,"name":"NotFoundError","message":"Not Found","details":{}}})";
  const auto check = [&](const std::string& head, const std::string& status,
                         const std::string& body) {
    const std::string response = ask(server.port(), head);
    CAPTURE(head, response);
    CHECK(response.find("HTTP/1.1 " + status + " ") == 0);
    CHECK(response.substr(response.find("\r\n\r\n") + 4) == body);
  };
  check(upgradeTo(path, "Bearer wrong"), "401", unauthorized);
  check(upgradeTo(path, "Basic testing-token"), "401", unauthorized);
  check("GET " + path + " HTTP/1.1\r\nHost: localhost", "401", unauthorized);
  check(
      upgradeTo(path, "Bearer testing-push-token"), "403",
      R"({"data":null,"error":{"status":403,"name":"ForbiddenError","message":"Forbidden","details":{}}})");
  check("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer testing-token",
        "404", notFound);
  check("GET " + path + " HTTP/1.1\r\nUpgrade: h2c\r\nAuthorization: Bearer testing-token", "404",
        notFound);
  check(upgradeTo("/admin/transfer/runner/push", "Bearer testing-token"), "404", notFound);
  check(upgradeTo("/", "Bearer testing-token"), "404", notFound);
  CHECK(server.waitUntilIdle(patience));
  CHECK(server.log().connections == 8);
}

TEST_CASE("upgrades are answered with 101 wherever the admin panel is") {
  TransferServer server(sampleContent());
  const auto path = GENERATE("/admin/transfer/runner/pull", "/a/b/transfer/runner/pull/",
                             "/transfer/runner/pull?x=1");
  Connection connection(server.port());
  connection.write(upgradeTo(path, "Bearer testing-token") + "\r\n\r\n");
  const std::string response = connection.read();
  CHECK(response.find("HTTP/1.1 101 ") == 0);
  CHECK(response.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos);
  CHECK(response.find("Extensions") == std::string::npos);
}

TEST_CASE("an upgrade can be answered with anything") {
  TransferServerOptions options;
  options.faults.upgradeResponse = "HTTP/1.1 502 Bad Gateway\r\n\r\n<html>nginx</html>";
  TransferServer server(sampleContent(), options);
  CHECK(ask(server.port(), upgradeTo("/admin/transfer/runner/pull", "Bearer testing-token")) ==
        options.faults.upgradeResponse);
}

TEST_CASE("what is no request ends the connection") {
  TransferServer server(sampleContent());
  CHECK(ask(server.port(), "hello").find("HTTP/1.1 400 ") == 0);
  Connection connection(server.port());
  connection.write(std::string(20'000, 'x'));
  CHECK(connection.readAll().empty());
  CHECK_FALSE(connection.timedOut);
}

TEST_CASE("who speaks TLS is told at once that the server does not") {
  TransferServer server(sampleContent());
  Connection connection(server.port());
  connection.write(std::string("\x16\x03\x01\x02\x00\x01", 6));
  CHECK(connection.readAll().find("HTTP/1.1 400 ") == 0);
  CHECK_FALSE(connection.timedOut);
}

TEST_CASE("a pull brings everything") {
  const auto content = sampleContent();
  TransferServerOptions options;
  options.batchBytes = 20'000;
  TransferServer server(content, options);
  {
    Client client(server);
    REQUIRE(client.begin());
    for (const auto step : {TransferStage::entities, TransferStage::assets, TransferStage::links,
                            TransferStage::configuration}) {
      REQUIRE(client.pull(step));
      if (step != TransferStage::assets) {
        CHECK(client.counts[step] == countRecords(*content, step));
      }
    }
    // One element, the list of items, in each message.
    CHECK(client.counts[TransferStage::assets] > content->assets().size());
    CHECK(client.request(R"("type":"transfer","kind":"action","action":"close")"));
    CHECK(server.log().openConnections == 1);
  }
  CHECK(server.waitUntilIdle(patience));
  const auto log = server.log();
  CHECK(log.connections == 1);
  CHECK(log.openConnections == 0);
  CHECK(log.received.front().find(R"("command":"init")") != std::string::npos);
  CHECK(log.received.back().find(R"("action":"close")") != std::string::npos);
}

TEST_CASE("the connection is cut after the given number of bytes") {
  TransferServerOptions options;
  options.faults.cutAfterBytes = GENERATE(0u, 1u, 100u, 1'000u, 50'000u);
  TransferServer server(sampleContent(), options);
  Connection connection(server.port());
  std::string all;
  if (*options.faults.cutAfterBytes < 1'000) {
    connection.write(upgradeTo("/transfer/runner/pull", "Bearer testing-token") + "\r\n\r\n");
    all = connection.readAll();
    CHECK_FALSE(connection.timedOut);
    // The upgrade's answer is longer than 100 bytes and shorter than 1000.
    CHECK(all.size() == *options.faults.cutAfterBytes);
  } else {
    Client client(server);
    CHECK_FALSE((client.begin() && client.pull(TransferStage::entities)));
    CHECK_FALSE(client.timedOut());
    CHECK(client.received == *options.faults.cutAfterBytes);
  }
}

TEST_CASE("from the given byte on a frozen connection is silent and does not end") {
  TransferServerOptions options;
  options.faults.freezeAfterBytes = 50'000;
  TransferServer server(sampleContent(), options);
  Client client(server);
  REQUIRE(client.begin());
  client.ping();
  client.limit = Duration(500);
  CHECK_FALSE(client.pull(TransferStage::entities));
  CHECK(client.timedOut());
  CHECK(client.received == 50'000);
  CHECK(client.pongs.size() == 1);
  client.ping();
  CHECK_FALSE(client.next());
  CHECK(client.pongs.size() == 1);
  CHECK(server.log().pings == 1);
  CHECK(server.log().openConnections == 1);
}

TEST_CASE("a stalled step answers pings") {
  TransferServerOptions options;
  options.faults.kind = Kind::silence;
  TransferServer server(sampleContent(), options);
  Client client(server);
  REQUIRE(client.begin());
  CHECK(client.request(R"("type":"transfer","kind":"step","action":"start","step":"entities")"));
  client.ping();
  client.limit = Duration(500);
  CHECK_FALSE(client.next());
  CHECK(client.timedOut());
  CHECK(client.pongs.size() == 1);
  CHECK(server.log().pings == 1);
}

TEST_CASE("faults that end the connection arrive as such") {
  TransferServerOptions options;
  options.faults.kind = GENERATE(Kind::close, Kind::reset, Kind::oversized);
  options.faults.afterMessages = 1;
  options.batchBytes = 10'000;
  TransferServer server(sampleContent(), options);
  Client client(server);
  REQUIRE(client.begin());
  CHECK_FALSE(client.pull(TransferStage::entities));
  CHECK_FALSE(client.timedOut());
  CHECK(client.counts[TransferStage::entities] > 0);
  CHECK(client.isClosed() == (options.faults.kind != Kind::reset));
  if (options.faults.kind == Kind::close) {
    CHECK(client.closeCode == 1000);
    CHECK_FALSE(client.closeError);
  } else if (options.faults.kind == Kind::oversized) {
    CHECK(client.closeError == Errc::messageTooBig);
  }
}

TEST_CASE("a server may be destroyed while it sends") {
  SampleContentOptions much;
  much.images = 20;
  much.imageBytes = 1'000'000;
  std::optional<TransferServer> server(std::in_place, sampleContent(much));
  Client client(*server);
  REQUIRE(client.begin());
  CHECK(client.request(R"("type":"transfer","kind":"step","action":"start","step":"assets")"));
  server.reset();
  while (client.next()) {
  }
  CHECK_FALSE(client.timedOut());
}

TEST_CASE("a port in use and a wrong address are refused with words") {
  const TransferServer first(sampleContent());
  TransferServerOptions options;
  options.port = first.port();
  CHECK_THROWS_AS(TransferServer(sampleContent(), options), Error);
  options.address = "not an address";
  CHECK_THROWS_AS(TransferServer(sampleContent(), options), Error);
}

TEST_CASE("several clients are served at once") {
  TransferServer server(sampleContent());
  Client first(server);
  Client second(server);
  REQUIRE(first.begin());
  REQUIRE(second.begin());
  CHECK(first.pull(TransferStage::links));
  CHECK(second.pull(TransferStage::links));
  CHECK(server.log().connections == 2);
}

}  // namespace
