#pragma once

#include <array>
#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <system_error>

#include "core/net/connection_socket.hpp"
#include "core/net/connector.hpp"
#include "wsferry/core/detail/websocket/http_response.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/core/websocket_client.hpp"

namespace wsferry {

/// Opens a connection up to the answer to the upgrade request, within the options' deadlines. Works
/// once; to be used on the executor only.
class WebSocketOpener : public std::enable_shared_from_this<WebSocketOpener> {
 public:
  /// On success `received` is the 101 answer with whatever came behind it.
  using Done = std::function<void(const std::error_code&, ErrorInfo, std::string received)>;

  /// @throws Error with Errc::invalidOption.
  WebSocketOpener(const asio::any_io_executor& executor, std::shared_ptr<ConnectionSocket> socket,
                  const Url& url, const WebSocketOptions& options, std::string request);

  /// Calls `done` once, not from inside this call.
  void start(Done done);

  /// Whether the server has got something of the request, or is about to.
  bool isRequestBegun() const { return connected_; }

  /// Gives up; `done` is not called any more.
  void cancel();

 private:
  void armDeadline(Duration timeout);
  void onDeadline();
  void write(std::size_t written);
  void read();
  void onRead(const asio::error_code& error, std::string_view bytes);
  void onAnswerEnd();
  void fail(Errc code, std::string message);
  void finish(const std::error_code& error, ErrorInfo info, std::string received);

  std::shared_ptr<ConnectionSocket> socket_;
  Url url_;
  WebSocketOptions options_;
  std::string request_;
  std::shared_ptr<Connector> connector_;
  asio::steady_timer deadline_;
  bool connected_ = false;
  HttpResponse answer_;
  Done done_;
  std::array<char, 16384> buffer_{};
};

}  // namespace wsferry
