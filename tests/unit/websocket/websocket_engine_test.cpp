#include "core/websocket/websocket_engine.hpp"

#include <deque>
#include <random>

#include "catch.hpp"
#include "support/engine_record.hpp"
#include "wsferry/core/error.hpp"

using namespace support;
using namespace wsferry;

namespace {

struct Side final : EngineRecord {
  std::unique_ptr<WebSocketEngine> engine;
};

constexpr std::size_t limit = 1 << 20;

/// A client and a server whose bytes are carried by hand, in pieces of a chosen size.
struct Pair {
  Side client;
  Side server;
  std::size_t pieceSize;
  std::mt19937 random{7};

  explicit Pair(std::size_t piece = 1 << 20, WebSocketEngine::Request request = defaultRequest(),
                std::size_t maxMessageSize = limit)
      : pieceSize(piece) {
    client.engine = WebSocketEngine::client(client, request, maxMessageSize);
    server.engine = WebSocketEngine::server(server, maxMessageSize);
    server.engine->start();
    client.engine->start();
    run();
  }

  static WebSocketEngine::Request defaultRequest() {
    WebSocketEngine::Request request;
    request.url = "ws://example.test:8080/path?query=1";
    return request;
  }

  void carry(Side& from, Side& to) {
    const std::string bytes = from.takeOutput();
    std::size_t at = 0;
    while (at < bytes.size()) {
      const std::size_t size = pieceSize != 0 ? pieceSize : 1 + random() % 50;
      to.engine->feed(std::string_view(bytes).substr(at, size));
      at += size;
    }
  }

  void run() {
    while (!client.output.empty() || !server.output.empty()) {
      carry(client, server);
      carry(server, client);
    }
  }
};

std::string frame(int first, std::string_view payload) {
  std::string bytes(1, static_cast<char>(first));
  if (payload.size() < 126) {
    bytes += static_cast<char>(payload.size());
  } else if (payload.size() < 65536) {
    bytes += static_cast<char>(126);
    bytes += static_cast<char>(payload.size() >> 8);
    bytes += static_cast<char>(payload.size() & 0xFF);
  } else {
    bytes += static_cast<char>(127);
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes += static_cast<char>(static_cast<std::uint64_t>(payload.size()) >> shift);
    }
  }
  return bytes.append(payload);
}

/// The code in a masked close frame that a client wrote last.
int sentCloseCode(const std::string& output) {
  REQUIRE(output.size() >= 8);
  REQUIRE(static_cast<unsigned char>(output[0]) == 0x88);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(output[i]); };
  return ((byte(6) ^ byte(2)) << 8) | (byte(7) ^ byte(3));
}

}  // namespace

TEST_CASE("messages of all sizes and both types cross in both directions, however cut") {
  const auto piece = GENERATE(std::size_t{1 << 20}, std::size_t{1}, std::size_t{7}, std::size_t{0});
  Pair pair(piece);
  REQUIRE(pair.client.isOpen);
  REQUIRE(pair.server.isOpen);
  for (const std::size_t size : {0u, 1u, 125u, 126u, 127u, 65535u, 65536u, 200'003u}) {
    std::string binary(size, '\0');
    for (auto& byte : binary) {
      byte = static_cast<char>(pair.random());
    }
    const std::string text(size, 'x');
    pair.client.engine->send(MessageType::binary, binary);
    pair.client.engine->send(MessageType::text, text);
    pair.server.engine->send(MessageType::binary, binary);
    pair.server.engine->send(MessageType::text, text);
    pair.run();
    for (auto* side : {&pair.client, &pair.server}) {
      REQUIRE(side->messages.size() == 2);
      CHECK(side->messages[0].first == MessageType::binary);
      CHECK((side->messages[0].second == binary));
      CHECK(side->messages[1].first == MessageType::text);
      CHECK((side->messages[1].second == text));
      side->messages.clear();
    }
  }
}

TEST_CASE("the upgrade request carries host, target, headers and subprotocols") {
  WebSocketEngine::Request request;
  request.url = "wss://[::1]:8443/a/b?c=d";
  request.headers = {{"Authorization", "Bearer abc"}, {"X-One", "1"}};
  request.subprotocols = {"first", "second"};
  Side client;
  client.engine = WebSocketEngine::client(client, request, limit);
  client.engine->start();
  CHECK(client.output.rfind("GET /a/b?c=d HTTP/1.1\r\n", 0) == 0);
  CHECK(client.output.find("\r\nHost: [::1]:8443\r\n") != std::string::npos);
  CHECK(client.output.find("\r\nAuthorization: Bearer abc\r\n") != std::string::npos);
  CHECK(client.output.find("\r\nX-One: 1\r\n") != std::string::npos);
  CHECK(client.output.find("\r\nSec-WebSocket-Protocol: first, second\r\n") != std::string::npos);
  CHECK(client.output.find("\r\nSec-WebSocket-Extensions:") == std::string::npos);
}

TEST_CASE("the default port is not part of the Host header") {
  WebSocketEngine::Request request;
  request.url = GENERATE("wss://example.test/", "ws://example.test:80/");
  Side client;
  client.engine = WebSocketEngine::client(client, request, limit);
  client.engine->start();
  CHECK(client.output.find("\r\nHost: example.test\r\n") != std::string::npos);
}

TEST_CASE("fragments with control frames in between make one message") {
  Pair pair(GENERATE(std::size_t{1000}, std::size_t{1}));
  // A two-byte character is cut by the fragments' border.
  pair.server.output = frame(0x01, "gr\xC3") + frame(0x89, "are you there") +
                       frame(0x00, "\xBC\xC3") + frame(0x8A, "unasked") +
                       frame(0x80,
                             "\x9F"
                             "e");
  pair.carry(pair.server, pair.client);
  REQUIRE(pair.client.messages.size() == 1);
  CHECK(pair.client.messages[0].second ==
        "gr\xC3\xBC\xC3\x9F"
        "e");
  CHECK(pair.client.pongs == std::vector<std::string>{"unasked"});
  pair.run();
  CHECK(pair.server.pongs == std::vector<std::string>{"are you there"});
}

TEST_CASE("a ping is answered with its payload") {
  Pair pair;
  pair.client.engine->ping("abc");
  pair.run();
  CHECK(pair.client.pongs == std::vector<std::string>{"abc"});
}

TEST_CASE("closing tells both sides code and reason, once") {
  Pair pair(GENERATE(std::size_t{1000}, std::size_t{1}));
  const bool fromClient = GENERATE(true, false);
  Side& closing = fromClient ? pair.client : pair.server;
  closing.engine->close(4001, "enough");
  pair.run();
  for (auto* side : {&pair.client, &pair.server}) {
    CHECK(side->closedCalls == 1);
    CHECK(side->closeCode == 4001);
    CHECK(side->closeReason == "enough");
    CHECK(!side->closeError);
  }
  closing.engine->send(MessageType::text, "late");
  closing.engine->ping("late");
  closing.engine->close(1000, "late");
  closing.engine->feed(frame(0x81, "late"));
  CHECK(closing.output.empty());
  CHECK(closing.messages.empty());
  CHECK(closing.closedCalls == 1);
}

TEST_CASE("a close frame without a code is reported as 1005") {
  Pair pair;
  pair.client.engine->feed(frame(0x88, ""));
  CHECK(pair.client.closedCalls == 1);
  CHECK(pair.client.closeCode == 1005);
  CHECK(!pair.client.closeError);
}

TEST_CASE("codes of the standard are reported as the peer's, not as our errors") {
  Pair pair;
  pair.client.engine->feed(frame(0x88, "\x03\xEAmy fault"));
  CHECK(pair.client.closeCode == 1002);
  CHECK(pair.client.closeReason == "my fault");
  CHECK(!pair.client.closeError);
}

TEST_CASE("when both sides close at once, each sees the other's code") {
  Pair pair;
  pair.client.engine->close(4001, "a");
  pair.server.engine->close(4002, "b");
  pair.run();
  CHECK(pair.client.closeCode == 4002);
  CHECK(pair.server.closeCode == 4001);
  CHECK(!pair.client.closeError);
  CHECK(!pair.server.closeError);
}

TEST_CASE("what breaks the protocol ends the connection with a close frame and a reason") {
  struct Case {
    std::string bytes;
    int code;
  };
  const auto c = GENERATE(values<Case>({
      {frame(0x81, "\xC3("), 1007},                 // bad UTF-8
      {frame(0x81, "abc\xE2\x82"), 1007},           // text ends inside a character
      {frame(0x01, "\xED\xA0"), 1007},              // first half of a surrogate
      {frame(0xC1, "a"), 1002},                     // reserved bit, no compression
      {frame(0x91, "a"), 1002},                     // reserved bit
      {frame(0x83, "a"), 1002},                     // reserved opcode
      {frame(0x8B, "a"), 1002},                     // reserved control opcode
      {frame(0x09, "a"), 1002},                     // fragmented ping
      {frame(0x89, std::string(126, 'a')), 1002},   // long ping
      {frame(0x80, "a"), 1002},                     // continuation of nothing
      {frame(0x01, "a") + frame(0x81, "b"), 1002},  // new message inside a message
      {std::string("\x81\x81\0\0\0\0a", 7), 1002},  // masked by the server
      {std::string("\x88\x01\x03", 3), 1002},       // half a close code
      {frame(0x88, "\x03\xEE"), 1002},              // 1006 on the wire
      {frame(0x88, "\x03\xE8\xFF"), 1002},          // close reason not UTF-8
      {frame(0x88, "\x03\xEA\xFF"), 1002},          // the same with code 1002
      {std::string("\x82\x7E\0\x05"
                   "abcde",
                   9),
       1011},  // length not minimally encoded
  }));
  Pair pair;
  pair.client.engine->feed(c.bytes);
  CHECK(sentCloseCode(pair.client.output) == c.code);
  REQUIRE(pair.client.closedCalls == 1);
  CHECK(pair.client.closeCode == c.code);
  CHECK(pair.client.closeError == make_error_code(Errc::protocolViolation));
  CHECK(!pair.client.closeReason.empty());
  CHECK(pair.client.messages.empty());
}

TEST_CASE("bad UTF-8 is noticed before its frame is complete") {
  Pair pair;
  const std::string bytes = frame(0x81, std::string(1000, 'a') + "\xFF" + std::string(1000, 'a'));
  pair.client.engine->feed(std::string_view(bytes).substr(0, 1004));
  CHECK(pair.client.closedCalls == 0);
  pair.client.engine->feed(std::string_view(bytes).substr(1004, 1));
  CHECK(pair.client.closedCalls == 1);
  CHECK(pair.client.closeCode == 1007);
}

TEST_CASE("a message over the limit is refused at its header") {
  Pair pair(1000, Pair::defaultRequest(), 1000);
  SECTION("one frame") {
    pair.client.engine->feed(frame(0x82, std::string(1000, 'a')));
    CHECK(pair.client.messages.size() == 1);
    pair.client.engine->feed(frame(0x82, std::string(1001, 'a')).substr(0, 4));
  }
  SECTION("fragments") {
    pair.client.engine->feed(frame(0x02, std::string(600, 'a')));
    CHECK(pair.client.closedCalls == 0);
    pair.client.engine->feed(frame(0x80, std::string(401, 'a')).substr(0, 4));
  }
  CHECK(sentCloseCode(pair.client.output) == 1009);
  CHECK(pair.client.closedCalls == 1);
  CHECK(pair.client.closeError == make_error_code(Errc::messageTooBig));
}

TEST_CASE("a text that is not UTF-8 is not sent") {
  Pair pair;
  CHECK_THROWS_AS(pair.client.engine->send(MessageType::text, "\xFF"), Error);
  CHECK_THROWS_AS(pair.client.engine->send(MessageType::text, "abc\xC3"), Error);
  CHECK(pair.client.output.empty());
  pair.client.engine->send(MessageType::binary, "\xFF");
  pair.run();
  CHECK(pair.server.messages.size() == 1);
}

TEST_CASE("a 101 that breaks the standard is an invalid upgrade") {
  Side client;
  client.engine = WebSocketEngine::client(client, Pair::defaultRequest(), limit);
  client.engine->start();
  client.engine->feed(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n");
  CHECK(!client.isOpen);
  CHECK(client.closedCalls == 1);
  CHECK(client.closeError == make_error_code(Errc::invalidUpgrade));
  CHECK(!client.closeReason.empty());
}

TEST_CASE("a request that is no upgrade is answered and reported by the server") {
  Side server;
  server.engine = WebSocketEngine::server(server, limit);
  server.engine->start();
  server.engine->feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(server.output.rfind("HTTP/1.1 426 ", 0) == 0);
  CHECK(server.closedCalls == 1);
  CHECK(server.closeError == make_error_code(Errc::invalidUpgrade));
}

TEST_CASE("an engine may be destroyed at any moment") {
  Side client;
  client.engine = WebSocketEngine::client(client, Pair::defaultRequest(), limit);
  SECTION("before the start") {}
  SECTION("during the handshake") {
    client.engine->start();
  }
  client.engine.reset();
  CHECK(client.closedCalls == 0);
}

TEST_CASE("frames that come with the upgrade answer are not lost") {
  Side client;
  Side server;
  client.engine = WebSocketEngine::client(client, Pair::defaultRequest(), limit);
  server.engine = WebSocketEngine::server(server, limit);
  server.engine->start();
  client.engine->start();
  server.engine->feed(client.output);
  server.engine->send(MessageType::text, "at once");
  client.engine->feed(server.output);
  REQUIRE(client.messages.size() == 1);
  CHECK(client.messages[0].second == "at once");
}

TEST_CASE("what came before a violation can be answered before the peer hears of it") {
  Pair pair;
  auto& client = pair.client;
  client.engine->take(frame(0x81, "good") + frame(0xF1, "bad") + frame(0x81, "ignored"));
  REQUIRE(client.messages.size() == 1);
  CHECK(client.messages[0].second == "good");
  CHECK(client.engine->hasFailed());
  CHECK(client.closedCalls == 0);
  CHECK(client.output.empty());
  client.engine->take(frame(0x81, "ignored"));
  client.engine->ping("no more");
  CHECK(client.output.empty());
  client.engine->send(MessageType::text, "good");
  const std::size_t answerSize = client.output.size();
  CHECK(answerSize == 2 + 4 + 4);
  client.engine->settle();
  CHECK_FALSE(client.engine->hasFailed());
  CHECK(client.closedCalls == 1);
  CHECK(client.closeError == Errc::protocolViolation);
  CHECK(sentCloseCode(client.output.substr(answerSize)) == 1002);
  client.engine->settle();
  client.engine->send(MessageType::text, "late");
  CHECK(client.closedCalls == 1);
  CHECK(client.output.size() == answerSize + 8 + client.closeReason.size());
}

TEST_CASE("a close of our own behind a violation is the violation's") {
  Pair pair;
  auto& client = pair.client;
  client.engine->take(frame(0xF1, "bad"));
  client.engine->close(1000, "");
  CHECK(client.closedCalls == 1);
  CHECK(client.closeError == Errc::protocolViolation);
  CHECK(sentCloseCode(client.output) == 1002);
}
