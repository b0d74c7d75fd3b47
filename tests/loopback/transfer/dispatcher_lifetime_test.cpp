#include <asio/io_context.hpp>
#include <memory>
#include <optional>
#include <system_error>

#include "catch.hpp"
#include "support/scripted_server.hpp"
#include "wsferry/core/websocket_client.hpp"
#include "wsferry/strapi/dispatcher.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::strapi;

TEST_CASE("init() on a context that stops and goes away completes never, and leaves nothing") {
  const bool isSent = GENERATE(false, true);
  ScriptedServer server([](tcp::socket& socket) {
    const ServerPeer<tcp::socket> peer(socket);
    readToEnd(socket);
  });
  int completions = 0;
  auto held = std::make_shared<int>();
  const std::weak_ptr<int> handler = held;
  {
    asio::io_context context;
    WebSocketClient client(context, {});
    std::optional<std::error_code> connected;
    client.connect(
        Url::parse("ws://" + server.authority()),
        [&connected](const std::error_code& error, const ErrorInfo&) { connected = error; });
    while (!connected) {
      REQUIRE(context.run_one_for(patience) > 0);
    }
    REQUIRE_FALSE(*connected);
    if (!isSent) {
      context.stop();
    }
    Dispatcher dispatcher(client);
    dispatcher.init(InitRequest::pull(),
                    [&completions, held = std::move(held)](const std::error_code&,
                                                           const InitAnswer&) { ++completions; });
    while (isSent && client.statistics().messagesSent == 0) {
      REQUIRE(context.run_one_for(patience) > 0);
    }
    context.stop();
  }
  CHECK(completions == 0);
  CHECK(handler.expired());
}
