// Coroutines on the asynchronous calls: one opens a connection, asks once and closes, another
// streams.

#include "wsferry/core/websocket_client.hpp"

#ifdef ASIO_HAS_CO_AWAIT

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>
#include <exception>
#include <iostream>
#include <string>

#include "wsferry/gateway/stream.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/gateway_server.hpp"
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

asio::awaitable<wsferry::gateway::Outcome> speak(wsferry::gateway::Stream& stream) {
  co_await stream.connect(asio::use_awaitable);
  const std::string audio(64'000, 'a');
  co_await stream.sendAudio(audio, asio::use_awaitable);
  const wsferry::gateway::Verdict verdict = co_await stream.finish(asio::use_awaitable);
  co_return verdict.outcome;
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

  const wsferry::testing::GatewayServer gateway;
  wsferry::gateway::StreamOptions streamOptions;
  streamOptions.baseUrl = gateway.url();
  streamOptions.templateId = "template";
  streamOptions.credentials = wsferry::gateway::Credentials::bearer("testing-token");
  wsferry::gateway::Stream stream(context, streamOptions, {});
  auto outcome = wsferry::gateway::Outcome::cancelled;
  asio::co_spawn(context, speak(stream),
                 [&](std::exception_ptr error, wsferry::gateway::Outcome result) {
                   if (error) {
                     std::rethrow_exception(error);
                   }
                   outcome = result;
                 });
  context.run();
  std::cout << answer << '\n' << toString(outcome) << '\n';
  return !answer.empty() && outcome == wsferry::gateway::Outcome::complete ? 0 : 1;
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
