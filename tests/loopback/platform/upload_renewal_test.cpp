#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/post.hpp>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "loopback/platform/held_tokens.hpp"
#include "loopback/platform/uploading.hpp"
#include "wsferry/gateway/token_provider.hpp"
#include "wsferry/testing/gateway_server.hpp"

// Blocks that are written while a token is waited for, and such as are sent again with another one.

using namespace support;
using namespace wsferry;
using testing::GatewayServer;

namespace {

UploadOptions uploadTo(const ScriptedServer& server, const std::shared_ptr<HeldTokens>& tokens) {
  UploadOptions options = support::uploadTo("http://" + server.authority() + "/upload");
  options.credentials = {};
  options.credentials.kind = gateway::Credentials::Kind::bearer;
  options.credentials.tokenProvider = tokens;
  return options;
}

}  // namespace

TEST_CASE("a token that is refused is replaced once, and what was sent is sent again") {
  struct Tokens final : gateway::TokenProvider {
    void provideToken(Completion<std::error_code, ErrorInfo, std::string> completion) override {
      completion({}, {}, asked++ == 0 ? "expired" : "testing-token");
    }
    void dropToken(const std::string& token) override { dropped.push_back(token); }
    int asked = 0;
    std::vector<std::string> dropped;
  };
  const GatewayServer server;
  const auto tokens = std::make_shared<Tokens>();
  UploadOptions options = support::uploadTo(server.uploadUrl());
  options.credentials = {};
  options.credentials.kind = gateway::Credentials::Kind::bearer;
  options.credentials.tokenProvider = tokens;
  const std::size_t size = GENERATE(std::size_t{150'000}, std::size_t{5'000'000});
  options.size = size;
  const Uploaded uploaded = uploadBytes(options, size);
  INFO(uploaded.result.info.message);
  CHECK(!uploaded.result.error);
  CHECK(server.log().uploadBytes == size);
  CHECK(tokens->dropped == std::vector<std::string>{"expired"});
}

TEST_CASE("a block that comes while another token is fetched goes behind what is sent again") {
  int connections = 0;
  std::string body;
  ScriptedServer server(
      [&](tcp::socket& socket) {
        agree(socket);
        if (++connections == 1) {
          readBytes(socket, 800'000);
          writeAll(socket, httpAnswer("", "401 Unauthorized"));
        } else {
          body = readBytes(socket, 1'400'000);
          writeAll(socket, streamAnswer());
        }
        readToEnd(socket);
      },
      2);
  const auto tokens = std::make_shared<HeldTokens>();
  UploadOptions options = uploadTo(server, tokens);
  options.size = 1'400'000;
  RunningContext running;
  FileUpload upload(running.context(), options);
  auto answered = start(upload);
  tokens->give("expired");
  CHECK(!writeTo(upload, std::string(800'000, 'a')));
  tokens->await();
  // More than is kept for another time, together.
  auto second = startWrite(upload, std::string(600'000, 'b'));
  settle(upload.executor());
  tokens->give("new");
  CHECK(!get(std::move(second)));
  upload.finish();
  const StreamResult result = get(std::move(answered));
  INFO(result.info.message);
  CHECK(!result.error);
  CHECK(body == std::string(800'000, 'a') + std::string(600'000, 'b'));
}

TEST_CASE("a block that comes while others are sent again waits for its turn") {
  int connections = 0;
  std::string body;
  std::promise<void> hasBegunAgain;
  std::promise<void> mayAgree;
  ScriptedServer server(
      [&](tcp::socket& socket) {
        if (++connections == 1) {
          agree(socket);
          readBytes(socket, 800'000);
          writeAll(socket, httpAnswer("", "401 Unauthorized"));
        } else {
          readHead(socket);
          hasBegunAgain.set_value();
          mayAgree.get_future().wait();
          writeAll(socket, "HTTP/1.1 100 Continue\r\n\r\n");
          body = readBytes(socket, 1'400'000);
          writeAll(socket, streamAnswer());
        }
        readToEnd(socket);
      },
      2);
  const auto tokens = std::make_shared<HeldTokens>();
  UploadOptions options = uploadTo(server, tokens);
  options.size = 1'400'000;
  RunningContext running;
  FileUpload upload(running.context(), options);
  auto answered = start(upload);
  tokens->give("expired");
  CHECK(!writeTo(upload, std::string(800'000, 'a')));
  tokens->give("new");
  get(hasBegunAgain.get_future());
  auto second = startWrite(upload, std::string(600'000, 'b'));
  settle(upload.executor());
  mayAgree.set_value();
  CHECK(!get(std::move(second)));
  upload.finish();
  CHECK(!get(std::move(answered)).error);
  CHECK(body == std::string(800'000, 'a') + std::string(600'000, 'b'));
}

TEST_CASE("a block whose call was cancelled stays, and keeps the place of the next one") {
  std::string body;
  ScriptedServer server([&](tcp::socket& socket) {
    agree(socket);
    body = readBytes(socket, 2'000'000);
    writeAll(socket, streamAnswer());
    readToEnd(socket);
  });
  const auto tokens = std::make_shared<HeldTokens>();
  UploadOptions options = uploadTo(server, tokens);
  options.size = 2'000'000;
  RunningContext running;
  FileUpload upload(running.context(), options);
  auto answered = start(upload);
  tokens->await();
  asio::cancellation_signal signal;
  auto first = std::make_shared<std::promise<std::error_code>>();
  upload.write(std::string(2'000'000, 'a'),
               asio::bind_cancellation_slot(signal.slot(), [first](const std::error_code& error) {
                 first->set_value(error);
               }));
  asio::post(upload.executor(), [&signal] { signal.emit(asio::cancellation_type::terminal); });
  CHECK(get(first->get_future()) == make_error_code(Errc::cancelled));
  CHECK(writeTo(upload, "b") == make_error_code(Errc::invalidState));
  tokens->give("good");
  upload.finish();
  CHECK(!get(std::move(answered)).error);
  CHECK(body == std::string(2'000'000, 'a'));
}
