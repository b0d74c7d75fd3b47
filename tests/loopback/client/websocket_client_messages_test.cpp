#include <asio/dispatch.hpp>
#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/use_future.hpp>
#include <condition_variable>
#include <mutex>
#include <stdexcept>

#include "catch.hpp"
#include "support/client_calls.hpp"

using namespace support;
using namespace wsferry;

namespace {

/// Notes what a transport tells and lets a test wait for it.
class Recorder final : public TransportListener {
 public:
  std::function<void()> duringMessage = [] {};

  void onMessage(MessageType, std::string payload) override {
    {
      const std::lock_guard lock(mutex_);
      nested_ = nested_ || inside_;
      messages_.push_back(std::move(payload));
    }
    inside_ = true;
    duringMessage();
    inside_ = false;
    changed_.notify_all();
  }
  void onWake() override {
    const std::lock_guard lock(mutex_);
    ++wakes_;
    changed_.notify_all();
  }
  void onClosed(const std::error_code& error, const ErrorInfo& info) override {
    const std::lock_guard lock(mutex_);
    nested_ = nested_ || inside_;
    ++closedCalls_;
    error_ = error;
    info_ = info;
    changed_.notify_all();
  }

  std::vector<std::string> waitForMessages(std::size_t count) {
    wait([&] { return messages_.size() >= count; });
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  std::pair<std::error_code, ErrorInfo> waitForClosed() {
    wait([&] { return closedCalls_ > 0; });
    const std::lock_guard lock(mutex_);
    return {error_, info_};
  }
  void waitForWake() {
    wait([&] { return wakes_ > 0; });
  }
  int closedCalls() {
    const std::lock_guard lock(mutex_);
    return closedCalls_;
  }
  bool nested() {
    const std::lock_guard lock(mutex_);
    return nested_;
  }

 private:
  template <class Condition>
  void wait(Condition condition) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, condition)) {
      throw std::runtime_error("an event is overdue");
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> messages_;
  int wakes_ = 0;
  int closedCalls_ = 0;
  bool inside_ = false;
  bool nested_ = false;
  std::error_code error_;
  ErrorInfo info_;
};

/// Runs `work` on the transport's executor and waits for its end.
template <class Work>
void onExecutor(const std::shared_ptr<Transport>& transport, Work work) {
  std::promise<void> done;
  auto future = done.get_future();
  asio::post(transport->executor(), [&] {
    work();
    done.set_value();
  });
  get(std::move(future));
}

}  // namespace

TEST_CASE("messages of all sizes come back from an echo server") {
  ScriptedServer server(echo);
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority() + "/path").error);
  for (const std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u, 3'000'000u}) {
    const auto type = size % 2 == 0 ? MessageType::text : MessageType::binary;
    const std::string payload(size, 'x');
    CHECK(!get(startSend(client, type, payload)));
    const auto [error, message] = get(startReceive(client));
    REQUIRE(!error);
    CHECK(message.type == type);
    CHECK((message.payload == payload));
  }
  const auto statistics = client.statistics();
  CHECK(statistics.messagesSent == 7);
  CHECK(statistics.messagesReceived == 7);
  CHECK(statistics.bytesSent > 3'000'000);
  CHECK(statistics.bytesReceived > 3'000'000);
  CHECK(statistics.bytesToSend == 0);
  CHECK(!get(startClose(client, 1000, "bye")));
}

TEST_CASE("long and short messages may follow each other in any number") {
  ScriptedServer server(echo);
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority() + "/path").error);
  for (const std::size_t longSize : {5'000u, 100'000u, 1'000'000u}) {
    for (int i = 0; i < 40; ++i) {
      // Enough short ones in a row that the long one's memory is given up.
      const std::string payload(i % 20 == 0 ? longSize : 60, static_cast<char>('a' + i % 26));
      CHECK(!get(startSend(client, MessageType::text, payload)));
      CHECK((get(startReceive(client)).second.payload == payload));
    }
  }
  CHECK(!get(startClose(client, 1000, "bye")));
}

TEST_CASE("the client works on a context of the caller's, with futures") {
  ScriptedServer server(echo);
  asio::io_context context;
  WebSocketClient client(context, WebSocketOptions{});
  auto work = asio::make_work_guard(context);
  std::thread thread([&] { context.run(); });
  client.connect(Url::parse("ws://" + server.authority()));
  auto sent = client.send(MessageType::text, "hello", asio::use_future);
  auto received = client.receive(asio::use_future);
  get(std::move(sent));
  CHECK(get(std::move(received)).payload == "hello");
  CHECK(get(client.ping(asio::use_future)).count() > 0);
  get(client.close(1000, "", asio::use_future));
  CHECK_THROWS_AS(get(client.send(MessageType::text, "late", asio::use_future)), std::system_error);
  work.reset();
  thread.join();
}

TEST_CASE("what is sent is not held back by a bit more in every turn of a slow executor") {
  std::promise<void> heard;
  ScriptedServer server([&heard](tcp::socket& socket) {
    ServerPeer<tcp::socket> peer(socket);
    peer.receive();
    heard.set_value();
    readToEnd(socket);
  });
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  const auto transport = client.transport();
  auto arrived = heard.get_future();
  std::promise<bool> hasArrived;
  // Each turn takes longer than output waits for more, and the last one as long as the way to the
  // server does.
  std::function<void(int)> turn = [&](int left) {
    const auto limit = left > 0 ? std::chrono::milliseconds(1) : patience / 2;
    if (arrived.wait_for(limit) == std::future_status::ready || left == 0) {
      hasArrived.set_value(arrived.wait_for(Duration(0)) == std::future_status::ready);
      return;
    }
    transport->send(MessageType::text, "x");
    asio::post(transport->executor(), [&, left] { turn(left - 1); });
  };
  asio::post(transport->executor(), [&] { turn(10); });
  CHECK(get(hasArrived.get_future()));
}

TEST_CASE("many sends arrive in order, and each completes") {
  ScriptedServer server(echo);
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  std::vector<std::future<std::error_code>> sends;
  for (int i = 0; i < 500; ++i) {
    sends.push_back(startSend(client, MessageType::text, std::to_string(i)));
  }
  for (auto& send : sends) {
    CHECK(!get(std::move(send)));
  }
  for (int i = 0; i < 500; ++i) {
    CHECK(get(startReceive(client)).second.payload == std::to_string(i));
  }
}

TEST_CASE("a send completes only when the network has taken it") {
  std::promise<void> goOn;
  ScriptedServer server([&](tcp::socket& socket) {
    ServerPeer<tcp::socket> peer(socket);
    goOn.get_future().wait();
    peer.receive();
    readToEnd(socket);
  });
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  // More than the buffers of both sockets take. A completion of its own accord would come before
  // the connection has taken two turns.
  auto sent = startSend(client, MessageType::binary, std::string(32 << 20, 'x'));
  const auto transport = client.transport();
  for (int turn = 0; turn < 3; ++turn) {
    onExecutor(transport, [&] { CHECK(transport->bytesToSend() > 0); });
  }
  CHECK(sent.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  goOn.set_value();
  CHECK(!get(std::move(sent)));
}

TEST_CASE("reading pauses while the queue is over its limit, and goes on") {
  constexpr int count = 400;
  std::promise<void> allSent;
  ScriptedServer server([&](tcp::socket& socket) {
    ServerPeer<tcp::socket> peer(socket);
    for (int i = 0; i < count; ++i) {
      peer.send(MessageType::binary, std::string(256 << 10, static_cast<char>(i)));
    }
    allSent.set_value();
    readToEnd(socket);
  });
  WebSocketOptions options;
  options.receiveQueueLimit = 1 << 20;
  WebSocketClient client(options);
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  for (int i = 0; i < count; ++i) {
    const auto [error, message] = get(startReceive(client));
    REQUIRE(!error);
    REQUIRE(message.payload.size() == 256 << 10);
    REQUIRE(message.payload[0] == static_cast<char>(i));
    const auto statistics = client.statistics();
    // The queue's limit, one message more, and what a read may bring beyond it.
    CHECK(statistics.messagesReceived <= static_cast<std::uint64_t>(i) + 1 + 4 + 2);
  }
  get(allSent.get_future());
}

TEST_CASE("a peer's close is told with code and reason, after its last message") {
  ScriptedServer server([](tcp::socket& socket) {
    ServerPeer<tcp::socket> peer(socket);
    peer.send(MessageType::text, "last words");
    peer.close(4000, "all done");
    peer.receive();
  });
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  CHECK(get(startReceive(client)).second.payload == "last words");
  CHECK(get(startReceive(client)).first == make_error_code(Errc::connectionClosed));
  CHECK(get(startReceive(client)).first == make_error_code(Errc::connectionClosed));
  CHECK(get(startSend(client, MessageType::text, "x")) == make_error_code(Errc::connectionClosed));
  CHECK(!get(startClose(client, 1000, "")));
}

TEST_CASE("our close reaches the peer behind everything sent before") {
  std::promise<std::pair<std::uint16_t, std::string>> closed;
  std::promise<std::size_t> bytes;
  ScriptedServer server([&](tcp::socket& socket) {
    ServerPeer<tcp::socket> peer(socket);
    std::size_t sum = 0;
    while (auto message = peer.receive()) {
      sum += message->second.size();
    }
    bytes.set_value(sum);
    closed.set_value({peer.closeCode(), peer.closeReason()});
  });
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  auto sent = startSend(client, MessageType::binary, std::string(8 << 20, 'x'));
  CHECK(!get(startClose(client, 3210, "reason")));
  CHECK(!get(std::move(sent)));
  CHECK(get(bytes.get_future()) == 8 << 20);
  CHECK(get(closed.get_future()) == std::make_pair<std::uint16_t, std::string>(3210, "reason"));
}

TEST_CASE("close codes and reasons that may not be sent are refused") {
  ScriptedServer server(echo);
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  CHECK(get(startClose(client, 1001, "")) == make_error_code(Errc::invalidOption));
  CHECK(get(startClose(client, 5000, "")) == make_error_code(Errc::invalidOption));
  CHECK(get(startClose(client, 1000, std::string(124, 'a'))) ==
        make_error_code(Errc::invalidOption));
  CHECK(get(startClose(client, 1000, "\xFF")) == make_error_code(Errc::invalidOption));
  CHECK(get(startSend(client, MessageType::text, "\xFF")) == make_error_code(Errc::invalidOption));
  CHECK(!get(startSend(client, MessageType::text, "fine")));
  CHECK(get(startReceive(client)).second.payload == "fine");
}

TEST_CASE("a peer that never answers a close frame is dropped") {
  ScriptedServer server([](tcp::socket& socket) {
    ServerPeer<tcp::socket> peer(socket);
    readToEnd(socket);
  });
  WebSocketOptions options;
  options.closeTimeout = Duration(50);
  WebSocketClient client(options);
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  auto received = startReceive(client);
  CHECK(get(startClose(client, 1000, "")) == make_error_code(Errc::timedOut));
  CHECK(get(std::move(received)).first == make_error_code(Errc::connectionLost));
}

TEST_CASE("an end of file without a close frame is a lost connection") {
  ScriptedServer server([](tcp::socket& socket) { ServerPeer<tcp::socket> peer(socket); });
  WebSocketClient client(WebSocketOptions{});
  const auto listener = std::make_shared<Recorder>();
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  const auto transport = client.transport();
  onExecutor(transport, [&] { transport->attach(listener); });
  const auto [error, info] = listener->waitForClosed();
  CHECK(error == make_error_code(Errc::connectionLost));
  CHECK(info.message.find("without a close frame") != std::string::npos);
}

TEST_CASE("a reset is a lost connection") {
  ScriptedServer server([](tcp::socket& socket) {
    ServerPeer<tcp::socket> peer(socket);
    peer.receive();
    socket.set_option(asio::socket_base::linger(true, 0));
  });
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  auto received = startReceive(client);
  startSend(client, MessageType::text, "go");
  CHECK(get(std::move(received)).first == make_error_code(Errc::connectionLost));
}

TEST_CASE("bad UTF-8 and oversized messages end the connection with their own errors") {
  struct Case {
    std::string bytes;
    Errc error;
    const char* words;
  };
  const auto c = GENERATE(values<Case>({
      {"\x81\x02\xC3(", Errc::protocolViolation, "broke the WebSocket protocol"},
      {std::string("\x82\x7F\0\0\0\0\0\x10\0\0", 10), Errc::messageTooBig, "1000 bytes"},
  }));
  ScriptedServer server([&](tcp::socket& socket) {
    ServerPeer<tcp::socket> peer(socket);
    writeAll(socket, c.bytes);
    readToEnd(socket);
  });
  WebSocketOptions options;
  options.maxMessageSize = 1000;
  WebSocketClient client(options);
  const auto listener = std::make_shared<Recorder>();
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  const auto transport = client.transport();
  onExecutor(transport, [&] { transport->attach(listener); });
  const auto [error, info] = listener->waitForClosed();
  CHECK(error == make_error_code(c.error));
  CHECK(info.message.find(c.words) != std::string::npos);
}

TEST_CASE("a peer that pings and never reads is dropped before the answers fill memory") {
  ScriptedServer server([](tcp::socket& socket) {
    writeAll(socket, upgradeAnswer(readHead(socket), ""));
    std::string pings;
    while (pings.size() < 1 << 16) {
      pings += "\x89\x7d" + std::string(125, 'p');
    }
    for (;;) {  // Ends with an error of the socket when the client has hung up.
      writeAll(socket, pings);
    }
  });
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  CHECK(get(startReceive(client)).first == make_error_code(Errc::protocolViolation));
}

TEST_CASE("a listener gets what came before it, in order, and may answer from inside") {
  ScriptedServer server([](tcp::socket& socket) {
    ServerPeer<tcp::socket> peer(socket);
    for (int i = 0; i < 100; ++i) {
      peer.send(MessageType::text, std::to_string(i));
    }
    for (int i = 0; i < 100; ++i) {
      peer.receive();
    }
    peer.close(1000, "");
    peer.receive();
  });
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  CHECK(get(startReceive(client)).second.payload == "0");
  const auto transport = client.transport();
  const auto listener = std::make_shared<Recorder>();
  listener->duringMessage = [&] { transport->send(MessageType::text, "got it"); };
  onExecutor(transport, [&] {
    transport->send(MessageType::text, "got it");
    transport->attach(listener);
  });
  const auto messages = listener->waitForMessages(99);
  for (std::size_t i = 0; i < 99; ++i) {
    CHECK(messages[i] == std::to_string(i + 1));
  }
  CHECK(listener->waitForClosed().first == make_error_code(Errc::connectionClosed));
  CHECK(!listener->nested());
  CHECK(get(startReceive(client)).first == make_error_code(Errc::invalidState));
}

TEST_CASE("abort from inside a message ends delivery at once; the end is told once") {
  ScriptedServer server([](tcp::socket& socket) {
    ServerPeer<tcp::socket> peer(socket);
    peer.receive();
    for (int i = 0; i < 100; ++i) {
      peer.send(MessageType::text, "x");
    }
    readToEnd(socket);
  });
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  const auto transport = client.transport();
  const auto listener = std::make_shared<Recorder>();
  listener->duringMessage = [&] {
    ErrorInfo info;
    info.message = "enough";
    transport->abort(Errc::queueFull, info);
    transport->abort(Errc::timedOut, {});
    transport->send(MessageType::text, "late");
    transport->close(1000, "late");
  };
  onExecutor(transport, [&] {
    transport->attach(listener);
    transport->send(MessageType::text, "go");
  });
  const auto [error, info] = listener->waitForClosed();
  CHECK(error == make_error_code(Errc::queueFull));
  CHECK(info.message == "enough");
  onExecutor(transport, [&] { transport->ping(); });
  CHECK(listener->waitForMessages(1).size() == 1);
  CHECK(listener->closedCalls() == 1);
  CHECK(!listener->nested());
  CHECK(transport->bytesToSend() == 0);
}

TEST_CASE("after an exception in a handler no message comes any more") {
  ScriptedServer server([](tcp::socket& socket) {
    ServerPeer<tcp::socket> peer(socket);
    for (int i = 0; i < 3; ++i) {
      peer.send(MessageType::text, std::to_string(i));
    }
    peer.receive();
  });
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  // The answer to a ping comes behind the messages: then they all are in the queue.
  REQUIRE(!get(startPing(client)));
  REQUIRE(client.statistics().messagesReceived == 3);
  SECTION("of a receive") {
    int calls = 0;
    std::promise<std::string> called;
    client.receive([&](const std::error_code&, const Message& message) {
      ++calls;
      called.set_value(message.payload);
      throw std::runtime_error("the program's own");
    });
    CHECK(get(called.get_future()) == "0");
    const auto [error, message] = get(startReceive(client));
    CHECK(error == make_error_code(Errc::invalidState));
    CHECK(message.payload.empty());
    CHECK(get(startReceive(client)).first == make_error_code(Errc::invalidState));
    CHECK(calls == 1);
  }
  SECTION("of a listener") {
    const auto transport = client.transport();
    const auto listener = std::make_shared<Recorder>();
    listener->duringMessage = [] { throw std::runtime_error("the program's own"); };
    onExecutor(transport, [&] { transport->attach(listener); });
    CHECK(listener->waitForClosed().first == make_error_code(Errc::invalidState));
    CHECK(listener->waitForMessages(1) == std::vector<std::string>{"0"});
    CHECK(listener->closedCalls() == 1);
  }
}

TEST_CASE("a close of our own ends with cancelled for the listener") {
  ScriptedServer server(echo);
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  const auto transport = client.transport();
  const auto listener = std::make_shared<Recorder>();
  onExecutor(transport, [&] {
    transport->attach(listener);
    transport->close(1000, "");
  });
  CHECK(listener->waitForClosed().first == make_error_code(Errc::cancelled));
}

TEST_CASE("wakeAt wakes once, at the time asked for last; answers to pings show") {
  ScriptedServer server(echo);
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  const auto transport = client.transport();
  const auto listener = std::make_shared<Recorder>();
  TimePoint asked;
  std::uint64_t number = 0;
  onExecutor(transport, [&] {
    transport->attach(listener);
    asked = transport->now() + Duration(20);
    transport->wakeAt(transport->now() + std::chrono::hours(1));
    transport->wakeAt(asked);
  });
  listener->waitForWake();
  onExecutor(transport, [&] {
    CHECK(transport->now() >= asked);
    CHECK(transport->lastReceived() < asked);
    CHECK(transport->lastPong() == 0);
    number = transport->ping();
    CHECK(number > 0);
  });
  CHECK(!get(startPing(client)));
  onExecutor(transport, [&] {
    CHECK(transport->lastReceived() >= asked);
    CHECK(transport->lastPong() > number);
  });
}

TEST_CASE("input that comes while a handler blocks the thread is known to be unread") {
  std::promise<void> blocked;
  std::promise<void> sent;
  ScriptedServer server([&](tcp::socket& socket) {
    ServerPeer<tcp::socket> peer(socket);
    blocked.get_future().wait();
    peer.send(MessageType::text, "late");
    sent.set_value();
    peer.receive();
  });
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  const auto transport = client.transport();
  const auto listener = std::make_shared<Recorder>();
  onExecutor(transport, [&] { transport->attach(listener); });
  onExecutor(transport, [&] {
    CHECK_FALSE(transport->hasUnreadInput());
    blocked.set_value();
    sent.get_future().wait();
    CHECK(transport->hasUnreadInput());
  });
  CHECK(listener->waitForMessages(1).front() == "late");
  onExecutor(transport, [&] { CHECK_FALSE(transport->hasUnreadInput()); });
}

TEST_CASE("a message that comes with a violation is answered before the connection ends") {
  const bool inOnePiece = GENERATE(true, false);
  std::promise<std::string> heard;
  ScriptedServer server([&](tcp::socket& socket) {
    writeAll(socket, upgradeAnswer(readHead(socket), ""));
    const std::string good = "\x81\x02hi";
    const std::string bad = "\xF1\x01x";
    if (inOnePiece) {
      writeAll(socket, good + bad);
    } else {
      writeAll(socket, good);
      writeAll(socket, bad);
    }
    std::string bytes;
    asio::error_code error;
    asio::read(socket, asio::dynamic_buffer(bytes), error);
    heard.set_value(bytes);
  });
  WebSocketClient client(WebSocketOptions{});
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  SECTION("message by message") {
    const auto [error, message] = get(startReceive(client));
    REQUIRE(!error);
    CHECK(message.payload == "hi");
    CHECK(!get(startSend(client, MessageType::text, "answer")));
    CHECK(get(startReceive(client)).first == make_error_code(Errc::protocolViolation));
  }
  SECTION("by a listener") {
    const auto transport = client.transport();
    const auto listener = std::make_shared<Recorder>();
    listener->duringMessage = [&] { transport->send(MessageType::text, "answer"); };
    onExecutor(transport, [&] { transport->attach(listener); });
    CHECK(listener->waitForClosed().first == make_error_code(Errc::protocolViolation));
    CHECK(listener->waitForMessages(1) == std::vector<std::string>{"hi"});
  }
  const std::string bytes = get(heard.get_future());
  REQUIRE(bytes.size() > 12);
  CHECK(bytes.substr(0, 2) == "\x81\x86");  // the answer, masked
  CHECK(bytes.substr(12, 1) == "\x88");     // and the close frame behind it
}

TEST_CASE("who takes no more messages hears of a violation within the close time-out") {
  ScriptedServer server([&](tcp::socket& socket) {
    writeAll(socket, upgradeAnswer(readHead(socket), "") + "\x81\x02hi\xF1\x01x");
    readToEnd(socket);
  });
  WebSocketOptions options;
  options.closeTimeout = Duration(20);
  WebSocketClient client(options);
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  CHECK(get(startPing(client)) == make_error_code(Errc::protocolViolation));
  CHECK(get(startReceive(client)).second.payload == "hi");
  CHECK(get(startReceive(client)).first == make_error_code(Errc::protocolViolation));
}

TEST_CASE("what the answer to the upgrade said is known, without cookies and credentials") {
  ScriptedServer server([](tcp::socket& socket) {
    writeAll(socket, upgradeAnswer(readHead(socket),
                                   "X-Request-Id: 7\r\nset-cookie: session=1\r\n"
                                   "X-Echo: key the-secret-token\r\nX-Request-Id: 8\r\n"));
    readToEnd(socket);
  });
  WebSocketOptions options;
  options.bearerToken = "the-secret-token";
  WebSocketClient client(options);
  CHECK(client.responseHeaders().empty());
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  std::string told;
  for (const auto& [name, value] : client.responseHeaders()) {
    told += name.compare(0, 2, "X-") == 0 ? name + "=" + value + ";" : "";
    CHECK(value.find("session") == std::string::npos);
  }
  CHECK(told == "X-Request-Id=7;X-Echo=key ***;X-Request-Id=8;");
}

TEST_CASE("the server's choice of subprotocol is known") {
  std::promise<std::string> request;
  ScriptedServer server([&](tcp::socket& socket) {
    const std::string head = readHead(socket);
    request.set_value(head);
    writeAll(socket, upgradeAnswer(head, "Sec-WebSocket-Protocol: two\r\n"));
    readToEnd(socket);
  });
  WebSocketOptions options;
  options.subprotocols = {"one", "two"};
  WebSocketClient client(options);
  CHECK(client.subprotocol().empty());
  REQUIRE(!connect(client, "ws://" + server.authority()).error);
  CHECK(client.subprotocol() == "two");
  CHECK(get(request.get_future()).find("Sec-WebSocket-Protocol: one, two\r\n") !=
        std::string::npos);
}
