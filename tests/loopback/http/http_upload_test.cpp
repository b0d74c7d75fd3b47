#include <array>
#include <asio/read_until.hpp>
#include <future>
#include <optional>
#include <string>
#include <utility>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/http_calls.hpp"

// Bodies that are streamed to a server, and servers that do not want them.

using namespace support;
using namespace wsferry;
using support::contains;
using wsferry::http::Client;
using wsferry::http::ClientOptions;
using wsferry::http::Exchange;
using wsferry::http::Request;

namespace {

constexpr std::size_t large = 3'000'000;

Request upload(const ScriptedServer& server, std::optional<std::uint64_t> size) {
  Request request;
  request.method = "POST";
  request.url = Url::parse("http://" + server.authority() + "/upload");
  request.streamsBody = true;
  request.bodySize = size;
  return request;
}

/// Reads so many bytes of a body; what has come of it behind the head counts.
void readBody(tcp::socket& socket, std::size_t size) {
  std::array<char, 65536> buffer{};
  for (std::size_t received = 0; received < size;) {
    received += socket.read_some(asio::buffer(buffer));
  }
}

/// The head of a request whose body follows at once, and how much of it came along.
std::pair<std::string, std::size_t> readHeadAndMore(tcp::socket& socket) {
  std::string head;
  asio::read_until(socket, asio::dynamic_buffer(head), "\r\n\r\n");
  const std::size_t end = head.find("\r\n\r\n") + 4;
  return {head.substr(0, end), head.size() - end};
}

/// Writes blocks until the body has the size, or one is not taken; says why.
std::error_code writeBody(Exchange& exchange, std::size_t size) {
  for (std::size_t sent = 0; sent < size; sent += 100'000) {
    if (const auto error = support::write(exchange, std::string(100'000, 's'))) {
      return error;
    }
  }
  return {};
}

}  // namespace

TEST_CASE("a server refuses a large body before a byte of it is sent") {
  RunningContext running;
  std::string head;
  std::size_t more = 0;
  ScriptedServer server([&](tcp::socket& socket) {
    head = readHead(socket);
    more = socket.available();
    writeAll(socket, httpAnswer("who are you?", "401 Unauthorized"));
    readToEnd(socket);
  });
  Client client(running.context(), {});
  Exchange exchange(client, upload(server, GENERATE(std::optional<std::uint64_t>(large),
                                                    std::optional<std::uint64_t>())));
  auto answered = start(exchange);
  const auto answer = get(std::move(answered));
  REQUIRE(!answer.error);
  CHECK(answer.value.status == 401);
  CHECK(contains(head, "Expect: 100-continue\r\n"));
  CHECK(more == 0);
  CHECK(readAll(exchange).value == "who are you?");
  CHECK(support::write(exchange, "s") == make_error_code(Errc::connectionClosed));
}

TEST_CASE("a body goes out when a server asks for it, and when it does not know how to") {
  RunningContext running;
  const bool asks = GENERATE(true, false);
  ScriptedServer server([asks](tcp::socket& socket) {
    readHead(socket);
    if (asks) {
      writeAll(socket, "HTTP/1.1 100 Continue\r\n\r\n");
    }
    readBody(socket, large);
    writeAll(socket, httpAnswer("thanks"));
  });
  Client client(running.context(), {});
  Exchange exchange(client, upload(server, large));
  auto answered = start(exchange);
  CHECK(!writeBody(exchange, large));
  exchange.endBody();
  CHECK(get(std::move(answered)).value.status == 200);
  CHECK(readAll(exchange).value == "thanks");
}

TEST_CASE("a server that refuses to be asked first gets the body unasked") {
  RunningContext running;
  std::string second;
  int connections = 0;
  ScriptedServer server(
      [&](tcp::socket& socket) {
        if (++connections == 1) {
          CHECK(contains(readHead(socket), "Expect: 100-continue"));
          writeAll(socket, httpAnswer("", "417 Expectation Failed"));
          return;
        }
        const auto request = readHeadAndMore(socket);
        second = request.first;
        readBody(socket, large - request.second);
        writeAll(socket, httpAnswer("thanks"));
      },
      2);
  Client client(running.context(), {});
  Exchange exchange(client, upload(server, large));
  auto answered = start(exchange);
  CHECK(!writeBody(exchange, large));
  exchange.endBody();
  const auto answer = get(std::move(answered));
  INFO(answer.info.message);
  CHECK(answer.value.status == 200);
  CHECK(!contains(second, "Expect"));
}

// Of a 417 only before the body the request is made again: what was sent of it cannot be.
TEST_CASE("an answer in the middle of the body ends it, whether or not more of it is at hand") {
  RunningContext running;
  const bool isHeldBack = GENERATE(true, false);
  const std::string status = GENERATE("413 Payload Too Large", "417 Expectation Failed");
  std::promise<void> mayAnswer;
  ScriptedServer server([&](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, "HTTP/1.1 100 Continue\r\n\r\n");
    readBody(socket, 100'000);
    mayAnswer.get_future().wait();
    writeAll(socket, httpAnswer("too large", status));
    readToEnd(socket);
  });
  Client client(running.context(), {});
  Exchange exchange(client, upload(server, 1'000'000'000));
  auto answered = start(exchange);
  REQUIRE(!support::write(exchange, std::string(200'000, 's')));
  if (isHeldBack) {
    // Whoever waits for audio of a microphone has to be told as well.
    REQUIRE(!support::write(exchange, ""));
  }
  mayAnswer.set_value();
  if (!isHeldBack) {
    CHECK(writeBody(exchange, 500'000'000) == make_error_code(Errc::connectionClosed));
  }
  const auto answer = get(std::move(answered));
  REQUIRE(!answer.error);
  CHECK(answer.value.status == std::stoi(status));
  const auto body = readAll(exchange);
  INFO(body.info.message);
  CHECK(!body.error);
  if (answer.value.status == 413) {
    CHECK(body.value == "too large");
  }
  CHECK(support::write(exchange, "s") == make_error_code(Errc::connectionClosed));
}

TEST_CASE("a refusal whose body does not come is not waited for longer than others") {
  RunningContext running;
  std::promise<void> mayAnswer;
  ScriptedServer server([&](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, "HTTP/1.1 100 Continue\r\n\r\n");
    mayAnswer.get_future().wait();
    writeAll(socket, "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 10\r\n\r\n");
    readToEnd(socket);
  });
  ClientOptions options;
  options.responseTimeout = options.stallTimeout = Duration{400};
  Client client(running.context(), options);
  Exchange exchange(client, upload(server, std::nullopt));
  auto answered = start(exchange);
  CHECK(!support::write(exchange, "abc"));
  // As long as the upload pauses no limit runs, and none from before is left.
  asio::steady_timer pause(running.context(), std::chrono::milliseconds(900));
  std::promise<void> passed;
  pause.async_wait([&passed](const asio::error_code&) { passed.set_value(); });
  passed.get_future().wait();
  mayAnswer.set_value();
  const auto answer = get(std::move(answered));
  REQUIRE(!answer.error);
  CHECK(answer.value.status == 413);
  CHECK(readAll(exchange).error == make_error_code(Errc::timedOut));
}

TEST_CASE("a server that is content before it has all of the body has not got it") {
  RunningContext running;
  ScriptedServer server([](tcp::socket& socket) {
    const auto [head, more] = readHeadAndMore(socket);
    if (contains(head, "Expect")) {
      writeAll(socket, "HTTP/1.1 100 Continue\r\n\r\n");
    }
    readBody(socket, 100'000 - std::min<std::size_t>(more, 100'000));
    writeAll(socket, httpAnswer("thanks", "200 OK", "Connection: close\r\n"));
    readToEnd(socket);
  });
  Client client(running.context(), {});
  SECTION("a stream of known or unknown length") {
    Exchange exchange(client, upload(server, GENERATE(std::optional<std::uint64_t>(1'000'000'000),
                                                      std::optional<std::uint64_t>())));
    auto answered = start(exchange);
    CHECK(writeBody(exchange, 500'000'000) == make_error_code(Errc::connectionLost));
    CHECK(get(std::move(answered)).value.status == 200);
    const auto body = readAll(exchange);
    CHECK(body.error == make_error_code(Errc::connectionLost));
    CHECK(contains(body.info.message, "before it had all of the request's body"));
  }
  SECTION("a body at hand") {
    Request request = upload(server, std::nullopt);
    request.streamsBody = false;
    request.body = std::string(200'000'000, 's');
    CHECK(get(startFetch(client, std::move(request))).error ==
          make_error_code(Errc::connectionLost));
  }
}

TEST_CASE("a connection that is cut in the middle of the body is lost, with what waits") {
  RunningContext running;
  ScriptedServer server([](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, "HTTP/1.1 100 Continue\r\n\r\n");
    readBody(socket, 100'000);
    socket.set_option(asio::socket_base::linger(true, 0));
  });
  Client client(running.context(), {});
  Exchange exchange(client, upload(server, 1'000'000'000));
  auto answered = start(exchange);
  CHECK(writeBody(exchange, 500'000'000) == make_error_code(Errc::connectionLost));
  CHECK(get(std::move(answered)).error == make_error_code(Errc::connectionLost));
}

TEST_CASE("a body that is shorter than it was said to be is an error") {
  RunningContext running;
  ScriptedServer server([](tcp::socket& socket) { readToEnd(socket); });
  Client client(running.context(), {});
  Exchange exchange(client, upload(server, 500'000));
  auto answered = start(exchange);
  CHECK(!support::write(exchange, std::string(100'000, 's')));
  exchange.endBody();
  const auto answer = get(std::move(answered));
  CHECK(answer.error == make_error_code(Errc::invalidState));
  CHECK(contains(answer.info.message, "after 100000 of its 500000 bytes"));
}

TEST_CASE("a body is not given to a kept connection, which might be dead, nor to a redirect") {
  RunningContext running;
  int connections = 0;
  ScriptedServer server(
      [&connections](tcp::socket& socket) {
        ++connections;
        readHead(socket);
        writeAll(socket, connections == 1
                             ? httpAnswer("first")
                             : httpAnswer("", "307 Moved", "Location: /elsewhere\r\n"));
        if (connections > 1) {
          readToEnd(socket);
        }
      },
      2);
  Client client(running.context(), {});
  CHECK(fetch(client, "http://" + server.authority() + "/").value.body == "first");
  Exchange exchange(client, upload(server, large));
  auto answered = start(exchange);
  const auto answer = get(std::move(answered));
  INFO(answer.info.message);
  CHECK(answer.value.status == 307);
  CHECK(connections == 2);
}

TEST_CASE("who is slow to bring a body is waited for, also behind an early answer") {
  RunningContext running;
  ScriptedServer server([](tcp::socket& socket) {
    const std::size_t more = readHeadAndMore(socket).second;
    writeAll(socket, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
    readBody(socket, 6 - more);
    writeAll(socket, "done");
    readToEnd(socket);
  });
  ClientOptions options;
  options.responseTimeout = Duration{100};
  options.stallTimeout = Duration{100};
  Client client(running.context(), options);
  Exchange exchange(client, upload(server, 6));
  auto answered = start(exchange);
  CHECK(!support::write(exchange, "abc"));
  CHECK(get(std::move(answered)).value.status == 200);
  asio::steady_timer pause(running.context(), std::chrono::milliseconds(300));
  std::promise<void> passed;
  pause.async_wait([&passed](const asio::error_code&) { passed.set_value(); });
  passed.get_future().wait();
  CHECK(!support::write(exchange, "def"));
  exchange.endBody();
  CHECK(readAll(exchange).value == "done");
}
