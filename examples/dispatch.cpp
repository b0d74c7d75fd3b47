// Speaks the transfer protocol message by message, with futures and with a callback:
//   STRAPI_TRANSFER_TOKEN=... dispatch https://example.org/admin
#include <wsferry/core/websocket_client.hpp>
#include <wsferry/strapi/dispatcher.hpp>

#include <asio/use_future.hpp>
#include <cstdlib>
#include <future>
#include <iostream>
#include <string>

namespace {

using namespace wsferry;
using namespace wsferry::strapi;

void talk(const std::string& adminUrl, const std::string& token) {
  WebSocketOptions options;
  options.bearerToken = token;
  WebSocketClient client(options);
  client.connect(Url::parse(adminUrl + "/transfer/runner/pull"));

  Dispatcher dispatcher(client);
  dispatcher.onDiagnostic(
      [](const Diagnostic& diagnostic) { std::cout << diagnostic.message << '\n'; });

  const InitAnswer init = dispatcher.init(InitRequest::pull(), asio::use_future).get();
  std::cout << "transfer " << init.transferID.value << '\n';
  dispatcher.dispatchTransferAction(TransferAction::bootstrap, asio::use_future).get();

  // A callback runs on the connection's thread.
  std::promise<void> answered;
  dispatcher.dispatchTransferAction(
      TransferAction::getMetadata, [&answered](const std::error_code& error, const Answer& answer) {
        std::cout << (error ? describe(error, answer.error) : answer.data) << '\n';
        answered.set_value();
      });
  answered.get_future().wait();

  dispatcher.dispatchTransferAction(TransferAction::close, asio::use_future).get();
  dispatcher.close(asio::use_future).get();
}

}  // namespace

int main(int argc, char** argv) {
  const char* token = std::getenv("STRAPI_TRANSFER_TOKEN");
  if (argc != 2 || token == nullptr) {
    std::cerr << "usage: STRAPI_TRANSFER_TOKEN=... dispatch ADMIN_URL\n";
    return 2;
  }
  try {
    talk(argv[1], token);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
