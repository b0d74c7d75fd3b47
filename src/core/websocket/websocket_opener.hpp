#pragma once

#include <array>
#include <asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <system_error>

#include "core/net/connection_socket.hpp"
#include "core/net/connector.hpp"
#include "wsferry/core/detail/net/http_response.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/core/websocket_client.hpp"

namespace wsferry {

/// Opens a connection up to the answer to the upgrade request. The deadlines are its owner's, see
/// ConnectionMachine. Works once; to be used on the executor only.
class WebSocketOpener : public std::enable_shared_from_this<WebSocketOpener> {
 public:
  /// On success `received` is the 101 answer with whatever came behind it, and the info has its
  /// headers.
  using Done = std::function<void(const std::error_code&, ErrorInfo, std::string received)>;

  /// @throws Error with Errc::invalidOption.
  WebSocketOpener(const asio::any_io_executor& executor, std::shared_ptr<ConnectionSocket> socket,
                  const Url& url, const WebSocketOptions& options, std::string request);

  /// Calls `connected` when the server is about to get the request, then `done` once, neither from
  /// inside this call.
  void start(std::function<void()> connected, Done done);

  /// Time has run out: calls `done` with what is known.
  void onTimeout();

  /// Gives up; `done` is not called any more.
  void cancel();

 private:
  void write(std::size_t written);
  void read();
  void onRead(const asio::error_code& error, std::string_view bytes);
  void onNoAnswer(const asio::error_code& error);
  void onAnswer(std::string_view rest);
  void onInvalidAnswer();
  void onAnswerEnd();
  void fail(Errc code, std::string message);
  void finish(const std::error_code& error, ErrorInfo info, std::string received);

  std::shared_ptr<ConnectionSocket> socket_;
  Url url_;
  WebSocketOptions options_;
  std::string request_;
  std::shared_ptr<Connector> connector_;
  bool connected_ = false;
  HttpResponse answer_;
  Done done_;
  std::array<char, 16384> buffer_{};
};

}  // namespace wsferry
