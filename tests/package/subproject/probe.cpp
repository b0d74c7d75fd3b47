// Connects to a port where nobody listens, and looks at the error.

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <iostream>
#include <string>

#include "wsferry/core/error.hpp"
#include "wsferry/core/websocket_client.hpp"

int main() {
  asio::io_context context;
  // Bound but not listening: nobody else can get the port, and it refuses connections.
  asio::ip::tcp::acceptor unused(context, asio::ip::tcp::v4());
  unused.bind({asio::ip::address_v4::loopback(), 0});
  const auto port = unused.local_endpoint().port();

  wsferry::WebSocketClient client(context, wsferry::WebSocketOptions());
  const auto url = wsferry::Url::parse("ws://127.0.0.1:" + std::to_string(port) + "/");
  std::error_code result;
  client.connect(url, [&](std::error_code error, const wsferry::ErrorInfo& info) {
    result = error;
    std::cout << wsferry::describe(error, info) << '\n';
  });
  context.run();
  return result == wsferry::ErrorCondition::connection ? 0 : 1;
}
