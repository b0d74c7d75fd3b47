#include <algorithm>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/read.hpp>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/http_calls.hpp"

using namespace support;
using namespace wsferry;
using support::contains;
using wsferry::http::Client;
using wsferry::http::ClientOptions;
using wsferry::http::Exchange;
using wsferry::http::HttpErrc;
using wsferry::http::Request;

namespace {

Request get(const ScriptedServer& server, const std::string& target = "/") {
  Request request;
  request.url = Url::parse("http://" + server.authority() + target);
  return request;
}

ClientOptions quick() {
  ClientOptions options;
  options.connectTimeout = Duration{300};
  options.responseTimeout = Duration{300};
  options.stallTimeout = Duration{300};
  return options;
}

}  // namespace

TEST_CASE("a response comes with status, headers and body, and the connection is kept") {
  RunningContext running;
  std::string head;
  ScriptedServer server(answering([&head](const std::string& request) {
    head = request;
    return httpAnswer("hello", "404 Not Found", "X-Test:  a value \r\n");
  }));
  Client client(running.context(), {});
  for (int i = 0; i < 3; ++i) {  // the server plays one connection only
    const auto result = fetch(client, get(server, "/a/../b?c=d%20e"));
    INFO(result.info.message);
    REQUIRE(!result.error);
    CHECK(result.value.head.status == 404);
    CHECK(result.value.head.header("x-test") == "a value");
    CHECK(result.value.head.contentLength() == 5u);
    CHECK(result.value.head.url.target == "/a/../b?c=d%20e");
    CHECK(!result.value.head.isPublicPeer);
    CHECK(result.value.body == "hello");
    CHECK(contains(head, "GET /a/../b?c=d%20e HTTP/1.1\r\nHost: " + server.authority() + "\r\n"));
  }
}

TEST_CASE("a body may be chunked, end with the connection, be empty, or be left out") {
  RunningContext running;
  const auto row = GENERATE(table<std::string, std::string>({
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX: "
       "y\r\n\r\n",
       "abcde"},
      {"HTTP/1.0 200 OK\r\n\r\nto the end", "to the end"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
      {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
       "ok"},
  }));
  const std::string& body = std::get<1>(row);
  ScriptedServer server([answer = std::get<0>(row)](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, answer);
  });
  Client client(running.context(), {});
  const auto result = fetch(client, get(server));
  INFO(result.info.message);
  CHECK(!result.error);
  CHECK(result.value.body == body);
  CHECK(result.value.head.header("Link").empty());
}

TEST_CASE("a HEAD has the length of a body and none") {
  RunningContext running;
  ScriptedServer server(answering([](const std::string& request) {
    return contains(request, "HEAD / ") ? "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
                                        : "HTTP/1.1 400 Bad Request\r\n\r\n";
  }));
  Client client(running.context(), {});
  Request request = get(server);
  request.method = "HEAD";
  const auto result = fetch(client, request);
  CHECK(!result.error);
  CHECK(result.value.head.contentLength() == 1000u);
  CHECK(result.value.body.empty());
}

TEST_CASE("a request carries its body, the options' headers and its own") {
  RunningContext running;
  std::string request;
  ScriptedServer server([&request](tcp::socket& socket) {
    asio::read_until(socket, asio::dynamic_buffer(request), "the body");
    writeAll(socket, httpAnswer(""));
  });
  ClientOptions options;
  options.bearerToken = "token";
  options.headers = {{"X-First", "1"}};
  Client client(running.context(), options);
  Request post = get(server);
  post.method = "POST";
  post.body = "the body";
  post.headers = {{"Content-Type", "text/plain"}, {"X-Empty", ""}};
  CHECK(!fetch(client, post).error);
  CHECK(contains(request, "POST / HTTP/1.1"));
  CHECK(contains(request, "Authorization: Bearer token\r\nX-First: 1\r\n"));
  CHECK(contains(request, "Content-Type: text/plain\r\n"));
  CHECK(contains(request, "X-Empty:\r\n"));
  CHECK(contains(request, "Content-Length: 8\r\n"));
  CHECK(!contains(request, "Expect:"));
}

TEST_CASE("a body goes out within the rate limit, for longer than the response may take") {
  RunningContext running;
  const std::string body(2'000'000, 'b');
  std::string received;
  ScriptedServer server([&](tcp::socket& socket) {
    asio::read_until(socket, asio::dynamic_buffer(received), "\r\n\r\n");
    received.erase(0, received.find("\r\n\r\n") + 4);
    asio::read(socket, asio::dynamic_buffer(received),
               asio::transfer_exactly(body.size() - received.size()));
    writeAll(socket, httpAnswer("taken"));
  });
  ClientOptions options = quick();
  options.rateLimit = std::make_shared<RateLimit>(2'000'000);
  Client client(running.context(), options);
  Request request = get(server);
  request.method = GENERATE("POST", "PUT");
  request.body = body;
  const auto began = Clock::now();
  const auto result = fetch(client, request);
  INFO(result.info.message);
  CHECK(!result.error);
  CHECK(result.value.body == "taken");
  CHECK((received == body));
  const std::chrono::duration<double> took = Clock::now() - began;
  CHECK(took.count() >= 0.9);
}

TEST_CASE("a body that the server takes no more of ends with the stall, not with the response") {
  RunningContext running;
  std::promise<void> ended;
  ScriptedServer server([&ended](tcp::socket& socket) {
    readHead(socket);
    ended.get_future().wait();
  });
  ClientOptions options;
  options.stallTimeout = Duration{300};
  Client client(running.context(), options);
  Request request = get(server);
  request.method = "POST";
  request.body = std::string(50'000'000, 'b');
  const auto result = fetch(client, request);
  ended.set_value();
  CHECK(result.error == make_error_code(Errc::timedOut));
  CHECK(contains(result.info.message, "took no byte"));
}

TEST_CASE("a body is sent again where a kept connection turns out to be dead") {
  RunningContext running;
  std::vector<std::string> bodies;
  ScriptedServer server(
      [&bodies](tcp::socket& socket) {
        std::string received;
        asio::read_until(socket, asio::dynamic_buffer(received), "the body");
        bodies.push_back(received.substr(received.find("\r\n\r\n") + 4));
        writeAll(socket, httpAnswer(""));
      },
      3);
  Client client(running.context(), {});
  Request request = get(server);
  request.method = "POST";
  request.body = "the body";
  for (int i = 0; i < 3; ++i) {
    const auto result = fetch(client, request);
    INFO(result.info.message);
    CHECK(!result.error);
  }
  CHECK(bodies == std::vector<std::string>(3, "the body"));
}

TEST_CASE("bodies pass in blocks in both directions, not faster than the rate limit") {
  RunningContext running;
  const std::uint64_t rate = GENERATE(0u, 40'000'000u);
  const bool isSizeKnown = GENERATE(true, false);
  const std::size_t size = 3'000'000;
  std::string head;
  std::size_t received = 0;
  ScriptedServer server([&](tcp::socket& socket) {
    asio::read_until(socket, asio::dynamic_buffer(head), "\r\n\r\n");
    const auto end = head.find("\r\n\r\n") + 4;
    std::string body = head.substr(end);
    head.resize(end);
    std::array<char, 65536> buffer{};
    while (isSizeKnown ? body.size() < size : !contains(body, "\r\n0\r\n\r\n")) {
      body.append(buffer.data(), socket.read_some(asio::buffer(buffer)));
    }
    received = body.size();
    writeAll(socket, httpAnswer(std::string(size, 'r')));
  });
  ClientOptions options;
  options.rateLimit = rate == 0 ? nullptr : std::make_shared<RateLimit>(rate);
  const auto began = Clock::now();
  Client client(running.context(), options);
  Request request = get(server);
  request.method = "POST";
  request.streamsBody = true;
  if (isSizeKnown) {
    request.bodySize = size;
  }
  Exchange exchange(client, request);
  auto answered = start(exchange);
  for (std::size_t sent = 0; sent < size; sent += 100'000) {
    REQUIRE(!write(exchange, std::string(100'000, 's')));
  }
  exchange.endBody();
  const auto answer = get(std::move(answered));
  INFO(answer.info.message);
  REQUIRE(!answer.error);
  const auto body = readAll(exchange);
  CHECK(!body.error);
  CHECK((body.value == std::string(size, 'r')));
  CHECK(contains(head, isSizeKnown ? "Content-Length: 3000000" : "Transfer-Encoding: chunked"));
  CHECK(received >= size);
  if (rate != 0) {
    const std::chrono::duration<double> took = Clock::now() - began;
    CHECK(took.count() >= 0.9 * 2 * static_cast<double>(size) / static_cast<double>(rate));
  }
}

TEST_CASE("a fetch goes on while the rate limit has it pause for longer than its deadlines") {
  RunningContext running;
  const std::string body(100'000, 'x');
  ScriptedServer server(answering([&body](const std::string&) { return httpAnswer(body); }));
  ClientOptions options;
  options.connectTimeout = options.responseTimeout = Duration{20};
  options.rateLimit = std::make_shared<RateLimit>(200'000);
  Client client(running.context(), options);
  const auto result = fetch(client, get(server));
  INFO(result.info.message);
  CHECK(!result.error);
  CHECK(result.value.body.size() == body.size());
}

TEST_CASE("a body that is too long is told at once, also behind a pause") {
  RunningContext running;
  ScriptedServer server([](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, httpAnswer(std::string(100'000, 'x')).substr(0, 35'000));
    readToEnd(socket);
  });
  ClientOptions options;
  options.rateLimit = std::make_shared<RateLimit>(200'000);  // 20,000 bytes at a time
  options.bodyLimit = 25'000;
  options.stallTimeout = Duration{3'000};
  Client client(running.context(), options);
  const auto result = fetch(client, get(server));
  INFO(result.info.message);
  CHECK(result.error == make_error_code(Errc::messageTooBig));
}

TEST_CASE("a body that comes more slowly than it must is given up") {
  RunningContext running;
  ScriptedServer server([](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
    while (true) {  // Until the client leaves.
      writeAll(socket, "x");
    }
  });
  ClientOptions options = quick();
  options.stallBytes = 1'000'000'000;
  options.bodyLimit = 1'000'000'000;
  Client client(running.context(), options);
  const auto result = fetch(client, get(server));
  CHECK(result.error == make_error_code(Errc::timedOut));
  CHECK(contains(result.info.message, "Only "));
}

TEST_CASE("a head that drips is late") {
  RunningContext running;
  const ClientOptions options = quick();
  ScriptedServer server([&options](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, "HTTP/1.1 200 OK\r\n");
    while (true) {  // Until the client leaves.
      asio::steady_timer pause(socket.get_executor(), options.responseTimeout / 10);
      pause.wait();
      writeAll(socket, "X-Drop: 1\r\n");
    }
  });
  Client client(running.context(), options);
  CHECK(fetch(client, get(server)).error == make_error_code(Errc::timedOut));
}

TEST_CASE("hints without end are no answer") {
  RunningContext running;
  const ClientOptions options = quick();
  ScriptedServer server([&options](tcp::socket& socket) {
    readHead(socket);
    while (true) {  // Until the client leaves.
      writeAll(socket, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
      asio::steady_timer pause(socket.get_executor(), options.responseTimeout / 10);
      pause.wait();
    }
  });
  Client client(running.context(), options);
  CHECK(fetch(client, get(server)).error == make_error_code(Errc::timedOut));
}

TEST_CASE("who does not read makes the server wait, longer than a stall may last") {
  RunningContext running;
  std::atomic<std::size_t> sent{0};
  constexpr std::size_t size = 64 << 20;
  ScriptedServer server([&sent](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n");
    const std::string block(1 << 20, 'x');
    for (std::size_t i = 0; i < size; i += block.size()) {
      writeAll(socket, block);
      sent += block.size();
    }
  });
  ClientOptions options = quick();
  Client client(running.context(), options);
  Exchange exchange(client, get(server));
  REQUIRE(!get(start(exchange)).error);
  // Longer than the time-outs, in which nothing is wanted.
  asio::steady_timer pause(running.context(), 3 * options.stallTimeout);
  std::promise<void> passed;
  pause.async_wait([&passed](const asio::error_code&) { passed.set_value(); });
  passed.get_future().wait();
  CHECK(sent < size / 2);
  const auto body = readAll(exchange);
  INFO(body.info.message);
  CHECK(!body.error);
  CHECK(body.value.size() == size);
}

TEST_CASE("a kept connection that the server has closed meanwhile is replaced") {
  RunningContext running;
  ScriptedServer server(
      [](tcp::socket& socket) {
        readHead(socket);
        writeAll(socket, httpAnswer("once"));
      },
      3);
  Client client(running.context(), {});
  for (int i = 0; i < 3; ++i) {
    const auto result = fetch(client, get(server));
    INFO(result.info.message);
    CHECK(!result.error);
    CHECK(result.value.body == "once");
  }
}

TEST_CASE("a response that is cut, damaged or endless is an error") {
  RunningContext running;
  struct Row {
    std::string answer;
    Errc error;
    std::string words;
  };
  const auto row = GENERATE(values<Row>({
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour", Errc::connectionLost, "after 4 bytes"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nfour", Errc::connectionLost,
       "in the middle"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nfour", Errc::connectionLost, ""},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", Errc::connectionLost,
       "in the middle of the response, after 0 bytes"},
      {"", Errc::connectionLost, "before a response"},
      {"HTTP/1.1 100 Continue\r\n\r\n", Errc::connectionLost, "before a response"},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nhello",
       Errc::protocolViolation, "interim"},
      {"HTTP/1.1 200 O", Errc::connectionLost, ""},
      {"SSH-2.0-OpenSSH_9.2\r\n", Errc::protocolViolation, "not valid HTTP"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + std::string(5000, 'x'),
       Errc::messageTooBig, "more than 1000 bytes"},
      {"HTTP/1.1 200 OK\r\n" +
           [] {
             std::string many;
             for (int i = 0; i < 1200; ++i) {
               many += "A: b\r\n";
             }
             return many;
           }() +
           "\r\n",
       Errc::protocolViolation, "headers"},
  }));
  ScriptedServer server(
      [&row](tcp::socket& socket) {
        readHead(socket);
        writeAll(socket, row.answer);
      },
      2);
  ClientOptions options;
  options.bodyLimit = 1000;
  Client client(running.context(), options);
  const auto result = fetch(client, get(server, "/path?token=secret-in-query"));
  INFO(row.answer.substr(0, 100) << "\n" << result.info.message);
  CHECK(result.error == make_error_code(row.error));
  CHECK(contains(result.info.message, row.words));
  CHECK(!contains(result.info.message, "secret-in-query"));
  CHECK(result.info.address == "http://" + server.authority() + "/path");
}

TEST_CASE("blocks that came before an error are not lost") {
  RunningContext running;
  ScriptedServer server([](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbeginning");
  });
  Client client(running.context(), {});
  Exchange exchange(client, get(server));
  REQUIRE(!get(start(exchange)).error);
  const auto body = readAll(exchange);
  CHECK(body.error == make_error_code(Errc::connectionLost));
  CHECK(body.value == "beginning");
  CHECK(get(startRead(exchange)).error == make_error_code(Errc::connectionLost));
}

TEST_CASE("each wait has a deadline") {
  RunningContext running;
  Client client(running.context(), quick());
  SECTION("for a connection") {
    ScriptedServer server([](tcp::socket& socket) { readToEnd(socket); });
    Request request = get(server);
    request.url = Url::parse("https://" + server.authority());
    const auto result = fetch(client, request);
    CHECK(result.error == make_error_code(Errc::connectTimedOut));
    CHECK(contains(result.info.message, "within 0.3 s"));
  }
  SECTION("for an answer") {
    ScriptedServer server([](tcp::socket& socket) { readToEnd(socket); });
    const auto result = fetch(client, get(server));
    CHECK(result.error == make_error_code(Errc::timedOut));
    CHECK(contains(result.info.message, "did not answer"));
  }
  SECTION("for the next byte") {
    ScriptedServer server([](tcp::socket& socket) {
      readHead(socket);
      writeAll(socket, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour");
      readToEnd(socket);
    });
    const auto result = fetch(client, get(server));
    CHECK(result.error == make_error_code(Errc::timedOut));
    CHECK(contains(result.info.message, "in the middle"));
  }
}

TEST_CASE("redirects of the same server are followed, and others are refused by name") {
  RunningContext running;
  const auto redirecting = [](const std::string& location) {
    return answering([location](const std::string& request) {
      return contains(request, "GET /end ") ? httpAnswer("there")
             : contains(request, "GET /circle")
                 ? httpAnswer("", "302 Found", "Location: /circle\r\n")
                 : httpAnswer("moved", "302 Found", "Location: " + location + "\r\n");
    });
  };
  const auto refused = [&](const std::string& location, const std::string& words) {
    ScriptedServer server(redirecting(location));
    ClientOptions options;
    options.bearerToken = "token";
    Client client(running.context(), options);
    const auto result = fetch(client, get(server));
    INFO(result.info.message);
    CHECK(result.error == make_error_code(HttpErrc::redirectRefused));
    CHECK(contains(result.info.message, words));
    CHECK(!contains(result.info.message, "hidden"));
  };
  SECTION("followed") {
    ScriptedServer server(redirecting(GENERATE("/end", "end", "./x/../end")));
    ClientOptions options;
    Client client(running.context(), options);
    const auto result = fetch(client, get(server));
    INFO(result.info.message);
    CHECK(!result.error);
    CHECK(result.value.body == "there");
    CHECK(result.value.head.url.target == "/end");
  }
  SECTION("refused") {
    refused("http://other.test/end?q=hidden", "\"http://other.test/end\", which is another server");
    refused("file:///etc/passwd", "not an http or https URL");
    refused("gopher://127.0.0.1/", "not an http or https URL");
    refused("https://user:hidden@other.test/", "\"https://***@other.test/\", which holds a user");
    refused("//hidden@other.test/", "\"//***@other.test/\", which holds a user");
    refused("/circle", "in a circle");
  }
  SECTION("a chain has an end") {
    int hop = 0;
    ScriptedServer server(answering([&hop](const std::string&) {
      return httpAnswer("", "307 Temporary Redirect",
                        "Location: /" + std::to_string(++hop) + "\r\n");
    }));
    Client client(running.context(), {});
    const auto result = fetch(client, get(server));
    CHECK(result.error == make_error_code(HttpErrc::redirectRefused));
    CHECK(contains(result.info.message, "more than 5 redirects"));
  }
  SECTION("a POST is not repeated elsewhere") {
    ScriptedServer server(redirecting("/end"));
    Client client(running.context(), {});
    Request request = get(server);
    request.method = "POST";
    const auto result = fetch(client, request);
    CHECK(!result.error);
    CHECK(result.value.head.status == 302);
    CHECK(http::statusError(result.value).first == make_error_code(HttpErrc::redirectRefused));
  }
  SECTION("an error keeps no password of a redirect") {
    ScriptedServer server(redirecting("https://user:hidden@other.test/"));
    Client client(running.context(), {});
    Request request = get(server);
    request.method = "POST";
    const ErrorInfo info = http::statusError(fetch(client, request).value).second;
    CHECK(std::count(info.httpHeaders.begin(), info.httpHeaders.end(),
                     std::pair<std::string, std::string>("Location", "https://***@other.test/")) ==
          1);
  }
}

TEST_CASE("the body in an error ends before a secret that would be cut") {
  http::Response response;
  response.head.status = 500;
  response.body = std::string(65'526, ' ') + "not the-secret";
  CHECK(http::statusError(response, {"the-secret"}).second.httpBody ==
        std::string(65'526, ' ') + "not ***");
}

TEST_CASE("a private address is not connected to on behalf of a public server") {
  RunningContext running;
  ScriptedServer server(answering([](const std::string&) { return httpAnswer("secret"); }));
  Client client(running.context(), {});
  Request request = get(server);
  request.allowPrivateAddress = false;
  const auto refuse = [&] {
    const auto result = fetch(client, request);
    INFO(result.info.message);
    CHECK(result.error == make_error_code(HttpErrc::privateAddress));
    CHECK(result.value.body.empty());
  };
  refuse();
  // Nor by a connection that is open already.
  CHECK(!fetch(client, get(server)).error);
  refuse();
}

TEST_CASE("a private address that stands in a URL is not asked of a proxy") {
  RunningContext running;
  std::atomic<int> asked{0};
  std::string location;
  ScriptedServer proxy(
      [&](tcp::socket& socket) {
        const std::string head = readHead(socket);
        ++asked;
        writeAll(socket, contains(head, "CONNECT")
                             ? httpAnswer("", "403 Forbidden")
                             : httpAnswer("", "302 Found", "Location: " + location + "\r\n"));
      },
      2);
  ClientOptions options;
  options.proxy = "http://" + proxy.authority();
  Client client(running.context(), options);
  const auto errorOf = [&](const std::string& url, bool allowPrivateAddress) {
    Request request;
    request.url = Url::parse(url);
    request.allowPrivateAddress = allowPrivateAddress;
    const auto result = fetch(client, request);
    INFO(result.info.message);
    CHECK(!result.info.message.empty());
    return result.error;
  };
  SECTION("of the request") {
    for (const char* const url : {"https://169.254.169.254/latest", "http://10.0.0.1/",
                                  "https://[::1]/", "https://[fd00::1]/", "http://localhost/",
                                  "http://127.1/", "http://2130706433/", "http://0x7f.0.0.1/"}) {
      INFO(url);
      CHECK(errorOf(url, false) == make_error_code(HttpErrc::privateAddress));
    }
    CHECK(asked == 0);
    // Those of names are the proxy's to know.
    CHECK(errorOf("https://origin.test/", false) == make_error_code(Errc::proxyRefused));
    CHECK(errorOf("https://8.8.8.8/", false) == make_error_code(Errc::proxyRefused));
    CHECK(asked == 2);
  }
  SECTION("of a redirect") {
    location = "https://10.0.0.1/";
    CHECK(errorOf("http://origin.test/", GENERATE(true, false)) ==
          make_error_code(HttpErrc::privateAddress));
    CHECK(asked == 1);
  }
  SECTION("of a redirect within a network of one's own") {
    location = "https://10.0.0.1/";
    CHECK(errorOf("http://10.0.0.2/", true) == make_error_code(Errc::proxyRefused));
    CHECK(asked == 2);
  }
}

TEST_CASE("a request that cannot be sent is refused at once") {
  RunningContext running;
  ScriptedServer server(answering([](const std::string&) { return httpAnswer(""); }));
  ClientOptions options;
  Request request = get(server);
  Errc expected = Errc::invalidOption;
  SECTION("line end in a header") {
    request.headers = {{"X", "a\r\nInjected: b"}};
  }
  SECTION("the connection's own header") {
    request.headers = {{"host", "other"}};
  }
  SECTION("credentials in the open") {
    options.bearerToken = "t";
    request.url = Url::parse("http://other.test/");
    expected = Errc::plaintextCredentials;
  }
  SECTION("a body to stream, all at once") {
    request.method = "POST";
    request.streamsBody = true;
  }
  SECTION("a body that the method has none of") {
    request.method = GENERATE("GET", "HEAD");
    request.body = "lost";
  }
  SECTION("a body to stream that the method has none of") {
    request.streamsBody = true;
    request.bodySize = 4;
  }
  Client client(running.context(), options);
  const auto result = fetch(client, request);
  // The name of the third one is not looked up: test. is nobody's, so it would fail otherwise.
  CHECK(result.error == make_error_code(expected));
}

TEST_CASE("a range is asked for, and another one is not taken") {
  RunningContext running;
  std::string head;
  const auto [range, isRight] = GENERATE(table<std::string, bool>({{"bytes 6-9/10", true},
                                                                   {"bytes 6-8/9", true},
                                                                   {"bytes 6-9/*", true},
                                                                   {"bytes 0-3/10", false},
                                                                   {"bytes 6-8/10", false},
                                                                   {"bytes 6-10/11", false},
                                                                   {"bytes 6-8/*", false},
                                                                   {"bytes 6-", false},
                                                                   {"", false}}));
  ScriptedServer server(answering([&head, range = range](const std::string& request) {
    head = request;
    return httpAnswer("6789", "206 Partial Content", "Content-Range: " + range + "\r\n");
  }));
  Client client(running.context(), {});
  Request request = get(server);
  request.range = http::ByteRange{6, 9};
  const auto result = fetch(client, request);
  INFO(range);
  CHECK(contains(head, "Range: bytes=6-9\r\n"));
  CHECK(result.error == (isRight ? std::error_code() : make_error_code(Errc::protocolViolation)));
}

TEST_CASE("a call is cancelled as its kind of cancellation says") {
  RunningContext running;
  std::promise<void> asked;
  ScriptedServer server([&asked](tcp::socket& socket) {
    readHead(socket);
    asked.set_value();
    readToEnd(socket);
  });
  std::optional<Client> client(std::in_place, running.context(), ClientOptions{});
  asio::cancellation_signal signal;
  const auto promise = std::make_shared<std::promise<HttpResult<http::Response>>>();
  auto result = promise->get_future();
  client->fetch(get(server), asio::bind_cancellation_slot(signal.slot(), keepResult(promise)));
  asked.get_future().wait();
  const auto emit = [&](asio::cancellation_type type) {
    std::promise<void> done;
    asio::post(client->executor(), [&] {
      signal.emit(type);
      asio::post(client->executor(), [&done] { done.set_value(); });
    });
    done.get_future().wait();
  };
  SECTION("total not once it was sent") {
    emit(asio::cancellation_type::total);
    CHECK(result.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout);
    emit(asio::cancellation_type::terminal);
  }
  SECTION("partial at any time") {
    emit(asio::cancellation_type::partial);
  }
  SECTION("by the end of the client") {
    client.reset();
  }
  CHECK(get(std::move(result)).error == make_error_code(Errc::cancelled));
}

TEST_CASE("a redirected request was sent, also while the next connection is being made") {
  RunningContext running;
  std::promise<void> greeted;
  ScriptedServer silent([&greeted](tcp::socket& socket) {
    char byte = 0;
    asio::read(socket, asio::buffer(&byte, 1));  // Of a handshake that nobody answers.
    greeted.set_value();
    readToEnd(socket);
  });
  ScriptedServer server(answering([&silent](const std::string&) {
    return httpAnswer("", "302 Found", "Location: https://" + silent.authority() + "/\r\n");
  }));
  Client client(running.context(), {});
  asio::cancellation_signal signal;
  const auto promise = std::make_shared<std::promise<HttpResult<http::Response>>>();
  auto result = promise->get_future();
  client.fetch(get(server), asio::bind_cancellation_slot(signal.slot(), keepResult(promise)));
  greeted.get_future().wait();
  const auto emit = [&](asio::cancellation_type type) {
    std::promise<void> done;
    asio::post(client.executor(), [&] {
      signal.emit(type);
      asio::post(client.executor(), [&done] { done.set_value(); });
    });
    done.get_future().wait();
  };
  emit(asio::cancellation_type::total);
  CHECK(result.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  emit(asio::cancellation_type::terminal);
  CHECK(get(std::move(result)).error == make_error_code(Errc::cancelled));
}

TEST_CASE("a cancelled read loses no byte, and an exchange that is destroyed ends what waits") {
  RunningContext running;
  std::promise<void> go;
  ScriptedServer server([&go](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
    go.get_future().wait();
    writeAll(socket, "the");
    readToEnd(socket);
  });
  Client client(running.context(), {});
  std::optional<Exchange> exchange(std::in_place, client, get(server));
  REQUIRE(!get(start(*exchange)).error);
  asio::cancellation_signal signal;
  const auto promise = std::make_shared<std::promise<HttpResult<std::string>>>();
  exchange->read(asio::bind_cancellation_slot(signal.slot(), keepResult(promise)));
  CHECK(get(startRead(*exchange)).error == make_error_code(Errc::invalidState));
  asio::post(client.executor(), [&signal] { signal.emit(asio::cancellation_type::total); });
  CHECK(get(promise->get_future()).error == make_error_code(Errc::cancelled));
  go.set_value();
  CHECK(get(startRead(*exchange)).value == "the");
  auto last = startRead(*exchange);
  exchange.reset();
  CHECK(get(std::move(last)).error == make_error_code(Errc::cancelled));
}

TEST_CASE("a context may be destroyed with an exchange under way") {
  ScriptedServer server([](tcp::socket& socket) { readToEnd(socket); });
  int calls = 0;
  {
    asio::io_context context;
    Client client(context, {});
    client.fetch(get(server), [&calls](const std::error_code&, const ErrorInfo&,
                                       const http::Response&) { ++calls; });
    context.run_for(std::chrono::milliseconds(50));
  }
  CHECK(calls == 0);
}

TEST_CASE("a proxy passes plain requests on, with its credentials, and refuses tunnels") {
  RunningContext running;
  std::string head;
  ScriptedServer proxy([&head](tcp::socket& socket) {
    head = readHead(socket);
    writeAll(socket, contains(head, "CONNECT") ? httpAnswer("", "407 Proxy Authentication Required")
                                               : httpAnswer("by proxy"));
  });
  ClientOptions options;
  options.proxy = "http://user:pass%20word@" + proxy.authority();
  Client client(running.context(), options);
  SECTION("plain") {
    const auto result = fetch(client, "http://origin.test/file");
    INFO(result.info.message);
    CHECK(!result.error);
    CHECK(result.value.body == "by proxy");
    CHECK(contains(head, "GET http://origin.test/file HTTP/1.1"));
  }
  SECTION("tunnel") {
    const auto result = fetch(client, "https://origin.test/file");
    INFO(result.info.message);
    CHECK(result.error == make_error_code(Errc::proxyRefused));
    CHECK(result.info.peer == ErrorPeer::proxy);
    CHECK(contains(result.info.message, "407"));
    CHECK(contains(head, "CONNECT origin.test:443 HTTP/1.1"));
  }
  CHECK(contains(head, "Proxy-Authorization: Basic dXNlcjpwYXNzIHdvcmQ="));
}

TEST_CASE("a block whose write was cancelled is not written over") {
  RunningContext running;
  ScriptedServer server([](tcp::socket& socket) {
    readHead(socket);
    readToEnd(socket);
  });
  Client client(running.context(), {});
  Request request = get(server);
  request.method = "POST";
  request.streamsBody = true;
  Exchange exchange(client, request);
  auto answered = start(exchange);
  asio::cancellation_signal signal;
  std::promise<std::error_code> written;
  exchange.write(
      std::string(100'000'000, 'a'),
      asio::bind_cancellation_slot(
          signal.slot(), [&written](const std::error_code& error) { written.set_value(error); }));
  asio::post(client.executor(), [&signal] { signal.emit(asio::cancellation_type::partial); });
  CHECK(written.get_future().get() == make_error_code(Errc::cancelled));
  CHECK(write(exchange, "b") == make_error_code(Errc::invalidState));
}
