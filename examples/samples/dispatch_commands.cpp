// Speaks the transfer protocol message by message, with futures and with a callback.
//   STRAPI_TRANSFER_TOKEN=... dispatch_commands https://example.org/admin
#include <rapidjson/document.h>

#include <asio/use_future.hpp>
#include <cstdlib>
#include <future>
#include <iostream>
#include <string>

#include "wsferry/core/websocket_client.hpp"
#include "wsferry/strapi/dispatcher.hpp"

namespace {

using namespace wsferry;
using namespace wsferry::strapi;

std::string transferID(const Answer& answer) {
  rapidjson::Document data;
  data.Parse<rapidjson::kParseIterativeFlag>(answer.data.data(), answer.data.size());
  if (!data.IsObject() || !data.HasMember("transferID") || !data["transferID"].IsString()) {
    throw Error(Errc::protocolViolation, "the answer to init has no transferID");
  }
  return data["transferID"].GetString();
}

void talk(const std::string& adminUrl, const std::string& token) {
  WebSocketOptions options;
  options.bearerToken = token;
  WebSocketClient client(options);
  client.connect(Url::parse(adminUrl + "/transfer/runner/pull"));

  Dispatcher dispatcher(client);
  dispatcher.onDiagnostic(
      [](const Diagnostic& diagnostic) { std::cout << diagnostic.message << '\n'; });

  const Answer init =
      dispatcher.dispatchCommand(Command::init, R"({"transfer":"pull"})", asio::use_future).get();
  dispatcher.setTransferProperties(TransferId{transferID(init)}, TransferKind::pull);
  dispatcher.dispatchTransferAction(TransferAction::bootstrap, asio::use_future).get();

  // A callback runs on the connection's thread.
  std::promise<void> answered;
  dispatcher.dispatchTransferAction(
      TransferAction::getMetadata, [&answered](const std::error_code& error, Answer answer) {
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
    std::cerr << "usage: STRAPI_TRANSFER_TOKEN=... dispatch_commands ADMIN_URL\n";
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
