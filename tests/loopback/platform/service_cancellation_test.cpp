#include <asio/any_io_executor.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/completion_condition.hpp>
#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "catch.hpp"
#include "loopback/platform/held_tokens.hpp"
#include "loopback/platform/uploading.hpp"
#include "wsferry/platform/stream_service.hpp"

// What each type of cancellation does to requests that change something: `total` ends them only
// while nothing was sent.

using namespace support;
using namespace wsferry;
using namespace wsferry::platform;

namespace {

using asio::cancellation_type;

gateway::Credentials heldBy(const std::shared_ptr<HeldTokens>& tokens) {
  gateway::Credentials credentials;
  credentials.kind = gateway::Credentials::Kind::bearer;
  credentials.tokenProvider = tokens;
  return credentials;
}

/// A call that can be cancelled.
template <class Result>
class Cancellable {
 public:
  explicit Cancellable(asio::any_io_executor strand) : strand_(std::move(strand)) {}

  template <class Handler>
  auto bind(Handler handler) {
    return asio::bind_cancellation_slot(signal_.slot(), std::move(handler));
  }
  auto keep() { return bind(keepResult(promise_)); }

  /// Returns when it has had its effect, if any.
  void emit(cancellation_type type) {
    asio::post(strand_, [this, type] { emitHere(type); });
    settle(strand_);
    settle(strand_);
  }
  /// On the strand only.
  void emitHere(cancellation_type type) { signal_.emit(type); }
  Result result() { return get(promise_->get_future()); }

 private:
  asio::any_io_executor strand_;
  asio::cancellation_signal signal_;
  std::shared_ptr<std::promise<Result>> promise_ = std::make_shared<std::promise<Result>>();
};

/// A call of write() that can be cancelled.
class CancellableWrite {
 public:
  CancellableWrite(FileUpload& upload, std::string block) : call_(upload.executor()) {
    upload.write(std::move(block), call_.bind([promise = written_](const std::error_code& error) {
      promise->set_value(error);
    }));
  }

  void emit(cancellation_type type) { call_.emit(type); }
  std::error_code result() { return get(written_->get_future()); }

 private:
  Cancellable<StreamResult> call_;
  std::shared_ptr<std::promise<std::error_code>> written_ =
      std::make_shared<std::promise<std::error_code>>();
};

/// Reads a request with so short a body that this may come together with the head.
std::string readUpload(tcp::socket& socket, std::size_t size) {
  std::string request;
  const std::size_t head = asio::read_until(socket, asio::dynamic_buffer(request), "\r\n\r\n");
  const std::size_t missing = head + size - request.size();
  asio::read(socket, asio::dynamic_buffer(request), asio::transfer_exactly(missing));
  return request.substr(head);
}

/// What reads a request, and answers when it is told to.
struct HeldAnswer {
  std::promise<void> asked;
  std::promise<void> mayAnswer;

  ScriptedServer::Script script(std::size_t bodySize = 0) {
    return [this, bodySize](tcp::socket& socket) {
      readUpload(socket, bodySize);
      asked.set_value();
      mayAnswer.get_future().wait();
      writeAll(socket, streamAnswer());
      readToEnd(socket);
    };
  }
};

/// What takes connections, but no handshake.
struct HeldHandshake {
  std::promise<void> isConnected;
  ScriptedServer server{[this](tcp::socket& socket) {
    isConnected.set_value();
    readToEnd(socket);
  }};
};

UploadOptions uploadBehind(const ScriptedServer& server,
                           const std::shared_ptr<HeldTokens>& tokens) {
  UploadOptions options = support::uploadTo("http://" + server.authority() + "/upload");
  options.credentials = heldBy(tokens);
  return options;
}

StreamServiceOptions serviceAt(const std::string& scheme, const ScriptedServer& server) {
  StreamServiceOptions options;
  options.url = scheme + server.authority() + "/streams";
  options.credentials = bearer();
  return options;
}

constexpr auto eachType = {cancellation_type::total, cancellation_type::partial,
                           cancellation_type::terminal};

}  // namespace

TEST_CASE("any type ends an upload that waits for its secret") {
  const auto type = GENERATE(values(eachType));
  ScriptedServer server([](tcp::socket& socket) { readToEnd(socket); });
  const auto tokens = std::make_shared<HeldTokens>();
  RunningContext running;
  FileUpload upload(running.context(), uploadBehind(server, tokens));
  Cancellable<StreamResult> call(upload.executor());
  upload.start(call.keep());
  tokens->await();
  call.emit(type);
  CHECK(call.result().error == make_error_code(Errc::cancelled));
  CHECK(writeTo(upload, "a") == make_error_code(Errc::connectionClosed));
}

TEST_CASE("any type ends an upload that is still connecting") {
  const auto type = GENERATE(values(eachType));
  HeldHandshake held;
  UploadOptions options = support::uploadTo("https://" + held.server.authority() + "/upload");
  RunningContext running;
  FileUpload upload(running.context(), options);
  Cancellable<StreamResult> call(upload.executor());
  upload.start(call.keep());
  get(held.isConnected.get_future());
  call.emit(type);
  CHECK(call.result().error == make_error_code(Errc::cancelled));
}

TEST_CASE("total does not end an upload that was sent, and the others do") {
  HeldAnswer held;
  ScriptedServer server(held.script(4));
  UploadOptions options = support::uploadTo("http://" + server.authority() + "/upload");
  options.size = 4;
  RunningContext running;
  FileUpload upload(running.context(), options);
  Cancellable<StreamResult> call(upload.executor());
  upload.start(call.keep());
  CHECK(!writeTo(upload, "body"));
  upload.finish();
  get(held.asked.get_future());
  SECTION("total") {
    call.emit(cancellation_type::total);
    held.mayAnswer.set_value();
    CHECK(call.result().value.streamId == uploadedId);
  }
  SECTION("partial, terminal") {
    call.emit(GENERATE(cancellation_type::partial, cancellation_type::terminal));
    held.mayAnswer.set_value();
    CHECK(call.result().error == make_error_code(Errc::cancelled));
  }
}

TEST_CASE("total does not end an upload that is about to be sent again") {
  int connections = 0;
  ScriptedServer server(
      [&connections](tcp::socket& socket) {
        readUpload(socket, 4);
        writeAll(socket, ++connections == 1
                             ? httpAnswer("", "401 Unauthorized", "Connection: close\r\n")
                             : streamAnswer());
        readToEnd(socket);
      },
      2);
  const auto tokens = std::make_shared<HeldTokens>();
  UploadOptions options = uploadBehind(server, tokens);
  options.size = 4;
  RunningContext running;
  FileUpload upload(running.context(), options);
  Cancellable<StreamResult> call(upload.executor());
  upload.start(call.keep());
  tokens->give("expired");
  CHECK(!writeTo(upload, "body"));
  upload.finish();
  tokens->await();
  call.emit(cancellation_type::total);
  tokens->give("new");
  CHECK(call.result().value.streamId == uploadedId);
}

TEST_CASE("cancelling a start() that was refused leaves the upload alone") {
  ScriptedServer server([](tcp::socket& socket) {
    readUpload(socket, 0);
    writeAll(socket, streamAnswer());
    readToEnd(socket);
  });
  const auto tokens = std::make_shared<HeldTokens>();
  RunningContext running;
  UploadOptions options = uploadBehind(server, tokens);
  options.size = 0;
  FileUpload upload(running.context(), options);
  auto first = start(upload);
  tokens->await();
  Cancellable<StreamResult> second(upload.executor());
  asio::post(upload.executor(), [&] {
    upload.start(second.keep());
    second.emitHere(cancellation_type::terminal);  // The refusal is not told yet.
  });
  CHECK(second.result().error == make_error_code(Errc::invalidState));
  upload.finish();
  tokens->give("good");
  CHECK(!get(std::move(first)).error);
}

TEST_CASE("total takes a block back that waits for its turn, and no other type does") {
  std::string body;
  ScriptedServer server([&body](tcp::socket& socket) {
    body = readUpload(socket, 5);
    writeAll(socket, streamAnswer());
    readToEnd(socket);
  });
  const auto tokens = std::make_shared<HeldTokens>();
  UploadOptions options = uploadBehind(server, tokens);
  options.size = 5;
  RunningContext running;
  FileUpload upload(running.context(), options);
  auto answered = start(upload);
  tokens->await();
  CancellableWrite first(upload, "first");
  SECTION("total") {
    first.emit(cancellation_type::total);
    CHECK(first.result() == make_error_code(Errc::cancelled));
    auto other = startWrite(upload, "other");
    tokens->give("good");
    CHECK(!get(std::move(other)));
    upload.finish();
    CHECK(!get(std::move(answered)).error);
    CHECK(body == "other");
  }
  SECTION("partial, terminal") {
    first.emit(GENERATE(cancellation_type::partial, cancellation_type::terminal));
    CHECK(first.result() == make_error_code(Errc::cancelled));
    CHECK(writeTo(upload, "other") == make_error_code(Errc::invalidState));
    tokens->give("good");
    upload.finish();
    CHECK(!get(std::move(answered)).error);
    CHECK(body == "first");
  }
}

TEST_CASE("total does not end the write of a block that is on its way, and the others do") {
  constexpr std::size_t size = 50'000'000;
  std::promise<void> isRead;
  std::promise<void> mayRead;
  ScriptedServer server([&](tcp::socket& socket) {
    agree(socket);
    readBytes(socket, 1);
    isRead.set_value();
    mayRead.get_future().wait();
    readToEnd(socket);
  });
  RunningContext running;
  FileUpload upload(running.context(),
                    support::uploadTo("http://" + server.authority() + "/upload"));
  auto answered = start(upload);
  CancellableWrite write(upload, std::string(size, 'a'));
  get(isRead.get_future());
  SECTION("total") {
    write.emit(cancellation_type::total);
    mayRead.set_value();
    CHECK(!write.result());
  }
  SECTION("partial, terminal") {
    write.emit(GENERATE(cancellation_type::partial, cancellation_type::terminal));
    CHECK(write.result() == make_error_code(Errc::cancelled));
    mayRead.set_value();
  }
  upload.close();
  CHECK(get(std::move(answered)).error == make_error_code(Errc::cancelled));
}

TEST_CASE("any type ends the cancelling of a stream before its request") {
  const auto type = GENERATE(values(eachType));
  RunningContext running;
  SECTION("while the secret is waited for") {
    ScriptedServer server([](tcp::socket& socket) { readToEnd(socket); });
    const auto tokens = std::make_shared<HeldTokens>();
    StreamServiceOptions options = serviceAt("http://", server);
    options.credentials = heldBy(tokens);
    StreamService service(running.context(), options);
    Cancellable<StreamResult> call(service.executor());
    service.cancel(uploadedId, call.keep());
    tokens->await();
    call.emit(type);
    CHECK(call.result().error == make_error_code(Errc::cancelled));
  }
  SECTION("while it connects") {
    HeldHandshake held;
    StreamService service(running.context(), serviceAt("https://", held.server));
    Cancellable<StreamResult> call(service.executor());
    service.cancel(uploadedId, call.keep());
    get(held.isConnected.get_future());
    call.emit(type);
    CHECK(call.result().error == make_error_code(Errc::cancelled));
  }
}

TEST_CASE("total does not end the cancelling of a stream that was sent, and the others do") {
  HeldAnswer held;
  ScriptedServer server(held.script());
  RunningContext running;
  StreamService service(running.context(), serviceAt("http://", server));
  Cancellable<StreamResult> call(service.executor());
  service.cancel(uploadedId, call.keep());
  get(held.asked.get_future());
  SECTION("total") {
    call.emit(cancellation_type::total);
    held.mayAnswer.set_value();
    CHECK(!call.result().error);
  }
  SECTION("partial, terminal") {
    call.emit(GENERATE(cancellation_type::partial, cancellation_type::terminal));
    held.mayAnswer.set_value();
    CHECK(call.result().error == make_error_code(Errc::cancelled));
  }
}

TEST_CASE("any type ends asking for a stream, as that changes nothing") {
  const auto type = GENERATE(values(eachType));
  HeldAnswer held;
  ScriptedServer server(held.script());
  RunningContext running;
  StreamService service(running.context(), serviceAt("http://", server));
  Cancellable<StreamResult> call(service.executor());
  service.fetch(uploadedId, call.keep());
  get(held.asked.get_future());
  call.emit(type);
  held.mayAnswer.set_value();
  CHECK(call.result().error == make_error_code(Errc::cancelled));
}
