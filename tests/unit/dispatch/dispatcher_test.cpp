#include "wsferry/strapi/dispatcher.hpp"

#include <rapidjson/document.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <vector>

#include "catch.hpp"
#include "wsferry/strapi/transfer_error.hpp"
#include "wsferry/testing/scripted_transport.hpp"

using namespace wsferry;
using namespace wsferry::strapi;
using namespace std::chrono_literals;
using wsferry::testing::ScriptedTransport;

namespace {

// What one call completed with, and how often.
struct Outcome {
  int completions = 0;
  std::error_code error;
  Answer answer;

  auto handler() {
    return [this](const std::error_code& code, Answer value) {
      ++completions;
      error = code;
      answer = std::move(value);
    };
  }
};

struct Subscriber final : ProcessSubscriber {
  std::vector<ProcessData> data;
  std::vector<std::pair<std::error_code, ErrorInfo>> failures;
  void onData(ProcessData message) override { data.push_back(std::move(message)); }
  void onFailed(const std::error_code& error, const ErrorInfo& info) override {
    failures.emplace_back(error, info);
  }
};

std::string memberOf(const std::string& json, const char* key) {
  rapidjson::Document document;
  document.Parse(json.c_str());
  REQUIRE_FALSE(document.HasParseError());
  REQUIRE(document.IsObject());
  REQUIRE(document.HasMember(key));
  return document[key].IsString() ? document[key].GetString() : "";
}

std::string uuidOf(const std::string& json) {
  return memberOf(json, "uuid");
}

std::string dataMessage(const std::string& uuid, const std::string& process,
                        const std::string& data, bool ended = false) {
  return R"({"uuid":")" + uuid + R"(","data":{"type":"transfer","data":)" + data + R"(,"ended":)" +
         (ended ? "true" : "false") + R"(,"error":null,"id":")" + process + R"("}})";
}

struct Fixture {
  asio::io_context context;
  std::shared_ptr<ScriptedTransport> peer = std::make_shared<ScriptedTransport>(context);

  Dispatcher make(DispatcherOptions options = {}) {
    Dispatcher dispatcher(peer, std::move(options));
    peer->run();
    return dispatcher;
  }

  void answer(const std::string& sent, const std::string& data) {
    peer->receive(R"({"uuid":")" + uuidOf(sent) + R"(","data":)" + data + R"(,"error":null})");
  }
};

DispatcherOptions withoutKeepAlive() {
  DispatcherOptions options;
  options.keepAlive.pingInterval = 0s;
  return options;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "Each kind of message has the protocol's form") {
  Dispatcher dispatcher = make();
  Outcome ignored;
  dispatcher.dispatchCommand(Command::init, R"({"transfer":"pull","checksums":true})",
                             ignored.handler());
  dispatcher.setTransferProperties({"T1"}, TransferKind::pull);
  dispatcher.dispatchCommand(Command::status, "", ignored.handler());
  dispatcher.dispatchCommand(Command::end, "", ignored.handler());
  dispatcher.dispatchTransferAction(TransferAction::getMetadata, ignored.handler());
  dispatcher.dispatchTransferStep(TransferStage::assets, StepAction::start, "", ignored.handler());
  dispatcher.dispatchTransferStep(TransferStage::links, StepAction::stream, "[{\"a\":1}]",
                                  ignored.handler());
  peer->run();
  REQUIRE(peer->sent().size() == 6);
  std::vector<std::string> bare;
  std::set<std::string> uuids;
  for (std::string text : peer->sent()) {
    const std::string uuid = uuidOf(text);
    uuids.insert(uuid);
    const std::string member = ",\"uuid\":\"" + uuid + "\"";
    bare.push_back(text.erase(text.find(member), member.size()));
  }
  CHECK(uuids.size() == 6);
  CHECK(bare[0] ==
        R"({"type":"command","command":"init","params":{"transfer":"pull","checksums":true}})");
  CHECK(bare[1] == R"({"type":"command","command":"status"})");
  CHECK(bare[2] == R"({"type":"command","command":"end","params":{"transferID":"T1"}})");
  CHECK(bare[3] ==
        R"({"type":"transfer","kind":"action","action":"getMetadata","transferID":"T1"})");
  CHECK(bare[4] ==
        R"({"type":"transfer","kind":"step","step":"assets","action":"start","transferID":"T1"})");
  CHECK(
      bare[5] ==
      R"({"type":"transfer","kind":"step","step":"links","action":"stream","transferID":"T1","data":[{"a":1}]})");
  CHECK(dispatcher.transferID() == "T1");
  CHECK(dispatcher.transferKind() == TransferKind::pull);
}

TEST_CASE_METHOD(Fixture, "An answer completes its call once, and repeats of it are dropped") {
  Dispatcher dispatcher = make();
  Outcome first;
  Outcome second;
  dispatcher.dispatchTransferAction(TransferAction::bootstrap, first.handler());
  dispatcher.dispatchTransferAction(TransferAction::getMetadata, second.handler());
  CHECK(first.completions == 0);
  peer->run();
  answer(peer->sent()[1], R"({"x":[1,2]})");
  CHECK(second.completions == 1);
  CHECK_FALSE(second.error);
  CHECK(second.answer.data == R"({"x":[1,2]})");
  CHECK(first.completions == 0);
  answer(peer->sent()[1], "3");
  CHECK(second.completions == 1);
  answer(peer->sent()[0], "null");
  CHECK(first.completions == 1);
  CHECK(first.answer.data == "null");
}

TEST_CASE_METHOD(Fixture, "An error answer is mapped by its step and keeps the server's words") {
  Dispatcher dispatcher = make();
  struct Case {
    std::string details;
    std::error_code expected;
  };
  const auto example = GENERATE(values<Case>({
      {R"({"step":"initialization"})", TransferErrc::remoteInitialization},
      {R"({"step":"validation","details":{"code":"X"}})", TransferErrc::remoteValidation},
      {R"({"step":"transfer"})", Errc::remoteFailed},
      {R"({})", Errc::remoteFailed},
      {R"("text")", Errc::remoteFailed},
  }));
  Outcome outcome;
  dispatcher.dispatchTransferAction(TransferAction::getSchemas, outcome.handler());
  peer->run();
  peer->receive(R"({"uuid":")" + uuidOf(peer->lastSent()) +
                R"(","data":null,"error":{"code":"ProviderError","message":"No \"x\"","details":)" +
                example.details + "}}");
  REQUIRE(outcome.completions == 1);
  CHECK(outcome.error == example.expected);
  CHECK(outcome.error == ErrorCondition::remote);
  CHECK(outcome.answer.error.remoteCode == "ProviderError");
  CHECK(outcome.answer.error.remoteMessage == "No \"x\"");
  CHECK(outcome.answer.error.remoteDetails == example.details);
  CHECK(outcome.answer.error.message.find("action getSchemas") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "Without keep-alive an unanswered message is repeated, then given up") {
  DispatcherOptions options = withoutKeepAlive();
  options.retryMessageOptions.retryMessageMaxRetries = 2;
  Dispatcher dispatcher = make(options);
  Outcome outcome;
  dispatcher.dispatchCommand(Command::status, "", outcome.handler());
  peer->advance(29s);
  CHECK(peer->sent().size() == 1);
  peer->advance(32s);
  REQUIRE(peer->sent().size() == 3);
  CHECK(peer->sent()[2] == peer->sent()[0]);
  CHECK(outcome.completions == 0);
  peer->advance(30s);
  REQUIRE(outcome.completions == 1);
  CHECK(outcome.error == Errc::timedOut);
  CHECK(outcome.answer.error.message.find("command status") != std::string::npos);
  CHECK(outcome.answer.error.message.find("may have taken effect") != std::string::npos);
  CHECK(peer->sent().size() == 3);
  CHECK(peer->pings() == 0);
}

TEST_CASE_METHOD(Fixture, "init starts a transfer, and every later message carries its id") {
  Dispatcher dispatcher = make();
  std::error_code error = Errc::timedOut;
  InitAnswer init;
  const auto handler = [&](const std::error_code& code, InitAnswer answer) {
    error = code;
    init = std::move(answer);
  };
  dispatcher.init(InitRequest::pull(), handler);
  peer->run();
  REQUIRE(peer->sent().size() == 1);
  CHECK(
      peer->lastSent().find(R"("command":"init","params":{"transfer":"pull","checksums":true})") !=
      std::string::npos);
  answer(peer->lastSent(), R"({"transferID":"T1","checksums":true})");
  CHECK_FALSE(error);
  CHECK(init.transferID.value == "T1");
  CHECK(init.checksums);
  CHECK(dispatcher.transferID() == "T1");
  CHECK(dispatcher.transferKind() == TransferKind::pull);

  dispatcher.init(InitRequest::push(RestoreScope{}), handler);
  peer->run();
  CHECK(peer->lastSent().find(R"("params":{"transfer":"push","options":{"strategy":"restore")") !=
        std::string::npos);
  answer(peer->lastSent(), R"({"transferID":"T2","assetEncoding":"base64"})");
  CHECK(init.base64);
  CHECK(dispatcher.transferID() == "T2");
  CHECK(dispatcher.transferKind() == TransferKind::push);
}

TEST_CASE_METHOD(Fixture, "An init that fails says why, and changes nothing") {
  Dispatcher dispatcher = make();
  std::error_code error;
  InitAnswer init;
  asio::cancellation_signal cancel;
  int completions = 0;
  const auto ask = [&](InitRequest request) {
    dispatcher.init(std::move(request),
                    asio::bind_cancellation_slot(
                        cancel.slot(), [&](const std::error_code& code, InitAnswer answer) {
                          ++completions;
                          error = code;
                          init = std::move(answer);
                        }));
    peer->run();
  };
  ask(InitRequest::pull());
  answer(peer->lastSent(), "{}");
  CHECK(error == Errc::protocolViolation);
  CHECK(init.error.message.find("transferID") != std::string::npos);

  ask(InitRequest::pull());
  peer->receive(R"({"uuid":")" + uuidOf(peer->lastSent()) +
                R"(","data":null,"error":{"message":"no","details":{"step":"initialization"}}})");
  CHECK(error == TransferErrc::remoteInitialization);
  CHECK(init.error.remoteMessage == "no");

  ask(InitRequest::pull());
  cancel.emit(asio::cancellation_type::all);
  peer->run();
  CHECK(error == Errc::cancelled);
  CHECK(init.error.message.find("command init") != std::string::npos);

  const std::size_t sent = peer->sent().size();
  InitRequest push;
  push.transfer = TransferKind::push;
  ask(push);
  CHECK(error == Errc::invalidOption);
  CHECK(peer->sent().size() == sent);
  CHECK(completions == 4);
  CHECK(dispatcher.transferID().empty());
}

TEST_CASE_METHOD(Fixture, "A message's own retry options win over the dispatcher's") {
  Dispatcher dispatcher = make(withoutKeepAlive());
  RetryMessageOptions retry;
  retry.retryMessageTimeout = 1s;
  retry.retryMessageMaxRetries = 0;
  Outcome outcome;
  dispatcher.dispatchCommand(Command::status, "", retry, outcome.handler());
  peer->advance(1s);
  CHECK(outcome.error == Errc::timedOut);
  CHECK(peer->sent().size() == 1);
}

TEST_CASE_METHOD(Fixture, "init has retry options of its own as well") {
  Dispatcher dispatcher = make(withoutKeepAlive());
  RetryMessageOptions retry;
  retry.retryMessageTimeout = 1s;
  retry.retryMessageMaxRetries = 1;
  std::vector<std::error_code> errors;
  dispatcher.init(InitRequest::pull(), retry,
                  [&errors](const std::error_code& error, InitAnswer) { errors.push_back(error); });
  peer->advance(1s);
  REQUIRE(peer->sent().size() == 2);
  CHECK(peer->sent()[1] == peer->sent()[0]);
  CHECK(errors.empty());
  peer->advance(1s);
  CHECK(errors == std::vector<std::error_code>{Errc::timedOut});
}

TEST_CASE_METHOD(Fixture, "A peer that answers pings is waited for, up to the cap") {
  Dispatcher dispatcher = make();
  Outcome outcome;
  dispatcher.dispatchTransferAction(TransferAction::close, outcome.handler());
  for (int minute = 0; minute < 59; ++minute) {
    for (int i = 0; i < 6; ++i) {
      peer->advance(10s);
      peer->receiveBytes();
    }
  }
  CHECK(outcome.completions == 0);
  CHECK(peer->sent().size() > 50);
  for (int i = 0; i < 6; ++i) {
    peer->advance(10s);
    peer->receiveBytes();
  }
  REQUIRE(outcome.completions == 1);
  CHECK(outcome.error == Errc::timedOut);
  CHECK_FALSE(peer->isAborted());
}

TEST_CASE_METHOD(Fixture, "A silent peer fails everything at the end of the liveness window") {
  Dispatcher dispatcher = make();
  dispatcher.setTransferProperties({"T"}, TransferKind::pull);
  Outcome first;
  Outcome second;
  const auto subscriber = std::make_shared<Subscriber>();
  dispatcher.dispatchTransferAction(TransferAction::bootstrap, first.handler());
  dispatcher.dispatchTransferAction(TransferAction::getMetadata, second.handler());
  dispatcher.subscribe("P", subscriber);
  peer->advance(89s);
  CHECK(peer->pings() == 4);
  CHECK(first.completions == 0);
  peer->advance(1s);
  CHECK(first.completions == 1);
  CHECK(first.error == Errc::connectionLost);
  CHECK(second.error == Errc::connectionLost);
  REQUIRE(subscriber->failures.size() == 1);
  CHECK(subscriber->failures[0].first == Errc::connectionLost);
  CHECK(peer->isAborted());

  Outcome late;
  dispatcher.dispatchTransferAction(TransferAction::close, late.handler());
  CHECK(late.completions == 0);
  peer->run();
  CHECK(late.error == Errc::connectionLost);
}

TEST_CASE_METHOD(Fixture, "A peer that takes a large message slowly is not silent") {
  Dispatcher dispatcher = make();
  Outcome outcome;
  dispatcher.dispatchTransferAction(TransferAction::bootstrap, outcome.handler());
  peer->unsentBytes = 50'000'000;
  for (int i = 0; i < 60; ++i) {
    peer->advance(10s);
    peer->unsentBytes -= 500'000;
  }
  CHECK(outcome.completions == 0);
  // The network takes no more.
  peer->advance(3min);
  CHECK(outcome.completions == 1);
  CHECK(outcome.error == Errc::connectionLost);
}

TEST_CASE_METHOD(Fixture, "A ping of our own that leaves the queue late is no sign of life") {
  DispatcherOptions options;
  options.retryMessageOptions.retryMessageTimeout = 25s;
  Dispatcher dispatcher = make(options);
  Outcome outcome;
  dispatcher.dispatchTransferAction(TransferAction::bootstrap, outcome.handler());
  for (int i = 0; i < 4; ++i) {
    // The wake that pings, another that finds the ping in the queue, and one that does not.
    peer->advance(19s + 999ms);
    peer->unsentBytes = 6;
    peer->advance(1ms);
    peer->unsentBytes = 0;
  }
  CHECK(peer->pings() == 4);
  CHECK(outcome.completions == 0);
  peer->advance(9s + 999ms);
  CHECK(outcome.completions == 0);
  peer->advance(1ms);
  CHECK(outcome.error == Errc::connectionLost);
}

TEST_CASE_METHOD(Fixture, "Who slept pings before the server is taken for dead") {
  Dispatcher dispatcher = make();
  Outcome outcome;
  dispatcher.dispatchTransferAction(TransferAction::close, outcome.handler());
  peer->sleep(10min);
  CHECK(outcome.completions == 0);
  CHECK(peer->pings() == 1);
  SECTION("it lives") {
    peer->receiveBytes();
    peer->advance(1min);
    CHECK(outcome.completions == 0);
  }
  SECTION("it does not") {
    peer->advance(19s + 999ms);
    CHECK(outcome.completions == 0);
    peer->advance(1ms);
    CHECK(outcome.error == Errc::connectionLost);
  }
}

TEST_CASE_METHOD(Fixture, "Input that has yet to be read is a sign of life") {
  Dispatcher dispatcher = make();
  Outcome outcome;
  dispatcher.dispatchTransferAction(TransferAction::bootstrap, outcome.handler());
  peer->advance(89s);
  peer->unreadInput = true;
  peer->advance(1s);
  CHECK(outcome.completions == 0);
  peer->unreadInput = false;
  peer->advance(89s);
  CHECK(outcome.completions == 0);
  peer->advance(1s);
  CHECK(outcome.error == Errc::connectionLost);
}

TEST_CASE_METHOD(Fixture, "The connection's end reaches every call, with its cause") {
  Dispatcher dispatcher = make();
  Outcome outcome;
  dispatcher.dispatchTransferAction(TransferAction::bootstrap, outcome.handler());
  peer->run();
  ErrorInfo info;
  info.message = "closed with 1000";
  peer->lose(Errc::connectionClosed, info);
  REQUIRE(outcome.completions == 1);
  CHECK(outcome.error == Errc::connectionClosed);
  CHECK(outcome.answer.error.message == "closed with 1000");
}

TEST_CASE_METHOD(Fixture, "Cancelling one call leaves the others and the connection alone") {
  Dispatcher dispatcher = make();
  asio::cancellation_signal signal;
  Outcome cancelled;
  Outcome other;
  dispatcher.dispatchTransferAction(
      TransferAction::bootstrap, asio::bind_cancellation_slot(signal.slot(), cancelled.handler()));
  dispatcher.dispatchTransferAction(TransferAction::getMetadata, other.handler());
  peer->run();
  const auto type = GENERATE(asio::cancellation_type::terminal, asio::cancellation_type::partial,
                             asio::cancellation_type::all);
  signal.emit(type);
  CHECK(cancelled.completions == 0);
  peer->run();
  CHECK(cancelled.completions == 1);
  CHECK(cancelled.error == Errc::cancelled);
  answer(peer->sent()[0], "1");
  CHECK(cancelled.completions == 1);
  answer(peer->sent()[1], "2");
  CHECK(other.answer.data == "2");
}

TEST_CASE_METHOD(Fixture, "A message with a uuid in use is not sent, and harms no other call") {
  Dispatcher dispatcher = make();
  const Uuid uuid = Uuid::random();
  const auto message = [&uuid](const std::string& label) {
    return EncodedMessage{uuid, R"({"uuid":")" + uuid.toString() + R"("})", label};
  };
  asio::cancellation_signal signal;
  Outcome first;
  Outcome second;
  dispatcher.dispatchEncoded(message("the first one"), first.handler());
  peer->run();
  dispatcher.dispatchEncoded(message("the second one"),
                             asio::bind_cancellation_slot(signal.slot(), second.handler()));
  std::string why = "the second one was not sent";
  SECTION("as it is") {}
  SECTION("cancelled meanwhile") {
    signal.emit(asio::cancellation_type::all);
    why = "before the second one was sent";
  }
  peer->run();
  CHECK(second.completions == 1);
  CHECK(second.error ==
        (why[0] == 'b' ? make_error_code(Errc::cancelled) : make_error_code(Errc::invalidOption)));
  CHECK(second.answer.error.message.find(why) != std::string::npos);
  CHECK(peer->sent().size() == 1);
  CHECK(first.completions == 0);
  answer(peer->sent()[0], "1");
  CHECK(first.completions == 1);
  CHECK(first.answer.data == "1");
  // The uuid is free again.
  dispatcher.dispatchEncoded(message("the third one"), second.handler());
  peer->run();
  CHECK(peer->sent().size() == 2);
}

TEST_CASE_METHOD(Fixture, "No data comes once a dispatcher is destroyed, even by its subscriber") {
  struct Destroyer final : ProcessSubscriber {
    std::optional<Dispatcher>& dispatcher;
    int messages = 0;
    int failures = 0;
    explicit Destroyer(std::optional<Dispatcher>& target) : dispatcher(target) {}
    void onData(ProcessData) override {
      ++messages;
      dispatcher.reset();
    }
    void onFailed(const std::error_code&, const ErrorInfo&) override { ++failures; }
  };
  std::optional<Dispatcher> dispatcher(make());
  const auto subscriber = std::make_shared<Destroyer>(dispatcher);
  SECTION("by data that was held") {
    peer->receive(dataMessage("V", "P", "[1]"));
    peer->receive(dataMessage("W", "P", "[2]"));
    dispatcher->subscribe("P", subscriber);
  }
  SECTION("by data that comes at once") {
    dispatcher->subscribe("P", subscriber);
    peer->run();
    peer->pauseReceiving(true);
    peer->receive(dataMessage("V", "P", "[1]"));
    peer->receive(dataMessage("W", "P", "[2]"));
    peer->pauseReceiving(false);
  }
  peer->run();
  CHECK(subscriber->messages == 1);
  CHECK(subscriber->failures == 1);
  CHECK(peer->closeCode() == 1000);
}

TEST_CASE_METHOD(Fixture, "No handler runs once a dispatcher is destroyed, even in a handler") {
  std::optional<Dispatcher> dispatcher(make());
  int calls = 0;
  const auto destroy = [&](const auto&) {
    ++calls;
    dispatcher.reset();
  };
  dispatcher->onDiagnostic(destroy);
  dispatcher->onServerMessage(destroy);
  peer->run();
  peer->pauseReceiving(true);
  for (int i = 0; i < 2; ++i) {
    peer->receive(R"({"diagnostic":{"details":{"message":"m"},"kind":"info"}})");
    peer->receive(R"({"hello":"world"})");
  }
  peer->pauseReceiving(false);
  peer->run();
  CHECK(calls == 1);
}

TEST_CASE_METHOD(Fixture, "Destruction completes what waits, once, and closes the connection") {
  Outcome outcome;
  const auto subscriber = std::make_shared<Subscriber>();
  {
    Dispatcher dispatcher = make();
    dispatcher.dispatchTransferAction(TransferAction::bootstrap, outcome.handler());
    dispatcher.subscribe("P", subscriber);
    peer->run();
  }
  peer->run();
  CHECK(outcome.completions == 1);
  CHECK(outcome.error == Errc::cancelled);
  CHECK(subscriber->failures.size() == 1);
  CHECK(peer->closeCode() == 1000);
}

TEST_CASE_METHOD(Fixture, "A dispatcher that another one replaces is destroyed") {
  Dispatcher dispatcher = make();
  Outcome outcome;
  dispatcher.dispatchTransferAction(TransferAction::bootstrap, outcome.handler());
  peer->run();
  const auto otherPeer = std::make_shared<ScriptedTransport>(context);
  Dispatcher other(otherPeer);
  dispatcher = std::move(other);
  peer->run();
  CHECK(outcome.error == Errc::cancelled);
  CHECK(peer->closeCode() == 1000);
  CHECK_FALSE(otherPeer->closeCode());
}

TEST_CASE_METHOD(Fixture, "close() cancels what waits and completes when the connection is over") {
  Dispatcher dispatcher = make();
  peer->answersClose = false;
  Outcome outcome;
  dispatcher.dispatchTransferAction(TransferAction::bootstrap, outcome.handler());
  int closed = 0;
  dispatcher.close([&closed](const std::error_code& error) {
    CHECK_FALSE(error);
    ++closed;
  });
  peer->run();
  CHECK(outcome.error == Errc::cancelled);
  CHECK(closed == 0);
  peer->lose(Errc::connectionLost);
  CHECK(closed == 1);
  dispatcher.close([&closed](const std::error_code&) { ++closed; });
  peer->run();
  CHECK(closed == 2);
}

TEST_CASE_METHOD(Fixture, "Destruction while closing completes the close") {
  peer->answersClose = false;
  std::optional<std::error_code> closed;
  {
    Dispatcher dispatcher = make();
    dispatcher.close([&closed](const std::error_code& error) { closed = error; });
  }
  peer->run();
  REQUIRE(closed);
  CHECK(*closed == Errc::cancelled);
}

namespace {

/// A pull whose server has been asked to start a step, and ends when it is hung up on before it
/// sends.
struct PullFixture : Fixture {
  Dispatcher dispatcher = make();
  std::shared_ptr<Subscriber> subscriber = std::make_shared<Subscriber>();
  Outcome start;
  int closes = 0;

  PullFixture() {
    dispatcher.setTransferProperties({"T"}, TransferKind::pull);
    dispatcher.dispatchTransferStep(TransferStage::links, StepAction::start, "", start.handler());
    peer->run();
  }

  void takeStart() {
    answer(peer->sent()[0], R"({"ok":true,"id":"P"})");
    dispatcher.subscribe("P", subscriber);
    peer->run();
  }
  void takeData(const std::string& uuid, bool ended = false) {
    peer->receive(dataMessage(uuid, "P", "[1]", ended));
    dispatcher.acknowledge(uuid);
    peer->run();
  }
  void close() {
    dispatcher.close([this](const std::error_code&) { ++closes; });
    peer->run();
  }
  bool isHungUp() const { return peer->closeCode().has_value(); }
};

}  // namespace

TEST_CASE_METHOD(PullFixture, "A server that waits for this side is hung up on at once") {
  SECTION("before any step") {
    Dispatcher idle = make();
    idle.close([this](const std::error_code&) { ++closes; });
    peer->run();
    CHECK(isHungUp());
    return;
  }
  SECTION("a step could not be started") {
    peer->receive(R"({"uuid":")" + uuidOf(peer->sent()[0]) +
                  R"(","data":null,"error":{"code":"E","message":"no"}})");
  }
  SECTION("data is not acknowledged") {
    takeStart();
    peer->receive(dataMessage("V1", "P", "[1]"));
  }
  SECTION("data came before its step's answer") {
    peer->receive(dataMessage("V1", "P", "[1]"));
    answer(peer->sent()[0], R"({"ok":true,"id":"P"})");
  }
  SECTION("the stream has ended") {
    takeStart();
    takeData("V1");
    takeData("V2", true);
  }
  SECTION("it takes no harm") {
    takeStart();
    takeData("V1");
    dispatcher.setTransferProperties({"T"}, TransferKind::pull, true);
  }
  const std::size_t sent = peer->sent().size();
  close();
  CHECK(isHungUp());
  CHECK(closes == 1);
  CHECK(peer->sent().size() == sent);
}

TEST_CASE_METHOD(PullFixture, "A push hangs up at once: its server sends nothing unasked") {
  dispatcher.setTransferProperties({"T"}, TransferKind::push);
  close();
  CHECK(isHungUp());
}

TEST_CASE_METHOD(PullFixture, "A server that is about to send data is left to send it") {
  takeStart();
  const bool isAcknowledged = GENERATE(false, true);
  const bool isUnsubscribed = GENERATE(false, true);
  if (isAcknowledged) {
    takeData("V1");
  }
  if (isUnsubscribed) {
    dispatcher.unsubscribe("P");
  }
  std::vector<std::string> told;
  dispatcher.onDiagnostic([&](const Diagnostic& diagnostic) { told.push_back(diagnostic.kind); });
  Outcome late;
  dispatcher.dispatchTransferAction(TransferAction::getMetadata, late.handler());
  const std::size_t taken = subscriber->data.size();
  close();
  // What waits on this side ends at once.
  CHECK(late.error == Errc::cancelled);
  CHECK(subscriber->failures.size() == (isUnsubscribed ? 0U : 1U));
  CHECK(told == std::vector<std::string>{"waiting"});
  const std::string end = peer->lastSent();
  CHECK(memberOf(end, "step") == "links");
  CHECK(memberOf(end, "action") == "end");
  CHECK(memberOf(end, "transferID") == "T");
  CHECK(Uuid::parse(uuidOf(end)));
  answer(end, R"({"ok":true})");
  peer->receive(R"({"uuid":"D","diagnostic":{"kind":"info","details":{"message":"end"}}})");
  peer->advance(14s);
  CHECK_FALSE(isHungUp());
  CHECK(closes == 0);
  const std::size_t sent = peer->sent().size();
  SECTION("data comes, and is not acknowledged") {
    dispatcher.acknowledge("V2");  // By somebody who does not know yet.
    peer->receive(dataMessage("V2", "P", "[2]"));
    CHECK(isHungUp());
  }
  SECTION("the stream ends") {
    peer->receive(dataMessage("V2", "P", "null", true));
    CHECK(isHungUp());
  }
  SECTION("nothing comes") {
    peer->advance(1s);
    CHECK(isHungUp());
  }
  SECTION("what comes is not understood") {
    peer->receive("?");
    CHECK(isHungUp());
  }
  SECTION("the connection is lost") {
    peer->lose(Errc::connectionLost);
  }
  SECTION("a second close() waits with the first, for as long") {
    close();
    CHECK_FALSE(isHungUp());
    peer->advance(1s);
    CHECK(isHungUp());
    CHECK(closes == 2);
    closes = 1;
  }
  CHECK(closes == 1);
  CHECK(peer->sent().size() == sent);
  CHECK(subscriber->data.size() == taken);
  CHECK(late.completions == 1);
}

TEST_CASE_METHOD(PullFixture,
                 "A server that is about to start a step is left to send its first data") {
  close();
  // An `end` that meets the start on its way could harm.
  CHECK(peer->sent().size() == 1);
  CHECK_FALSE(isHungUp());
  SECTION("the answer first") {
    answer(peer->sent()[0], R"({"ok":true,"id":"P"})");
    CHECK_FALSE(isHungUp());
    peer->receive(dataMessage("V1", "P", "[1]"));
  }
  SECTION("the data first") {
    peer->receive(dataMessage("V1", "P", "[1]"));
    CHECK_FALSE(isHungUp());
    answer(peer->sent()[0], R"({"ok":true,"id":"P"})");
  }
  SECTION("it is refused") {
    peer->receive(R"({"uuid":")" + uuidOf(peer->sent()[0]) +
                  R"(","data":null,"error":{"code":"E","message":"no"}})");
  }
  CHECK(isHungUp());
  CHECK(closes == 1);
}

TEST_CASE_METHOD(PullFixture, "A step whose start was given up may still send data") {
  answer(peer->sent()[0], R"({"ok":true,"id":"P"})");
  peer->receive(dataMessage("V1", "P", "null", true));
  asio::cancellation_signal signal;
  Outcome assets;
  dispatcher.dispatchTransferStep(TransferStage::assets, StepAction::start, "",
                                  asio::bind_cancellation_slot(signal.slot(), assets.handler()));
  peer->run();
  signal.emit(asio::cancellation_type::all);
  peer->run();
  CHECK(assets.error == Errc::cancelled);
  close();
  CHECK_FALSE(isHungUp());
  answer(peer->lastSent(), R"({"ok":true,"id":"Q"})");
  CHECK_FALSE(isHungUp());
  peer->receive(dataMessage("V2", "Q", "[1]"));
  CHECK(isHungUp());
}

TEST_CASE_METHOD(PullFixture, "Destruction hangs up at once, also on a server that is waited for") {
  takeStart();
  SECTION("in the middle of a step") {}
  SECTION("while it is waited for") {
    close();
    CHECK_FALSE(isHungUp());
  }
  { const Dispatcher gone = std::move(dispatcher); }
  peer->run();
  CHECK(isHungUp());
}

TEST_CASE("What waits on a context that is not run any more goes with it, and never runs") {
  const bool isInit = GENERATE(false, true);
  const bool isSent = GENERATE(false, true);
  int completions = 0;
  auto held = std::make_shared<int>();
  const std::weak_ptr<int> handler = held;
  {
    asio::io_context context;
    const auto peer = std::make_shared<ScriptedTransport>(context);
    Dispatcher dispatcher(peer);
    auto complete = [&completions, held = std::move(held)](const std::error_code&, const auto&) {
      ++completions;
    };
    if (isInit) {
      dispatcher.init(InitRequest::pull(), std::move(complete));
    } else {
      dispatcher.dispatchTransferAction(TransferAction::bootstrap, std::move(complete));
    }
    if (isSent) {
      peer->run();
    }
    CHECK(peer->sent().size() == (isSent ? 1U : 0U));
    context.stop();
  }
  CHECK(completions == 0);
  CHECK(handler.expired());
}

TEST_CASE_METHOD(Fixture, "A cancellation that comes after the dispatcher is gone does nothing") {
  asio::cancellation_signal signal;
  asio::io_context elsewhere;
  Outcome outcome;
  {
    Dispatcher dispatcher = make();
    dispatcher.dispatchTransferAction(
        TransferAction::bootstrap,
        asio::bind_executor(elsewhere.get_executor(),
                            asio::bind_cancellation_slot(signal.slot(), outcome.handler())));
    peer->run();
  }
  peer->run();
  CHECK(outcome.completions == 0);
  signal.emit(asio::cancellation_type::all);
  peer->run();
  elsewhere.run();
  CHECK(outcome.completions == 1);
  CHECK(outcome.error == Errc::cancelled);
}

TEST_CASE_METHOD(Fixture, "A transfer has few streams; a server that invents many is refused") {
  Dispatcher dispatcher = make();
  Outcome outcome;
  dispatcher.dispatchTransferAction(TransferAction::bootstrap, outcome.handler());
  for (int i = 0; i < 64; ++i) {
    peer->receive(dataMessage("V", "P" + std::to_string(i), "[1]"));
  }
  CHECK(outcome.completions == 0);
  peer->receive(dataMessage("V", "Q", "[1]"));
  CHECK(outcome.error == Errc::queueFull);
}

TEST_CASE_METHOD(Fixture, "Streams that were asked for do not count as invented ones") {
  Dispatcher dispatcher = make();
  const auto subscriber = std::make_shared<Subscriber>();
  for (int i = 0; i < 100; ++i) {
    const std::string process = "P" + std::to_string(i);
    peer->receive(dataMessage("V", process, "null", true));
    dispatcher.subscribe(process, subscriber);
    peer->run();
  }
  CHECK(subscriber->data.size() == 100);
  CHECK_FALSE(peer->isAborted());
}

TEST_CASE_METHOD(Fixture, "Data reaches its subscriber, and is acknowledged with its uuid") {
  Dispatcher dispatcher = make();
  const auto subscriber = std::make_shared<Subscriber>();
  dispatcher.subscribe("P1", subscriber);
  peer->run();
  const std::string message = dataMessage("V1", "P1", R"([{"a":"x"},{"b":2}])");
  peer->receive(message);
  REQUIRE(subscriber->data.size() == 1);
  CHECK(subscriber->data[0].message == message);
  CHECK(subscriber->data[0].data() == R"([{"a":"x"},{"b":2}])");
  CHECK_FALSE(subscriber->data[0].ended);
  CHECK(peer->sent().empty());
  dispatcher.acknowledge(subscriber->data[0].uuid);
  peer->run();
  CHECK(peer->lastSent() == R"({"uuid":"V1"})");
  peer->receive(dataMessage("V2", "P1", "null", true));
  REQUIRE(subscriber->data.size() == 2);
  CHECK(subscriber->data[1].ended);
  CHECK(subscriber->data[1].data().empty());
}

TEST_CASE_METHOD(Fixture, "Data that comes before the answer that names it is held, in order") {
  Dispatcher dispatcher = make();
  peer->receive(dataMessage("V1", "P1", "[1]"));
  peer->receive(dataMessage("V2", "P1", "[2]"));
  const auto subscriber = std::make_shared<Subscriber>();
  dispatcher.subscribe("P1", subscriber);
  peer->run();
  REQUIRE(subscriber->data.size() == 2);
  CHECK(subscriber->data[0].uuid == "V1");
  CHECK(subscriber->data[1].data() == "[2]");
  CHECK(peer->sent().empty());
}

TEST_CASE_METHOD(Fixture, "What is held is bounded") {
  DispatcherOptions options;
  options.maxHeldBytes = 1000;
  Dispatcher dispatcher = make(options);
  Outcome outcome;
  dispatcher.dispatchTransferAction(TransferAction::bootstrap, outcome.handler());
  peer->receive(dataMessage("V1", "P1", "[\"" + std::string(900, 'x') + "\"]"));
  CHECK(outcome.completions == 0);
  peer->receive(dataMessage("V2", "P2", "[\"" + std::string(900, 'x') + "\"]"));
  CHECK(outcome.error == Errc::queueFull);
  CHECK(peer->isAborted());
}

TEST_CASE_METHOD(Fixture, "The first message of each step that was started has a place") {
  DispatcherOptions options;
  options.maxHeldBytes = 10;
  Dispatcher dispatcher = make(options);
  dispatcher.setTransferProperties(TransferID{"t"}, TransferKind::pull);
  const bool isNamed = GENERATE(true, false);
  const std::string large = "[\"" + std::string(900, 'x') + "\"]";
  const auto subscriber = std::make_shared<Subscriber>();
  if (isNamed) {
    for (const TransferStage stage : {TransferStage::links, TransferStage::configuration}) {
      Outcome outcome;
      dispatcher.dispatchTransferStep(stage, StepAction::start, "", outcome.handler());
      peer->run();
      const std::string id(toString(stage));
      answer(peer->lastSent(), R"({"ok":true,"id":")" + id + "\"}");
      peer->receive(dataMessage("V" + id, id, large));
    }
    dispatcher.subscribe("links", subscriber);
    dispatcher.subscribe("configuration", subscriber);
    peer->run();
    CHECK(subscriber->data.size() == 2);
  } else {  // It comes before the answer that names its process.
    peer->receive(dataMessage("V1", "P1", large));
    dispatcher.subscribe("P1", subscriber);
    peer->run();
    CHECK(subscriber->data.size() == 1);
  }
  CHECK_FALSE(peer->isAborted());
}

TEST_CASE_METHOD(Fixture, "What follows a first message that nobody takes is bounded") {
  DispatcherOptions options;
  options.maxHeldBytes = 10;
  Dispatcher dispatcher = make(options);
  const bool isOfTheSame = GENERATE(true, false);
  peer->receive(dataMessage("V1", "P1", "[1]"));
  CHECK_FALSE(peer->isAborted());
  peer->receive(dataMessage("V2", isOfTheSame ? "P1" : "P2", "[1]"));
  CHECK(peer->isAborted());
}

TEST_CASE_METHOD(Fixture, "Data after the end of its stream is a protocol error") {
  Dispatcher dispatcher = make();
  const auto subscriber = std::make_shared<Subscriber>();
  dispatcher.subscribe("P1", subscriber);
  peer->receive(dataMessage("V1", "P1", "null", true));
  Outcome outcome;
  dispatcher.dispatchTransferStep(TransferStage::entities, StepAction::end, "", outcome.handler());
  peer->receive(dataMessage("V2", "P1", "[1]"));
  CHECK(outcome.error == Errc::protocolViolation);
}

TEST_CASE_METHOD(Fixture, "A live server that sends no more data is given up at the cap") {
  DispatcherOptions options;
  options.keepAlive.overallCap = 5min;
  Dispatcher dispatcher = make(options);
  const auto subscriber = std::make_shared<Subscriber>();
  dispatcher.subscribe("P1", subscriber);
  peer->receive(dataMessage("V1", "P1", "[1]"));
  // It is not the server's turn before the acknowledgement.
  for (int i = 0; i < 40; ++i) {
    peer->advance(10s);
    peer->receiveBytes();
  }
  CHECK(subscriber->failures.empty());
  dispatcher.acknowledge("V1");
  for (int i = 0; i < 30; ++i) {
    peer->advance(10s);
    peer->receiveBytes();
  }
  REQUIRE(subscriber->failures.size() == 1);
  CHECK(subscriber->failures[0].first == Errc::timedOut);
}

TEST_CASE_METHOD(Fixture, "Diagnostics and unknown messages go to their subscribers") {
  Dispatcher dispatcher = make();
  std::vector<Diagnostic> diagnostics;
  std::vector<std::string> messages;
  dispatcher.onDiagnostic([&](const Diagnostic& diagnostic) { diagnostics.push_back(diagnostic); });
  dispatcher.onServerMessage([&](std::string message) { messages.push_back(std::move(message)); });
  peer->run();
  peer->receive(
      R"({"diagnostic":{"details":{"message":"getting metadata","origin":"x"},"kind":"info"},"uuid":"3d2bcc28-d58d-4ef5-bfa8-a3a65f299c58"})");
  peer->receive(R"({"hello":true})");
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics[0].kind == "info");
  CHECK(diagnostics[0].message == "getting metadata");
  CHECK(diagnostics[0].details == R"({"message":"getting metadata","origin":"x"})");

  // Of a private bucket's file that the server cannot read.
  peer->receive(
      R"({"diagnostic":{"details":{"message":"Path: https://b.test/a?X-Amz-Signature=1"},"kind":"warning"}})");
  peer->run();
  REQUIRE(diagnostics.size() == 2);
  CHECK(diagnostics[1].message == "Path: https://b.test/a");
  CHECK(diagnostics[1].details == R"({"message":"Path: https://b.test/a"})");
  CHECK(messages == std::vector<std::string>{R"({"hello":true})"});
  CHECK(peer->sent().empty());
}

TEST_CASE_METHOD(Fixture, "What a server repeats of the credentials is not told") {
  const std::string secret =
      GENERATE(as<std::string>{}, "s3cret+token-of-this-connection", "hush4");
  peer->credentials = {secret};
  Dispatcher dispatcher = make();
  std::vector<Diagnostic> diagnostics;
  std::vector<std::string> messages;
  dispatcher.onDiagnostic([&](const Diagnostic& diagnostic) { diagnostics.push_back(diagnostic); });
  dispatcher.onServerMessage([&](std::string message) { messages.push_back(std::move(message)); });
  Outcome failed;
  dispatcher.dispatchTransferAction(TransferAction::bootstrap, failed.handler());
  peer->run();
  // The message is cut at its 2000th byte, and not in the middle of a secret.
  const std::string words = std::string(1'990 - secret.size(), 'A') + secret + "Bearer " + secret;
  peer->receive(R"({"uuid":")" + uuidOf(peer->lastSent()) + R"(","error":{"code":"X)" + secret +
                R"(","message":")" + words + R"(","details":{"t":")" + secret + R"("}}})");
  REQUIRE(failed.completions == 1);
  const ErrorInfo& info = failed.answer.error;
  const std::string start = secret.substr(0, 5);
  for (const std::string& text :
       {info.message, info.remoteCode, info.remoteMessage, info.remoteDetails}) {
    CAPTURE(text);
    CHECK(text.find(start) == std::string::npos);
    CHECK(text.find("***") != std::string::npos);
  }
  peer->receive(R"({"diagnostic":{"details":{"message":"at )" + secret + R"(","origin":")" +
                secret + R"("},"kind":"info"}})");
  peer->receive(R"({"hello":")" + secret + R"("})");
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics[0].message == "at ***");
  CHECK(diagnostics[0].details == R"({"message":"at ***","origin":"***"})");
  CHECK(messages == std::vector<std::string>{R"({"hello":"***"})"});

  const auto subscriber = std::make_shared<Subscriber>();
  dispatcher.subscribe("P", subscriber);
  peer->run();
  peer->receive(
      R"({"uuid":"3d2bcc28-d58d-4ef5-bfa8-a3a65f299c58","data":{"type":"transfer","data":[")" +
      secret + R"("],"ended":true,"error":{"message":")" + secret + R"("},"id":"P"}})");
  REQUIRE(subscriber->data.size() == 1);
  CHECK(subscriber->data[0].error == R"({"message":"***"})");
  CHECK(subscriber->data[0].data() == "[\"" + secret + "\"]");  // Content is nobody's to change.

  Outcome waiting;
  dispatcher.dispatchTransferAction(TransferAction::getMetadata, waiting.handler());
  peer->receive("no JSON, but " + secret);
  CHECK(waiting.error == Errc::protocolViolation);
  CHECK(waiting.answer.error.message.find("no JSON, but ***") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "A secret that breaks a message is not quoted either") {
  const std::string secret = "a\"" + std::string(100, 'x');
  peer->credentials = {secret};
  Dispatcher dispatcher = make();
  Outcome waiting;
  dispatcher.dispatchTransferAction(TransferAction::getMetadata, waiting.handler());
  peer->receive("{\"hello\":\"" + secret + "\"}");
  CHECK(waiting.error == Errc::protocolViolation);
  CHECK(waiting.answer.error.message.find("xx") == std::string::npos);
  CHECK(waiting.answer.error.message.find("repeats a secret") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "Answers keep the names that a short secret is a part of") {
  peer->credentials = {"data", "s3cret-token-of-this-connection"};
  Dispatcher dispatcher = make();
  Outcome outcome;
  dispatcher.dispatchTransferAction(TransferAction::getSchemas, outcome.handler());
  peer->run();
  answer(peer->lastSent(), R"({"data":{"api::data.data":"s3cret-token-of-this-connection"}})");
  CHECK(outcome.answer.data == R"({"data":{"api::data.data":"***"}})");
}

TEST_CASE_METHOD(Fixture, "A server that speaks first in another form is not Strapi's endpoint") {
  Dispatcher dispatcher = make();
  Outcome outcome;
  const bool greetsEarly = GENERATE(true, false);
  const auto init = [&] {
    dispatcher.dispatchCommand(Command::init, "", outcome.handler());
    peer->run();
  };
  if (!greetsEarly) {
    init();
  }
  peer->receive(R"({"type":"connected","token":"\u001b[1m"})");
  if (greetsEarly) {
    CHECK_FALSE(peer->isAborted());
    init();
  }
  REQUIRE(outcome.completions == 1);
  CHECK(outcome.error == TransferErrc::notTransferEndpoint);
  CHECK(outcome.error == ErrorCondition::connection);
  CHECK(outcome.answer.error.message.find("not Strapi's transfer endpoint") != std::string::npos);
  CHECK(outcome.answer.error.message.find(R"({"type":"connected")") != std::string::npos);
  CHECK(peer->isAborted());
}

TEST_CASE_METHOD(Fixture,
                 "Once something was answered, unknown messages are no sign of another server") {
  Dispatcher dispatcher = make();
  Outcome outcome;
  dispatcher.dispatchCommand(Command::init, "", outcome.handler());
  peer->run();
  answer(peer->lastSent(), R"({"transferID":"T"})");
  peer->receive(R"({"hello":true})");
  Outcome next;
  dispatcher.dispatchTransferAction(TransferAction::bootstrap, next.handler());
  peer->run();
  CHECK(next.completions == 0);
}

TEST_CASE_METHOD(Fixture, "Diagnostics before the first answer are Strapi's") {
  Dispatcher dispatcher = make();
  Outcome outcome;
  dispatcher.dispatchCommand(Command::init, "", outcome.handler());
  peer->receive(R"({"diagnostic":{"details":{"message":"x"},"kind":"info"},"uuid":"U"})");
  CHECK(outcome.completions == 0);
}

TEST_CASE_METHOD(Fixture, "A server that only answers pings is not Strapi's endpoint") {
  DispatcherOptions options;
  options.serverName = "ws://test/admin";
  Dispatcher dispatcher = make(options);
  const bool isStrapi = GENERATE(true, false);
  if (isStrapi) {
    Outcome init;
    dispatcher.dispatchCommand(Command::init, "", init.handler());
    peer->run();
    answer(peer->lastSent(), R"({"transferID":"T"})");
  }
  Outcome outcome;
  switch (GENERATE(0, 1, 2, 3)) {
    case 0:
      dispatcher.dispatchCommand(Command::init, "", outcome.handler());
      break;
    case 1:
      dispatcher.dispatchTransferAction(TransferAction::bootstrap, outcome.handler());
      break;
    case 2:
      dispatcher.dispatchTransferAction(TransferAction::getMetadata, outcome.handler());
      break;
    default:
      dispatcher.dispatchTransferAction(TransferAction::getSchemas, outcome.handler());
  }
  for (int second = 1; second < 180; ++second) {
    peer->advance(1s);
    peer->receiveBytes();
    REQUIRE(outcome.completions == 0);
  }
  peer->advance(1s);
  REQUIRE(outcome.completions == 1);
  CHECK(outcome.error == TransferErrc::notTransferEndpoint);
  CHECK(outcome.answer.error.message.find("ws://test/admin is ") == 0);
  CHECK(outcome.answer.error.message.find("not Strapi's transfer endpoint") != std::string::npos);
  CHECK((outcome.answer.error.message.find("stuck") != std::string::npos) == isStrapi);
}

TEST_CASE_METHOD(Fixture,
                 "Who slept, or has yet to send, does not judge the server by its silence") {
  Dispatcher dispatcher = make();
  Outcome outcome;
  dispatcher.dispatchCommand(Command::init, "", outcome.handler());
  SECTION("slept") {
    peer->sleep(10min);
    CHECK(outcome.completions == 0);
    peer->advance(1s);
    answer(peer->sent().front(), "{}");
    CHECK_FALSE(outcome.error);
  }
  SECTION("has yet to send") {
    peer->unsentBytes = 1'000'000;
    for (int i = 0; i < 60; ++i) {
      peer->advance(10s);
      peer->receiveBytes();
    }
    CHECK(outcome.completions == 0);
    peer->unsentBytes = 0;
    peer->advance(10s);
    CHECK(outcome.error == TransferErrc::notTransferEndpoint);
  }
}

TEST_CASE_METHOD(Fixture, "From the first repeat on it is told what is waited for, and how long") {
  DispatcherOptions options;
  options.serverName = "ws://test";
  Dispatcher dispatcher = make(options);
  std::vector<std::string> told;
  dispatcher.onDiagnostic([&](const Diagnostic& diagnostic) {
    CHECK(diagnostic.kind == "waiting");
    told.push_back(diagnostic.message);
  });
  const auto pass = [&](int seconds) {
    for (int i = 0; i < seconds; ++i) {
      peer->advance(1s);
      peer->receiveBytes();
    }
  };
  SECTION("for answers, once however many there are") {
    std::vector<std::unique_ptr<Outcome>> outcomes;
    for (int i = 0; i < 20; ++i) {
      outcomes.push_back(std::make_unique<Outcome>());
      dispatcher.dispatchTransferAction(TransferAction::close, outcomes.back()->handler());
      pass(1);
    }
    CHECK(told.empty());
    pass(9);
    CHECK(told.empty());
    pass(1);
    REQUIRE(told.size() == 1);
    CHECK(told[0].find("ws://test: no answer to action close for 30.0 s; it is alive") == 0);
    pass(29);
    CHECK(told.size() == 1);
    pass(1);
    REQUIRE(told.size() == 2);
    CHECK(told[1].find("for 60.0 s") != std::string::npos);
  }
  SECTION("for data") {
    const auto subscriber = std::make_shared<Subscriber>();
    dispatcher.subscribe("P1", subscriber);
    pass(29);
    CHECK(told.empty());
    pass(1);
    REQUIRE(told.size() == 1);
    CHECK(told[0].find("ws://test: no data for 30.0 s; it is alive") == 0);
    peer->receive(dataMessage("V1", "P1", "[1]"));
    pass(60);
    CHECK(told.size() == 1);
  }
  SECTION("for data of one step while another one's comes") {
    Outcome links;
    dispatcher.setTransferProperties({"T"}, TransferKind::pull);
    dispatcher.dispatchTransferStep(TransferStage::links, StepAction::start, "", links.handler());
    peer->run();
    answer(peer->lastSent(), R"({"ok":true,"id":"P1"})");
    const auto waiting = std::make_shared<Subscriber>();
    dispatcher.subscribe("P1", waiting);
    const auto served = std::make_shared<Subscriber>();
    dispatcher.subscribe("P2", served);
    for (int second = 0; second < 30; ++second) {
      peer->receive(dataMessage("V" + std::to_string(second), "P2", "[1]"));
      pass(1);
    }
    REQUIRE(told.size() == 1);
    CHECK(told[0].find("ws://test: no data of links for 30.0 s; it is alive") == 0);
  }
}

TEST_CASE_METHOD(Fixture, "A handler of diagnostics that throws puts off no later deadline") {
  const bool isLivenessKnown = GENERATE(false, true);
  DispatcherOptions options = isLivenessKnown ? DispatcherOptions{} : withoutKeepAlive();
  options.retryMessageOptions.retryMessageMaxRetries = 2;
  Dispatcher dispatcher = make(options);
  int thrown = 0;
  dispatcher.onDiagnostic([&thrown](const Diagnostic&) {
    if (thrown++ == 0) {
      throw std::runtime_error("the program's own");
    }
  });
  Outcome outcome;
  dispatcher.dispatchCommand(Command::status, "", outcome.handler());
  CHECK_THROWS_AS(peer->advance(30s), std::runtime_error);
  REQUIRE(thrown == 1);
  const std::size_t sent = peer->sent().size();
  peer->advance(59s);
  CHECK(peer->sent().size() > sent);
  CHECK(outcome.completions == 0);
  peer->advance(1s);
  CHECK(outcome.completions == 1);
  CHECK(outcome.error == (isLivenessKnown ? Errc::connectionLost : Errc::timedOut));
}

TEST_CASE_METHOD(Fixture, "What is not the protocol ends the connection and says what was seen") {
  Dispatcher dispatcher = make();
  const auto text = GENERATE(as<std::string>{}, "not json", "[]", "\"x\"", "{\"uuid\":", "");
  CAPTURE(text);
  Outcome outcome;
  dispatcher.dispatchTransferAction(TransferAction::bootstrap, outcome.handler());
  peer->receive(text);
  REQUIRE(outcome.completions == 1);
  CHECK(outcome.error == Errc::protocolViolation);
  CHECK(peer->isAborted());
  CHECK(outcome.answer.error.message.find('"' + text.substr(0, 6)) != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "A binary message is a protocol error") {
  Dispatcher dispatcher = make();
  Outcome outcome;
  dispatcher.dispatchTransferAction(TransferAction::bootstrap, outcome.handler());
  peer->receive("{}", MessageType::binary);
  REQUIRE(outcome.completions == 1);
  CHECK(outcome.error == Errc::protocolViolation);
  CHECK(peer->isAborted());
}

TEST_CASE_METHOD(Fixture, "Nothing that could hurt a server is sent") {
  Dispatcher dispatcher = make();
  const auto members =
      GENERATE(as<std::string>{}, "", "not json", "[]", "null", R"({"type":"command")",
               R"({"type":"other"})", R"({"command":"init"})", R"({"type":"command","uuid":"x"})",
               R"({"type":"command"} {})", R"({"type":"command","params":undefined})");
  CAPTURE(members);
  Outcome outcome;
  dispatcher.dispatch(members, outcome.handler());
  CHECK(outcome.completions == 0);
  peer->run();
  REQUIRE(outcome.completions == 1);
  CHECK(outcome.error == Errc::invalidOption);
  CHECK(peer->sent().empty());
}

TEST_CASE_METHOD(Fixture, "JSON text in a typed call is one JSON value") {
  Dispatcher dispatcher = make();
  dispatcher.setTransferProperties({"T"}, TransferKind::push);
  const auto text = GENERATE(as<std::string>{}, "{", "1 2", " ", "nul", "'a'", "[1,]",
                             R"({},"uuid":"x")", "\"\n\"", "\"\xff\"");
  CAPTURE(text);
  Outcome command;
  Outcome step;
  dispatcher.dispatchCommand(Command::status, text, command.handler());
  dispatcher.dispatchTransferStep(TransferStage::links, StepAction::stream, text, step.handler());
  CHECK(command.completions + step.completions == 0);
  peer->run();
  CHECK(command.error == Errc::invalidOption);
  CHECK(command.answer.error.message.find("was not sent") != std::string::npos);
  CHECK(step.error == Errc::invalidOption);
  CHECK(command.completions + step.completions == 2);
  CHECK(peer->sent().empty());
}

TEST_CASE_METHOD(Fixture, "A name that is not UTF-8 harms no message but its own") {
  Dispatcher dispatcher = make();
  std::error_code initError;
  RestoreScope scope;
  scope.excludedTypes = {"api::\xff.a"};
  dispatcher.init(InitRequest::push(scope),
                  [&](const std::error_code& code, const InitAnswer&) { initError = code; });
  dispatcher.setTransferProperties({"T\xff"}, TransferKind::pull);
  Outcome action;
  dispatcher.dispatchTransferAction(TransferAction::bootstrap, action.handler());
  Outcome step;
  dispatcher.dispatchTransferStep(TransferStage::links, StepAction::start, "", step.handler());
  Outcome end;
  dispatcher.dispatchCommand(Command::end, "", end.handler());
  Outcome status;
  dispatcher.dispatchCommand(Command::status, "", status.handler());
  peer->run();
  CHECK(initError == Errc::invalidOption);
  CHECK(action.error == Errc::invalidOption);
  CHECK(step.error == Errc::invalidOption);
  CHECK(end.error == Errc::invalidOption);
  REQUIRE(peer->sent().size() == 1);
  answer(peer->lastSent(), "1");
  CHECK_FALSE(status.error);
}

TEST_CASE_METHOD(Fixture, "Every frame of a random conversation is a valid protocol message") {
  std::optional<Dispatcher> held(make(withoutKeepAlive()));
  Dispatcher& dispatcher = *held;
  dispatcher.setTransferProperties({"id with \"quotes\" \\ and \n lines"}, TransferKind::push);
  std::vector<std::unique_ptr<Outcome>> outcomes;
  std::uint32_t state = 12345;
  const auto random = [&state](std::uint32_t bound) {
    state = state * 1664525U + 1013904223U;
    return (state >> 8) % bound;
  };
  const std::vector<std::string> texts = {"",  "null", "{}",  "[1,2]", "\"\\u0000\"",
                                          "x", "[",    "{]}", "1}",    "\"\n\""};
  for (int i = 0; i < 2000; ++i) {
    auto outcome = std::make_unique<Outcome>();
    auto handler = outcome->handler();
    const std::string& text = texts[random(static_cast<std::uint32_t>(texts.size()))];
    const std::uint32_t call = random(6);
    if (call < 4) {
      outcomes.push_back(std::move(outcome));
    }
    switch (call) {
      case 0:
        dispatcher.dispatchCommand(static_cast<Command>(random(3)), text, handler);
        break;
      case 1:
        dispatcher.dispatchTransferAction(static_cast<TransferAction>(random(6)), handler);
        break;
      case 2:
        dispatcher.dispatchTransferStep(static_cast<TransferStage>(1 + random(4)),
                                        static_cast<StepAction>(random(3)), text, handler);
        break;
      case 3:
        dispatcher.dispatch(text, handler);
        break;
      case 4:
        dispatcher.acknowledge(text);
        break;
      default:
        peer->advance(Duration(random(20'000)));
    }
  }
  peer->run();
  CHECK(peer->sent().size() > 500);
  for (const std::string& text : peer->sent()) {
    CAPTURE(text);
    rapidjson::Document message;
    message.Parse<rapidjson::kParseValidateEncodingFlag>(text.c_str(), text.size());
    REQUIRE_FALSE(message.HasParseError());
    REQUIRE(message.IsObject());
    REQUIRE(message.HasMember("uuid"));
    REQUIRE(message["uuid"].IsString());
    if (message.MemberCount() > 1) {
      REQUIRE(Uuid::parse(message["uuid"].GetString()));
      const std::string type = message["type"].GetString();
      REQUIRE((type == "command" || type == "transfer"));
    }
  }
  held.reset();
  peer->run();
  for (const auto& outcome : outcomes) {
    REQUIRE(outcome->completions == 1);
  }
}
