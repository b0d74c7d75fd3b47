#pragma once

#include <future>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "support/scripted_server.hpp"
#include "wsferry/core/websocket_client.hpp"

namespace support {

using namespace wsferry;

struct ConnectResult {
  std::error_code error;
  ErrorInfo info;
};

inline std::future<ConnectResult> startConnect(WebSocketClient& client, const std::string& url) {
  auto promise = std::make_shared<std::promise<ConnectResult>>();
  client.connect(Url::parse(url), [promise](const std::error_code& error, ErrorInfo info) {
    promise->set_value({error, std::move(info)});
  });
  return promise->get_future();
}

inline ConnectResult connect(WebSocketClient& client, const std::string& url) {
  return get(startConnect(client, url));
}

inline std::future<std::error_code> startSend(WebSocketClient& client, MessageType type,
                                              std::string payload) {
  auto promise = std::make_shared<std::promise<std::error_code>>();
  client.send(type, std::move(payload),
              [promise](const std::error_code& error) { promise->set_value(error); });
  return promise->get_future();
}

inline std::future<std::pair<std::error_code, Message>> startReceive(WebSocketClient& client) {
  auto promise = std::make_shared<std::promise<std::pair<std::error_code, Message>>>();
  client.receive([promise](const std::error_code& error, Message message) {
    promise->set_value({error, std::move(message)});
  });
  return promise->get_future();
}

inline std::future<std::error_code> startClose(WebSocketClient& client, std::uint16_t code,
                                               std::string reason) {
  auto promise = std::make_shared<std::promise<std::error_code>>();
  client.close(code, std::move(reason),
               [promise](const std::error_code& error) { promise->set_value(error); });
  return promise->get_future();
}

inline std::future<std::error_code> startPing(WebSocketClient& client) {
  auto promise = std::make_shared<std::promise<std::error_code>>();
  client.ping([promise](const std::error_code& error, std::chrono::nanoseconds) {
    promise->set_value(error);
  });
  return promise->get_future();
}

}  // namespace support
