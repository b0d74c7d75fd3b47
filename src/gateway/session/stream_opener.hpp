#pragma once

#include <asio/any_io_executor.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "gateway/session/asked_secret.hpp"
#include "wsferry/core/transport.hpp"
#include "wsferry/core/websocket_client.hpp"
#include "wsferry/gateway/detail/request/stream_request.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway {

/// Opens the connection of one stream: asks for the secret, makes the request, and connects. All
/// functions are to be called on the executor, which runs one handler at a time.
class StreamOpener : public std::enable_shared_from_this<StreamOpener> {
 public:
  struct Result {
    std::shared_ptr<Transport> transport;   ///< None: it failed, for the reasons below.
    std::optional<WebSocketClient> client;  ///< The transport's.
    TimePoint requested;                    ///< When connecting began.
    std::string firstMessage;
    std::string streamId;  ///< That came with the URL, where one was asked for.
    std::vector<std::string> secrets;
    std::shared_ptr<AskedSecret> asked;  ///< To be told if the server refuses its token; or none.

    std::error_code error;
    ErrorInfo info;
    std::optional<ErrorResponse> refusal;  ///< In the answer to the upgrade.
    std::exception_ptr exception;          ///< What the provider of the secret threw.
  };

  StreamOpener(asio::any_io_executor executor, StreamOptions options);

  /// `done` is called exactly once, from a fresh stack, unless cancel() comes before.
  void start(std::function<void(Result)> done);

  void cancel();

 private:
  void onSecret(const std::error_code& error, ErrorInfo info, const std::string& secret);
  void makeRequest(const std::string& secret);
  void askForUrl();
  void onUrl(const std::error_code& error, ErrorInfo info, const std::string& answer);
  void connect();
  void onConnected(const std::error_code& error, ErrorInfo info);
  void finish(Result result);
  void fail(const std::error_code& error, ErrorInfo info, std::exception_ptr exception = {});

  asio::any_io_executor executor_;
  StreamOptions options_;
  std::function<void(Result)> done_;
  const std::shared_ptr<AskedSecret> secret_;
  std::optional<WebSocketClient> client_;
  TimePoint requested_;
  StreamRequest request_;
  std::shared_ptr<AskedSecret> url_;  ///< Where the URL is asked for.
};

}  // namespace wsferry::gateway
