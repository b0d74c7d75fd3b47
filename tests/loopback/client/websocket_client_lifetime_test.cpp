#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/dispatch.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <future>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/client_calls.hpp"

using namespace support;
using namespace wsferry;

namespace {

void openAndHold(tcp::socket& socket) {
  const ServerPeer<tcp::socket> peer(socket);
  readToEnd(socket);
}

/// A handler that is cancelled through `signal`.
template <class Handler>
auto cancellable(asio::cancellation_signal& signal, Handler handler) {
  return asio::bind_cancellation_slot(signal.slot(), std::move(handler));
}

}  // namespace

TEST_CASE("destroying the client while it connects cancels the call") {
  SECTION("resolving") {
    std::optional<WebSocketClient> client(WebSocketOptions{});
    auto pending = startConnect(*client, "ws://nonexistent.invalid");
    client.reset();
    const auto error = get(std::move(pending)).error;
    CHECK((error == make_error_code(Errc::cancelled) ||
           error == make_error_code(Errc::nameNotResolved)));
  }
  SECTION("in the TLS handshake, or waiting for the upgrade's answer") {
    std::promise<void> accepted;
    ScriptedServer server([&](tcp::socket& socket) {
      std::array<char, 1> byte;
      socket.read_some(asio::buffer(byte));
      accepted.set_value();
      readToEnd(socket);
    });
    std::optional<WebSocketClient> client(WebSocketOptions{});
    const std::string scheme = GENERATE("ws://", "wss://");
    auto pending = startConnect(*client, scheme + server.authority());
    get(accepted.get_future());
    client.reset();
    CHECK(get(std::move(pending)).error == make_error_code(Errc::cancelled));
  }
}

TEST_CASE("destroying the client completes every pending call and drops the connection") {
  std::promise<void> dropped;
  ScriptedServer server([&](tcp::socket& socket) {
    const ServerPeer<tcp::socket> peer(socket);
    readToEnd(socket);
    dropped.set_value();
  });
  std::optional<WebSocketClient> client(WebSocketOptions{});
  REQUIRE(!connect(*client, "ws://" + server.authority()).error);
  auto received = startReceive(*client);
  auto pinged = startPing(*client);
  auto closed = startClose(*client, 1000, "");
  client.reset();
  CHECK(get(std::move(received)).first == make_error_code(Errc::cancelled));
  CHECK(get(std::move(pinged)) == make_error_code(Errc::cancelled));
  CHECK(get(std::move(closed)) == make_error_code(Errc::cancelled));
  get(dropped.get_future());
}

TEST_CASE("a transport keeps the connection alive without its client") {
  ScriptedServer server(echo);
  std::optional<WebSocketClient> client(WebSocketOptions{});
  REQUIRE(!connect(*client, "ws://" + server.authority()).error);
  auto received = startReceive(*client);
  auto transport = client->transport();
  client.reset();
  CHECK(get(std::move(received)).first == make_error_code(Errc::cancelled));

  struct Listener final : TransportListener {
    std::promise<std::string> message;
    std::promise<std::error_code> closed;
    void onMessage(MessageType, std::string payload) override {
      message.set_value(std::move(payload));
    }
    void onWake() override {}
    void onClosed(const std::error_code& error, const ErrorInfo&) override {
      closed.set_value(error);
    }
  };
  const auto listener = std::make_shared<Listener>();
  asio::post(transport->executor(), [transport, listener] {
    transport->attach(listener);
    transport->send(MessageType::text, "alive");
  });
  CHECK(get(listener->message.get_future()) == "alive");
  // Its last user drops it.
  transport.reset();
  CHECK(get(listener->closed.get_future()) == make_error_code(Errc::cancelled));
}

TEST_CASE("a client may be destroyed and moved inside its own handlers") {
  ScriptedServer server(echo, 2);
  SECTION("in connect's") {
    auto client = std::make_shared<WebSocketClient>(WebSocketOptions{});
    std::promise<void> done;
    WebSocketClient& reference = *client;
    reference.connect(Url::parse("ws://" + server.authority()),
                      [client = std::move(client), &done](std::error_code, ErrorInfo) mutable {
                        client.reset();
                        done.set_value();
                      });
    get(done.get_future());
  }
  SECTION("in receive's, for another connection") {
    auto client = std::make_shared<WebSocketClient>(WebSocketOptions{});
    REQUIRE(!connect(*client, "ws://" + server.authority()).error);
    std::promise<std::error_code> second;
    client->receive([client, &server, &second](std::error_code, Message) {
      *client = WebSocketClient(WebSocketOptions{});
      client->connect(
          Url::parse("ws://" + server.authority()),
          [client, &second](const std::error_code& error, ErrorInfo) { second.set_value(error); });
    });
    startSend(*client, MessageType::text, "go");
    CHECK(!get(second.get_future()));
  }
}

TEST_CASE("a blocking connect on the client's own thread is refused") {
  const auto refusal = [](WebSocketClient& client) {
    try {
      client.connect(Url::parse("ws://127.0.0.1:1"));
      return std::error_code();
    } catch (const Error& error) {
      return error.code();
    }
  };
  std::promise<std::error_code> refused;
  SECTION("a thread of its own") {
    WebSocketClient client(WebSocketOptions{});
    asio::post(client.executor(), [&] { refused.set_value(refusal(client)); });
    CHECK(get(refused.get_future()) == Errc::invalidState);
  }
  SECTION("one that runs the program's context") {
    asio::io_context context;
    WebSocketClient client(context, {});
    asio::post(context, [&] { refused.set_value(refusal(client)); });
    context.run();
    CHECK(get(refused.get_future()) == Errc::invalidState);
  }
}

TEST_CASE("an exception on a client's own thread ends its connection, and nothing else") {
  ScriptedServer server(echo);
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  std::promise<std::error_code> ended;
  client.receive([&](const std::error_code& error, const Message&) { ended.set_value(error); });
  std::error_code expected = Errc::invalidState;
  SECTION("of any kind") {
    asio::post(client.executor(), [] { throw std::runtime_error("no"); });
  }
  SECTION("of no standard kind") {
    asio::post(client.executor(), [] { throw 1; });
  }
  SECTION("out of memory") {
    expected = Errc::outOfResources;
    asio::post(client.executor(), [] { throw std::bad_alloc(); });
  }
  SECTION("one of ours, in a completion") {
    expected = Errc::fileFailed;
    client.ping([](std::error_code, std::chrono::nanoseconds) {
      throw Error(Errc::fileFailed, "disk full");
    });
  }
  CHECK(get(ended.get_future()) == expected);
}

TEST_CASE("a client may be destroyed while it closes") {
  ScriptedServer server(openAndHold);
  WebSocketOptions options;
  options.closeTimeout = Duration(3'600'000);
  std::optional<WebSocketClient> client(options);
  REQUIRE(!connect(*client, "ws://" + server.authority()).error);
  auto closed = startClose(*client, 1000, "");
  client.reset();
  CHECK(get(std::move(closed)) == make_error_code(Errc::cancelled));
}

TEST_CASE("cancelling connect gives the connection up") {
  std::promise<void> accepted;
  std::promise<void> dropped;
  ScriptedServer server([&](tcp::socket& socket) {
    readHead(socket);
    accepted.set_value();
    readToEnd(socket);
    dropped.set_value();
  });
  WebSocketClient client(WebSocketOptions{});
  asio::cancellation_signal signal;
  std::promise<std::error_code> result;
  client.connect(Url::parse("ws://" + server.authority()),
                 cancellable(signal, [&](const std::error_code& error, ErrorInfo) {
                   result.set_value(error);
                 }));
  get(accepted.get_future());
  signal.emit(asio::cancellation_type::terminal);
  CHECK(get(result.get_future()) == make_error_code(Errc::cancelled));
  get(dropped.get_future());
  CHECK(get(startSend(client, MessageType::text, "x")) == make_error_code(Errc::cancelled));
}

TEST_CASE("cancelling other calls leaves the connection as it is") {
  ScriptedServer server(echo);
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  asio::cancellation_signal signal;
  std::promise<std::error_code> result;
  client.receive(
      cancellable(signal, [&](const std::error_code& error, Message) { result.set_value(error); }));
  signal.emit(asio::cancellation_type::partial);
  CHECK(get(result.get_future()) == make_error_code(Errc::cancelled));
  CHECK(!get(startSend(client, MessageType::text, "still here")));
  CHECK(get(startReceive(client)).second.payload == "still here");
  // After the end of its call a signal means nothing.
  signal.emit(asio::cancellation_type::terminal);
  CHECK(!get(startPing(client)));
}

TEST_CASE("a call that is cancelled before it is begun has no effect") {
  const auto type = GENERATE(asio::cancellation_type::terminal, asio::cancellation_type::partial,
                             asio::cancellation_type::total);
  std::promise<std::string> message;
  ScriptedServer server([&](tcp::socket& socket) {
    ServerPeer<tcp::socket> peer(socket);
    message.set_value(peer.receive().value_or(std::pair{MessageType::text, "none"}).second);
    peer.echo();
  });
  asio::io_context context;
  WebSocketClient client(context, WebSocketOptions{});
  asio::cancellation_signal signal;
  std::vector<std::error_code> results;
  const auto note = [&](const std::error_code& error, auto&&...) { results.push_back(error); };
  const auto url = Url::parse("ws://" + server.authority());
  client.connect(url, cancellable(signal, [&](const std::error_code& error, const ErrorInfo& info) {
                   results.push_back(error);
                   CHECK(info.message.find("before") != std::string::npos);
                 }));
  signal.emit(type);
  context.run();
  CHECK(results == std::vector{make_error_code(Errc::cancelled)});

  client.connect(url, note);
  context.restart();
  context.run_one();
  while (results.size() < 2) {
    context.run_one();
  }
  CHECK_FALSE(results.back());
  client.send(MessageType::text, "never", cancellable(signal, note));
  signal.emit(type);
  client.ping(cancellable(signal, note));
  signal.emit(type);
  client.close(1000, "", cancellable(signal, note));
  signal.emit(type);
  client.send(MessageType::text, "first", note);
  while (results.size() < 6) {
    context.run_one();
  }
  CHECK(std::count(results.begin() + 2, results.end(), make_error_code(Errc::cancelled)) == 3);
  CHECK(get(message.get_future()) == "first");
}

TEST_CASE("total cancellation ends what has had no effect, and nothing else") {
  std::promise<void> asked;
  std::promise<void> released;
  const auto mayAnswer = released.get_future().share();
  ScriptedServer server([&](tcp::socket& socket) {
    const std::string head = readHead(socket);
    asked.set_value();
    mayAnswer.wait();
    writeAll(socket, upgradeAnswer(head, ""));
    readToEnd(socket);
  });
  WebSocketClient client(WebSocketOptions{});
  // So that a call has begun, and a signal that came before has been dealt with.
  const auto settle = [&client] {
    std::promise<void> settled;
    asio::post(client.executor(), [&settled] { settled.set_value(); });
    get(settled.get_future());
  };
  const auto emitTotal = [&](asio::cancellation_signal& signal) {
    settle();
    signal.emit(asio::cancellation_type::total);
    settle();
    settle();  // What completed with it, too.
  };
  asio::cancellation_signal signal;
  std::promise<std::error_code> connected;
  client.connect(Url::parse("ws://" + server.authority()),
                 cancellable(signal, [&](const std::error_code& error, const ErrorInfo&) {
                   connected.set_value(error);
                 }));
  get(asked.get_future());
  emitTotal(signal);
  released.set_value();
  CHECK_FALSE(get(connected.get_future()));

  std::promise<std::error_code> received;
  client.receive(cancellable(
      signal, [&](const std::error_code& error, const Message&) { received.set_value(error); }));
  emitTotal(signal);
  CHECK(get(received.get_future()) == Errc::cancelled);

  std::promise<std::error_code> pinged;
  client.ping(cancellable(signal, [&](const std::error_code& error, std::chrono::nanoseconds) {
    pinged.set_value(error);
  }));
  emitTotal(signal);
  auto pong = pinged.get_future();
  CHECK(pong.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  signal.emit(asio::cancellation_type::partial);
  CHECK(get(std::move(pong)) == Errc::cancelled);
}

TEST_CASE("connecting is totally cancelled as long as no request was sent") {
  std::promise<void> asked;
  ScriptedServer proxy([&](tcp::socket& socket) {
    readHead(socket);
    asked.set_value();
    readToEnd(socket);
  });
  WebSocketOptions options;
  options.proxy = "http://" + proxy.authority();
  WebSocketClient client(options);
  asio::cancellation_signal signal;
  std::promise<std::error_code> connected;
  client.connect(Url::parse("ws://nonexistent.invalid"),
                 cancellable(signal, [&](const std::error_code& error, const ErrorInfo&) {
                   connected.set_value(error);
                 }));
  get(asked.get_future());
  signal.emit(asio::cancellation_type::total);
  CHECK(get(connected.get_future()) == Errc::cancelled);
}

TEST_CASE("handlers run on their own executors, never inside the call") {
  ScriptedServer server(echo);
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  asio::io_context own;
  bool inside = true;
  std::thread::id ranOn;
  client.send(MessageType::text, "x", asio::bind_executor(own, [&](const std::error_code&) {
                CHECK(!inside);
                ranOn = std::this_thread::get_id();
              }));
  inside = false;
  // Runs until the call is complete: it counts as this context's work.
  own.run();
  CHECK(ranOn == std::this_thread::get_id());
}

TEST_CASE("many clients come and go in all phases") {
  ScriptedServer server(echo, 1'000);
  for (int i = 0; i < 60; ++i) {
    std::optional<WebSocketClient> client(WebSocketOptions{});
    auto pending = startConnect(*client, "ws://" + server.authority());
    if (i % 3 != 0) {
      CHECK(!get(std::move(pending)).error);
      startSend(*client, MessageType::text, "x");
    }
    if (i % 3 == 2) {
      startClose(*client, 1000, "");
    }
    client.reset();
  }
}
