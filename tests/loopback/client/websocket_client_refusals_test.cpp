#include "catch.hpp"
#include "support/client_calls.hpp"
#include "wsferry/core/detail/error/passing.hpp"

using namespace support;
using namespace wsferry;

namespace {

constexpr const char* secret = "s3cret-value";

bool mentions(const ConnectResult& result, const std::string& words) {
  return result.info.message.find(words) != std::string::npos;
}

/// Answers every upgrade with the same bytes and hangs up.
ScriptedServer::Script answering(std::string bytes) {
  return [bytes = std::move(bytes)](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, bytes);
  };
}

/// Answers, and leaves the connection open.
ScriptedServer::Script answeringAndWaiting(std::string bytes) {
  return [bytes = std::move(bytes)](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, bytes);
    readToEnd(socket);
  };
}

/// A port that nobody listens to, nor gets while this is there.
struct ClosedPort {
  asio::io_context context;
  tcp::acceptor acceptor{context, tcp::v4()};
  ClosedPort() { acceptor.bind({asio::ip::address_v4::loopback(), 0}); }
  std::uint16_t number() const { return acceptor.local_endpoint().port(); }
};

WebSocketOptions withSecrets() {
  WebSocketOptions options;
  options.bearerToken = secret;
  options.headers = {{"Cookie", secret}};
  return options;
}

}  // namespace

TEST_CASE("refused upgrades come with code, status, headers, body and a remedy, and no secrets") {
  struct Case {
    std::string status;
    Errc error;
    const char* words;
  };
  const auto c = GENERATE(values<Case>({
      {"401 Unauthorized", Errc::notAuthenticated, "expired"},
      {"403 Forbidden", Errc::notAuthorized, "permission"},
      {"404 Not Found", Errc::notFound, "Upgrade header"},
      {"400 Bad Request", Errc::upgradeRefused, "Upgrade header"},
      {"200 OK", Errc::upgradeRefused, "Upgrade header"},
      {"302 Found", Errc::upgradeRefused, "https://elsewhere.test/login"},
      {"500 Internal Server Error", Errc::upgradeRefused, "log"},
      {"503", Errc::upgradeRefused, "503"},
  }));
  const std::string body = "<html>why</html>";
  const std::string head = "HTTP/1.1 " + c.status +
                           "\r\nX-Why: because\r\nSet-Cookie: session=1\r\n"
                           "Location: https://elsewhere.test/login?token=1\r\n";
  const bool chunked = GENERATE(true, false);
  ScriptedServer server(answeringAndWaiting(
      chunked
          ? head +
                "Transfer-Encoding: chunked\r\n\r\n6\r\n<html>\r\na;x=y\r\nwhy</html>\r\n0\r\n\r\n"
          : head + "Content-Length: 16\r\n\r\n" + body));
  WebSocketClient client(withSecrets());
  const auto result = connect(client, "ws://" + server.authority() + "/path?key=" + secret);
  CHECK(result.error == make_error_code(c.error));
  CHECK(result.info.httpStatus == std::stoi(c.status));
  CHECK(result.info.httpBody == body);
  CHECK(result.info.httpHeaders.front() ==
        std::make_pair(std::string("X-Why"), std::string("because")));
  CHECK(mentions(result, c.words));
  CHECK(mentions(result, server.authority() + "/path"));
  CHECK(!mentions(result, secret));
  CHECK(!mentions(result, "token=1"));
  for (const auto& header : result.info.httpHeaders) {
    CHECK(header.first != "Set-Cookie");
  }
}

TEST_CASE("a body without length ends with the connection, and is cut at 64 KiB") {
  SECTION("short") {
    ScriptedServer server(answering("HTTP/1.0 500 Oops\r\n\r\nsorry"));
    WebSocketClient client(WebSocketOptions{});
    const auto result = connect(client, "ws://" + server.authority());
    CHECK(result.error == make_error_code(Errc::upgradeRefused));
    CHECK(result.info.httpBody == "sorry");
  }
  SECTION("long") {
    ScriptedServer server(answering("HTTP/1.0 500 Oops\r\n\r\n" + std::string(200'000, 'x')));
    WebSocketClient client(WebSocketOptions{});
    CHECK(connect(client, "ws://" + server.authority()).info.httpBody.size() == 65536);
  }
  SECTION("never ending: the handshake's deadline ends it") {
    ScriptedServer server(answeringAndWaiting("HTTP/1.1 404 Gone\r\n\r\npart"));
    WebSocketOptions options;
    options.handshakeTimeout = Duration(50);
    WebSocketClient client(options);
    const auto result = connect(client, "ws://" + server.authority());
    CHECK(result.error == make_error_code(Errc::notFound));
    CHECK(result.info.httpBody == "part");
  }
}

TEST_CASE("a refusal that repeats the credentials does not bring them into the error") {
  const std::string answer = "HTTP/1.1 403 Forbidden\r\nX-Seen: Bearer " + std::string(secret) +
                             "\r\n\r\nyou sent " + secret + " and " + secret;
  ScriptedServer server(answering(answer));
  WebSocketOptions options;
  options.bearerToken = secret;
  WebSocketClient client(options);
  const auto result = connect(client, "ws://" + server.authority());
  CHECK(result.info.httpBody == "you sent *** and ***");
  CHECK(result.info.httpHeaders.front().second == "Bearer ***");
}

TEST_CASE("interim answers are skipped, and an answer may come byte by byte") {
  ScriptedServer server([](tcp::socket& socket) {
    socket.set_option(tcp::no_delay(true));
    const std::string answer =
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + upgradeAnswer(readHead(socket), "");
    for (const char c : answer) {
      writeAll(socket, {&c, 1});
    }
    writeAll(socket, "\x81\x02hi");
    readToEnd(socket);
  });
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  CHECK(get(startReceive(client)).second.payload == "hi");
}

TEST_CASE("answers that are no valid upgrade are told apart") {
  struct Case {
    std::string bytes;
    Errc error;
    const char* words;
  };
  const auto c = GENERATE(values<Case>({
      {"SSH-2.0-OpenSSH_9.2\r\n", Errc::invalidUpgrade, "does not speak HTTP"},
      {"HTTP/1.1 what\r\n\r\n", Errc::invalidUpgrade, "damaged"},
      {"HTTP/1.1 101 Ok\r\nno colon\r\n\r\n", Errc::invalidUpgrade, "damaged"},
      {"HTTP/1.1 404 Not", Errc::connectionLost, "ended the connection within"},
      {"HTT", Errc::connectionLost, "ended the connection within"},
      {"HTTP/1.1 404 Not Found\r\nX: " + std::string(20'000, 'x'), Errc::invalidUpgrade,
       "15 KiB of headers"},
      {"", Errc::connectionLost, "without answering"},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
       Errc::invalidUpgrade, "required HTTP header"},
      {"HTTP/1.1 99999999999999999999\r\n\r\n", Errc::invalidUpgrade, "damaged"},
      {std::string("\x15\x03\x01\x00\x02\x02\x46", 7), Errc::invalidUpgrade, "use an https"},
  }));
  ScriptedServer server(answering(c.bytes));
  WebSocketClient client(WebSocketOptions{});
  const auto result = connect(client, "ws://" + server.authority());
  CHECK(result.error == make_error_code(c.error));
  CHECK(mentions(result, c.words));
  CHECK(mayPass(result.error, result.info) == (c.error == Errc::connectionLost));
}

TEST_CASE("HTTP/1.0 knows no upgrades") {
  ScriptedServer server([](tcp::socket& socket) {
    std::string answer = upgradeAnswer(readHead(socket), "");
    REQUIRE(answer.compare(0, 8, "HTTP/1.1") == 0);
    answer[7] = '0';
    writeAll(socket, answer);
    readToEnd(socket);
  });
  WebSocketClient client(WebSocketOptions{});
  const auto result = connect(client, "ws://" + server.authority());
  CHECK(result.error == make_error_code(Errc::invalidUpgrade));
  CHECK(mentions(result, "HTTP/1.0"));
}

TEST_CASE("a refusal says when to try again, where the server says it") {
  const std::string status = GENERATE("429 Too Many Requests", "503 Unavailable");
  ScriptedServer server(
      answering("HTTP/1.1 " + status + "\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n"));
  WebSocketClient client(WebSocketOptions{});
  const auto result = connect(client, "ws://" + server.authority());
  CHECK(result.error == make_error_code(Errc::upgradeRefused));
  CHECK(mentions(result, "Try again in 120 s"));
}

TEST_CASE("the address of a redirect can be typed") {
  struct Case {
    std::string location;
    std::string address;
  };
  const auto c = GENERATE(values<Case>({
      {"https://elsewhere.test/a?token=1#x", "\"https://elsewhere.test/a\""},
      {"//elsewhere.test/a", "\"ws://elsewhere.test/a\""},
      {"/login", "\"ws://HOST/login\""},
      {"login", "\"ws://HOST/path/login\""},
      {"?a=b", "\"ws://HOST/path/here\""},
  }));
  ScriptedServer server(
      answering("HTTP/1.1 302 Found\r\nLocation: " + c.location + "\r\nContent-Length: 0\r\n\r\n"));
  WebSocketClient client(WebSocketOptions{});
  const auto result = connect(client, "ws://" + server.authority() + "/path/here?key=1");
  std::string address = c.address;
  if (const auto host = address.find("HOST"); host != std::string::npos) {
    address.replace(host, 4, server.authority());
  }
  INFO(result.info.message);
  CHECK(mentions(result, "redirects to " + address));
}

TEST_CASE("a port that speaks TLS is told as such to a plain request, however it refuses") {
  const std::string answer =
      GENERATE("HTTP/1.1 400 Bad Request\r\n\r\nThe plain HTTP request was sent to HTTPS port",
               "HTTP/1.1 400 Bad Request\r\n\r\nspeaking plain HTTP to an SSL-enabled port", "");
  ScriptedServer server(answering(answer));
  WebSocketClient client(WebSocketOptions{});
  const auto result = connect(client, "ws://" + server.authority());
  CHECK(mentions(result, "speaks TLS"));
  CHECK(mentions(result, "wss"));
}

TEST_CASE("extensions and subprotocols that nobody asked for are refused") {
  const std::string header = GENERATE("Sec-WebSocket-Extensions: permessage-deflate\r\n",
                                      "Sec-WebSocket-Protocol: other\r\n");
  ScriptedServer server([&](tcp::socket& socket) {
    writeAll(socket, upgradeAnswer(readHead(socket), header));
    readToEnd(socket);
  });
  WebSocketClient client(WebSocketOptions{});
  const auto result = connect(client, "ws://" + server.authority());
  CHECK(result.error == make_error_code(Errc::invalidUpgrade));
  CHECK(mentions(result, "not requested"));
}

TEST_CASE("raw subprotocols go out as they are, in one header") {
  std::promise<std::string> request;
  ScriptedServer server([&](tcp::socket& socket) {
    const std::string head = readHead(socket);
    request.set_value(head);
    writeAll(socket, upgradeAnswer(head, "Sec-WebSocket-Protocol: Basic a/b=\r\n"));
    readToEnd(socket);
  });
  WebSocketOptions options;
  options.subprotocols = {"first", "Basic a/b="};
  options.rawSubprotocols = true;
  options.requireSubprotocol = true;
  WebSocketClient client(options);
  CHECK(!connect(client, "ws://" + server.authority()).error);
  CHECK(client.subprotocol() == "Basic a/b=");
  const std::string head = get(request.get_future());
  CHECK(head.find("\r\nSec-WebSocket-Protocol: first, Basic a/b=\r\n") != std::string::npos);
  CHECK(head.find("Protocol") == head.rfind("Protocol"));
}

TEST_CASE("no choice of a subprotocol is refused where one is required") {
  ScriptedServer server([&](tcp::socket& socket) {
    writeAll(socket, upgradeAnswer(readHead(socket), ""));
    readToEnd(socket);
  });
  WebSocketOptions options;
  options.subprotocols = {"first"};
  options.requireSubprotocol = true;
  WebSocketClient client(options);
  const auto result = connect(client, "ws://" + server.authority());
  CHECK(result.error == make_error_code(Errc::invalidUpgrade));
  CHECK(mentions(result, "required"));
}

TEST_CASE("a refusal does not bring secrets from other places into the error") {
  ScriptedServer server(answering("HTTP/1.1 401 Unauthorized\r\n\r\nno " + std::string(secret)));
  WebSocketOptions options;
  options.secrets = {secret};
  WebSocketClient client(options);
  const auto result = connect(client, "ws://" + server.authority() + "/?access_token=" + secret);
  CHECK(result.error == make_error_code(Errc::notAuthenticated));
  CHECK(result.info.httpBody == "no ***");
  CHECK(!mentions(result, secret));
}

TEST_CASE("no answer to the upgrade ends at the handshake's deadline") {
  ScriptedServer server(readToEnd<tcp::socket>);
  WebSocketOptions options;
  options.handshakeTimeout = Duration(50);
  WebSocketClient client(options);
  const auto result = connect(client, "ws://" + server.authority());
  CHECK(result.error == make_error_code(Errc::connectTimedOut));
  CHECK(mentions(result, "did not answer the upgrade request within 50 ms"));
}

TEST_CASE("a TLS handshake that never goes on ends at the connect deadline") {
  ScriptedServer server(readToEnd<tcp::socket>);
  WebSocketOptions options;
  options.connectTimeout = Duration(50);
  WebSocketClient client(options);
  const auto result = connect(client, "wss://" + server.authority());
  CHECK(result.error == make_error_code(Errc::connectTimedOut));
  CHECK(mentions(result, "making the TLS handshake"));
}

TEST_CASE("nobody listens") {
  const ClosedPort port;
  WebSocketClient client(WebSocketOptions{});
  const auto result = connect(client, "ws://localhost:" + std::to_string(port.number()));
  CHECK(result.error == make_error_code(Errc::connectFailed));
  CHECK(mentions(result, "localhost"));
  CHECK(result.info.address.find("ws://localhost:") == 0);
  CHECK(result.info.peer == ErrorPeer::remote);
  CHECK(get(startSend(client, MessageType::text, "x")) == make_error_code(Errc::connectFailed));
}

TEST_CASE("an unknown host") {
  WebSocketClient client(WebSocketOptions{});
  const auto result = connect(client, "ws://nonexistent.invalid");
  CHECK(result.error == make_error_code(Errc::nameNotResolved));
  CHECK(mentions(result, "nonexistent.invalid"));
}

TEST_CASE("the blocking form throws what the other reports") {
  ScriptedServer server(answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"));
  WebSocketClient client(WebSocketOptions{});
  try {
    client.connect(Url::parse("ws://" + server.authority()));
    FAIL("connected");
  } catch (const Error& error) {
    CHECK(error.code() == make_error_code(Errc::notAuthorized));
    CHECK(error.info().httpBody == "no");
  }
}

TEST_CASE("credentials do not cross a plaintext network") {
  // No such host is asked for anything: the refusal comes first.
  const std::string url = "ws://nonexistent.invalid/";
  WebSocketOptions options;
  SECTION("token") {
    options.bearerToken = secret;
  }
  SECTION("header") {
    options.headers = {{GENERATE("authorization", "COOKIE", "Proxy-Authorization"), secret}};
  }
  SECTION("elsewhere") {
    options.secrets = {secret};
  }
  WebSocketClient client(options);
  const auto result = connect(client, url);
  CHECK(result.error == make_error_code(Errc::plaintextCredentials));
  CHECK(!mentions(result, secret));

  options.allowPlaintextCredentials = true;
  WebSocketClient allowed(options);
  CHECK(connect(allowed, url).error == make_error_code(Errc::nameNotResolved));
}

TEST_CASE("a proxy elsewhere makes a local address a remote one") {
  WebSocketOptions options;
  options.bearerToken = secret;
  options.proxy = "http://nonexistent.invalid";
  WebSocketClient client(options);
  CHECK(connect(client, "ws://127.0.0.1:9").error == make_error_code(Errc::plaintextCredentials));
}

TEST_CASE("options that cannot be used are refused without a network") {
  WebSocketOptions options;
  std::string url = "ws://nonexistent.invalid";
  std::string about = "headers";
  SECTION("token with a line end") {
    about = "bearerToken";
    options.bearerToken = "abc\n";
  }
  SECTION("header value") {
    options.headers = {{"X", "a\r\nY: b"}};
  }
  SECTION("header name") {
    options.headers = {{GENERATE("", "a b", "a:", "a\n"), "x"}};
  }
  SECTION("reserved header") {
    options.headers = {{GENERATE("host", "Upgrade"), "x"}};
  }
  SECTION("two authorizations") {
    options.bearerToken = "a";
    options.headers = {{"authorization", "b"}};
  }
  SECTION("subprotocol") {
    about = "subprotocols";
    options.subprotocols = {GENERATE("a b", "", "a,b")};
  }
  SECTION("raw subprotocol") {
    about = "subprotocols";
    options.subprotocols = {"a\r\nb: c"};
    options.rawSubprotocols = true;
  }
  SECTION("proxy") {
    about = "proxy";
    options.proxy = GENERATE("https://x", "x:3128", "http://", "http://u%2@x", "http://x/path");
  }
  SECTION("CA file") {
    about = "tls.caFile";
    url = "wss://nonexistent.invalid";
    options.tls.caFile = "/nonexistent.pem";
  }
  WebSocketClient client(options);
  const auto result = connect(client, url);
  CHECK(result.error == make_error_code(Errc::invalidOption));
  CHECK(result.info.option == about);
  CHECK(result.info.address.empty());
}

TEST_CASE("a URL made by hand is checked as well") {
  WebSocketClient client(WebSocketOptions{});
  Url url;
  url.host = "127.0.0.1";
  url.port = 9;
  url.target = "/ HTTP/1.1\r\nX: y";
  CHECK_THROWS_AS(client.connect(url), Error);
}

TEST_CASE("connect works once") {
  ScriptedServer server([](tcp::socket& socket) { ServerPeer<tcp::socket>(socket).echo(); });
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  CHECK(connect(client, "ws://" + server.authority()).error == make_error_code(Errc::invalidState));
  CHECK(!get(startSend(client, MessageType::text, "still works")));
}

TEST_CASE("calls before connect are refused") {
  WebSocketClient client(WebSocketOptions{});
  CHECK(get(startSend(client, MessageType::text, "x")) == make_error_code(Errc::invalidState));
  CHECK(get(startReceive(client)).first == make_error_code(Errc::invalidState));
  CHECK(get(startPing(client)) == make_error_code(Errc::invalidState));
  CHECK(get(startClose(client, 1000, "")) == make_error_code(Errc::invalidState));
}

TEST_CASE("a proxy opens a tunnel, with credentials of its own") {
  std::promise<std::string> request;
  ScriptedServer proxy([&](tcp::socket& socket) {
    request.set_value(readHead(socket));
    writeAll(socket, "HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n");
    ServerPeer<tcp::socket>(socket).echo();
  });
  WebSocketOptions options;
  options.proxy = "http://us%65r:p%40ss@" + proxy.authority();
  WebSocketClient client(options);
  const auto result = connect(client, "ws://server.test:1337/admin");
  REQUIRE(!result.error);
  CHECK(get(request.get_future()) ==
        "CONNECT server.test:1337 HTTP/1.1\r\nHost: server.test:1337\r\n"
        "Proxy-Authorization: Basic dXNlcjpwQHNz\r\n\r\n");
  CHECK(!get(startSend(client, MessageType::text, "through")));
  CHECK(get(startReceive(client)).second.payload == "through");
}

TEST_CASE("a proxy's user without a password is sent with the colon") {
  std::promise<std::string> request;
  ScriptedServer proxy([&](tcp::socket& socket) { request.set_value(readHead(socket)); });
  WebSocketOptions options;
  options.proxy = "http://user@" + proxy.authority();
  WebSocketClient client(options);
  const auto result = connect(client, "ws://server.test");
  CHECK(result.error == make_error_code(Errc::proxyRefused));
  const std::string head = get(request.get_future());
  CHECK(head.find("Proxy-Authorization: Basic dXNlcjo=\r\n") != std::string::npos);
}

TEST_CASE("a proxy's refusal is told with its status and body") {
  struct Case {
    std::string answer;
    int status;
    const char* words;
  };
  const auto c = GENERATE(values<Case>({
      {"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno", 407,
       "user name"},
      {"HTTP/1.1 403 Forbidden\r\n\r\nno", 403, "operator"},
      {"SSH-2.0\r\n", 0, "does not speak HTTP"},
      {"HTTP/1.1 407 No\r\nX: " + std::string(20'000, 'x'), 407, "407 and more than 15 KiB"},
      {"HTTP/1.1 503 No\r\nX: ", 0, "ended the connection within its answer"},
      {"HTTP/1.1 x\r\n\r\n", 0, "damaged"},
      {"", 0, "without an answer"},
  }));
  ScriptedServer proxy(answering(c.answer));
  WebSocketOptions options;
  options.proxy = "http://user:" + std::string(secret) + "@" + proxy.authority();
  WebSocketClient client(options);
  const auto result = connect(client, GENERATE("ws://server.test", "wss://server.test"));
  CHECK(result.error == make_error_code(Errc::proxyRefused));
  CHECK(result.info.httpStatus == c.status);
  const bool hasBody =
      c.answer.substr(c.answer.size() - std::min(c.answer.size(), std::size_t{2})) == "no";
  CHECK(result.info.httpBody == (hasBody ? "no" : ""));
  CHECK((result.info.cause == ErrorCause::notHttp) == (c.answer == "SSH-2.0\r\n"));
  CHECK(mentions(result, c.words));
  CHECK(!mentions(result, secret));
  CHECK(result.info.address == proxy.authority());
  CHECK(result.info.peer == ErrorPeer::proxy);
}

TEST_CASE("behind a proxy it is the server that fails") {
  ScriptedServer proxy([](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, "HTTP/1.1 200 OK\r\n\r\n");
    readHead(socket);
    writeAll(socket, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  });
  WebSocketOptions options;
  options.proxy = "http://" + proxy.authority();
  WebSocketClient client(options);
  const auto result = connect(client, "ws://server.test/a?x=b");
  CHECK(result.error == make_error_code(Errc::notFound));
  CHECK(result.info.address == "ws://server.test/a");
  CHECK(result.info.peer == ErrorPeer::remote);
}

TEST_CASE("what a proxy repeats of its credentials is not shown") {
  // The password, with the user's name, and both as they are sent.
  const std::string repeated = GENERATE("p@ss-word", "user:p@ss-word", "p%40ss-word",
                                        "dXNlcjpwQHNzLXdvcmQ=", "Basic dXNlcjpwQHNzLXdvcmQ=");
  const std::string status = GENERATE("407", "503", "403");
  ScriptedServer proxy(answering("HTTP/1.1 " + status + " no " + repeated +
                                 "\r\nX-Seen: " + repeated + "\r\nRetry-After: " + repeated +
                                 "\r\n\r\nyou sent \"" + repeated + "\""));
  WebSocketOptions options;
  options.proxy = "http://user:p%40ss-word@" + proxy.authority();
  WebSocketClient client(options);
  const auto result = connect(client, "ws://server.test");
  CHECK(result.error == make_error_code(Errc::proxyRefused));
  CHECK(mentions(result, "answered " + status + " no ***"));
  CHECK(result.info.httpBody == "you sent \"***\"");
  REQUIRE_FALSE(result.info.httpHeaders.empty());
  for (const auto& header : result.info.httpHeaders) {
    CHECK(header.second == "***");
  }
  for (const std::string part : {"ss-word", "dXNlcj"}) {
    CHECK(!mentions(result, part));
  }
}

TEST_CASE("a proxy that does not answer ends at the connect deadline") {
  ScriptedServer proxy(readToEnd<tcp::socket>);
  WebSocketOptions options;
  options.proxy = "http://" + proxy.authority();
  options.connectTimeout = Duration(50);
  WebSocketClient client(options);
  const auto result = connect(client, "ws://server.test");
  CHECK(result.error == make_error_code(Errc::connectTimedOut));
  CHECK(mentions(result, "the proxy"));
  CHECK(result.info.peer == ErrorPeer::proxy);
}

TEST_CASE("a proxy's refusal without an end is told at the connect deadline") {
  const std::string token(200, 'x');
  ScriptedServer proxy(answeringAndWaiting("HTTP/1.1 407 No\r\n\r\nnot user:" + token.substr(1)));
  WebSocketOptions options;
  options.proxy = "http://user:" + token + "@" + proxy.authority();
  options.connectTimeout = Duration(200);
  WebSocketClient client(options);
  const auto result = connect(client, "ws://server.test");
  CHECK(result.error == make_error_code(Errc::proxyRefused));
  CHECK(result.info.httpStatus == 407);
  CHECK(result.info.httpBody == "not ***");
  CHECK(result.info.peer == ErrorPeer::proxy);
}

TEST_CASE("a path that servers refuse is told from an upgrade that got lost") {
  struct Case {
    const char* target;
    const char* body;
    const char* words;
  };
  const auto c = GENERATE(values<Case>({{"//admin/x", "no", "write a single /"},
                                        {"/a//b?c", "", "write a single /"},
                                        {"/a/..%2f", "Malicious Path", "look for .. and %"}}));
  const std::string body = c.body;
  ScriptedServer server(answering("HTTP/1.1 400 Bad Request\r\nContent-Length: " +
                                  std::to_string(body.size()) + "\r\n\r\n" + body));
  WebSocketClient client(withSecrets());
  const auto result = connect(client, "ws://" + server.authority() + c.target);
  CHECK(result.error == make_error_code(Errc::upgradeRefused));
  CHECK(mentions(result, c.words));
  CHECK_FALSE(mentions(result, "Upgrade header"));
}

TEST_CASE("two slashes in the query are no part of the path") {
  ScriptedServer server(answering("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
  WebSocketClient client(withSecrets());
  const auto result = connect(client, "ws://" + server.authority() + "/a?b=c//d");
  CHECK(mentions(result, "Upgrade header"));
}
