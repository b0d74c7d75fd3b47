// A coroutine on the asynchronous calls: opens a connection, asks once, closes.

#include "wsferry/core/websocket_client.hpp"

#ifdef ASIO_HAS_CO_AWAIT

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>
#include <exception>
#include <iostream>
#include <string>

#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

namespace {

// Arguments are named before co_await: g++ 12 miscompiles a braced aggregate inside it.
asio::awaitable<std::string> ask(wsferry::WebSocketClient& client, const wsferry::Url& url) {
  co_await client.connect(url, asio::use_awaitable);

  const std::string question =
      R"({"uuid":"0b44ae2c-5bdc-4bb4-8ea2-5b2a7d6cb3f1","type":"command","command":"init",)"
      R"("params":{"transfer":"pull"}})";
  co_await client.send(wsferry::MessageType::text, question, asio::use_awaitable);

  // Diagnostics come before the answer.
  wsferry::Message message;
  do {
    message = co_await client.receive(asio::use_awaitable);
  } while (message.payload.find("transferID") == std::string::npos);

  const std::string reason;
  co_await client.close(1000, reason, asio::use_awaitable);
  co_return message.payload;
}

}  // namespace

int main() try {
  const wsferry::testing::TransferServer server(wsferry::testing::sampleContent());
  const auto url = wsferry::Url::parse(server.adminUrl() + "/transfer/runner/pull");

  asio::io_context context;
  wsferry::WebSocketOptions options;
  options.bearerToken = "testing-token";
  wsferry::WebSocketClient client(context, options);

  std::string answer;
  asio::co_spawn(context, ask(client, url), [&](std::exception_ptr error, std::string text) {
    if (error) {
      std::rethrow_exception(error);
    }
    answer = std::move(text);
  });
  context.run();
  std::cout << answer << '\n';
  return answer.empty() ? 1 : 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}

#else

#include <iostream>

// Older Asio asks clang for the coroutines of the former technical specification.
int main() {
  std::cout << "Asio has no coroutines with this compiler; the headers compile\n";
  return 0;
}

#endif
