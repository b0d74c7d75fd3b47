#pragma once

#include <array>
#include <asio/any_io_executor.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "core/net/connect_race.hpp"
#include "core/net/connection_socket.hpp"
#include "wsferry/core/connection_options.hpp"
#include "wsferry/core/connection_trace.hpp"
#include "wsferry/core/detail/net/http_response.hpp"
#include "wsferry/core/detail/request/proxy_address.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry {

/// Opens a byte stream to a server: name, TCP, proxy, TLS. Works once, has no deadline of its own,
/// and is to be used on the executor only.
class Connector : public std::enable_shared_from_this<Connector> {
 public:
  using Done = std::function<void(const std::error_code&, ErrorInfo)>;

  /// @throws Error with Errc::invalidOption.
  Connector(const asio::any_io_executor& executor, std::shared_ptr<ConnectionSocket> socket,
            const Url& url, const ConnectionOptions& options);

  /// Calls `done` once, not from inside this call.
  void start(Done done);

  /// Gives up; `done` is not called any more.
  void cancel();

  /// How far it came, and what was seen on the way, but for certificates.
  const ConnectionTrace& trace() const { return trace_; }

  /// Time has run out after so long: calls `done` with what is known.
  void onTimeout(Duration limit);

 private:
  void resolve();
  void onNoAddress(const asio::error_code& error);
  void connectTcp(const ConnectRace::Addresses& addresses);
  void tryNext();
  void tryAddress(const asio::ip::tcp::endpoint& address);
  void onAddressFailed(const asio::error_code& error);
  void endAttempts();
  void onTcpConnected(asio::ip::tcp::socket socket);
  void requestTunnel();
  void writeTunnelRequest(std::size_t written);
  void readTunnelAnswer();
  void onTunnelAnswer(std::string_view rest);
  void onNoTunnelAnswer();
  void onTunnelRefused();
  void startTls();
  void begin(std::string phase);
  Duration sinceBegin() const;
  void fail(Errc code, std::string message);
  void finish(const std::error_code& error, ErrorInfo info);
  void addPeer(ErrorInfo& info) const;

  const Url& firstHop() const { return proxy_ ? proxy_->url : url_; }
  std::string hopName() const;

  asio::any_io_executor executor_;
  std::shared_ptr<ConnectionSocket> socket_;
  Url url_;
  std::optional<ProxyAddress> proxy_;
  bool isTunnelOpen_ = false;
  std::shared_ptr<asio::ssl::context> tlsContext_;
  asio::ip::tcp::resolver resolver_;
  ConnectRace::Addresses addresses_;
  ConnectRace race_{0};
  std::vector<std::shared_ptr<asio::ip::tcp::socket>> attempts_;  // until one is connected
  asio::steady_timer nextTry_;
  Done done_;
  std::string phase_;  ///< What is being waited for, to follow "while".
  TimePoint phaseBegin_;
  ConnectionTrace trace_;
  std::string tunnelRequest_;
  HttpResponse tunnelAnswer_{true};
  std::array<char, 4096> buffer_{};
};

}  // namespace wsferry
