#include "core/net/connector.hpp"

#include <asio/error.hpp>
#include <sstream>

#include "core/net/closed_on_exec.hpp"
#include "core/net/descriptor_shortage.hpp"
#include "core/net/tls.hpp"
#include "wsferry/core/detail/net/invalid_answer.hpp"
#include "wsferry/core/detail/text/url_parts.hpp"

namespace wsferry {
namespace {

std::string hostAndPort(const Url& url) {
  return detail::hostInUrl(url.host) + ":" + std::to_string(url.port);
}

// The other end, as address:port.
std::string otherEndOf(const asio::ip::tcp::socket& socket) {
  asio::error_code gone;
  std::ostringstream text;
  text << socket.remote_endpoint(gone);
  return gone ? std::string() : text.str();
}

}  // namespace

Connector::Connector(const asio::any_io_executor& executor,
                     std::shared_ptr<ConnectionSocket> socket, const Url& url,
                     const ConnectionOptions& options)
    : executor_(executor),
      socket_(std::move(socket)),
      url_(url),
      resolver_(executor),
      nextTry_(executor) {
  if (!options.proxy.empty()) {
    proxy_ = ProxyAddress::parse(options.proxy);
    trace_.proxy = hostAndPort(proxy_->url);
  }
  if (url.secure) {
    try {
      tlsContext_ = sharedTlsContext(asio::query(executor, asio::execution::context), options.tls);
    } catch (const Error&) {
      if (isOutOfDescriptors(executor)) {
        throw Error(Errc::outOfResources, std::string("The trusted roots of TLS cannot be read: ") +
                                              descriptorShortageWords);
      }
      throw;
    }
  }
}

std::string Connector::hopName() const {
  return (proxy_ ? "the proxy " : "") + hostAndPort(firstHop());
}

void Connector::onTimeout(Duration limit) {
  if (!done_) {
    return;
  }
  if (tunnelAnswer_.state() == HttpResponse::State::body) {
    tunnelAnswer_.feedEnd();
    onTunnelRefused();
    return;
  }
  ErrorInfo info;
  info.message = "No connection to " + url_.display() + " within " + std::to_string(limit.count()) +
                 " ms: time ran out while " + phase_ +
                 ". Check the address and firewalls, or allow more time.";
  finish(Errc::connectTimedOut, std::move(info));
}

// Says in a failure of this phase if it is the proxy's.
void Connector::addPeer(ErrorInfo& info) const {
  if (proxy_ && !isTunnelOpen_) {
    info.address = hostAndPort(proxy_->url);
    info.peer = ErrorPeer::proxy;
  }
}

void Connector::start(Done done) {
  done_ = std::move(done);
  asio::error_code notNumeric;
  const auto address = asio::ip::make_address(firstHop().host, notNumeric);
  if (notNumeric) {
    resolve();
  } else {
    connectTcp({asio::ip::tcp::endpoint(address, firstHop().port)});
  }
}

void Connector::cancel() {
  done_ = nullptr;
  resolver_.cancel();
  endAttempts();
  socket_->close();
}

void Connector::resolve() {
  begin("looking up the name " + firstHop().host);
  resolver_.async_resolve(
      firstHop().host, std::to_string(firstHop().port), asio::ip::tcp::resolver::numeric_service,
      [self = shared_from_this()](const asio::error_code& error,
                                  const asio::ip::tcp::resolver::results_type& results) {
        if (!self->done_) {
          return;
        }
        if (error) {
          self->onNoAddress(error);
        } else {
          self->trace_.lookup = self->sinceBegin();
          self->connectTcp({results.begin(), results.end()});
        }
      });
}

void Connector::onNoAddress(const asio::error_code& error) {
  const std::string& host = firstHop().host;
  if (isOutOfDescriptors(executor_)) {
    fail(Errc::outOfResources, "Cannot look up " + host + ": " + descriptorShortageWords);
    return;
  }
  ErrorInfo info;
  info.cause = error == asio::error::host_not_found ? ErrorCause::noSuchName : ErrorCause::unknown;
  info.message = "The host name " + host + (proxy_ ? " of the proxy" : "") +
                 " cannot be found: " + error.message() +
                 ". Check its spelling and the name service.";
  finish(Errc::nameNotResolved, std::move(info));
}

void Connector::connectTcp(const ConnectRace::Addresses& addresses) {
  begin("connecting to " + hopName());
  addresses_ = ConnectRace::byTurns(addresses);
  for (const auto& address : addresses_) {
    trace_.addresses.push_back(address.address().to_string());
  }
  race_ = ConnectRace(addresses_.size());
  tryNext();
}

void Connector::tryNext() {
  if (const auto number = race_.next(Clock::now())) {
    tryAddress(addresses_[*number]);
  }
  if (const auto when = race_.nextStart()) {
    nextTry_.expires_at(*when);
    nextTry_.async_wait([self = shared_from_this()](const asio::error_code& error) {
      if (!error && !self->attempts_.empty()) {
        self->tryNext();
      }
    });
  }
}

void Connector::tryAddress(const asio::ip::tcp::endpoint& address) {
  const auto socket = std::make_shared<asio::ip::tcp::socket>(executor_);
  attempts_.push_back(socket);
  asio::error_code seenAgain;  // by async_connect(), which opens a socket that is not
  openClosedOnExec(*socket, address.protocol(), seenAgain);
  socket->async_connect(address,
                        [self = shared_from_this(), socket](const asio::error_code& error) {
                          if (self->attempts_.empty()) {
                            return;  // Given up, or another was faster.
                          }
                          if (error) {
                            self->onAddressFailed(error);
                          } else {
                            self->onTcpConnected(std::move(*socket));
                          }
                        });
}

void Connector::onAddressFailed(const asio::error_code& error) {
  race_.onFailed(error);
  if (!race_.isLost()) {
    tryNext();
  } else if (isDescriptorShortage(race_.failure())) {
    fail(Errc::outOfResources, "Cannot connect to " + hopName() + ": " + descriptorShortageWords);
  } else {
    fail(Errc::connectFailed, "Cannot connect to " + hopName() + ": " + race_.failure().message() +
                                  ". Check host, port and firewalls, and whether the server is "
                                  "running.");
  }
}

void Connector::endAttempts() {
  nextTry_.cancel();
  for (const auto& socket : attempts_) {
    asio::error_code ignored;  // closed is all it has to be
    socket->close(ignored);
  }
  attempts_.clear();
}

void Connector::onTcpConnected(asio::ip::tcp::socket socket) {
  endAttempts();
  asio::error_code ignored;  // only speed is at stake
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_->tcp() = std::move(socket);
  trace_.connect = sinceBegin();
  trace_.address = otherEndOf(socket_->tcp());
  if (proxy_) {
    requestTunnel();
  } else if (tlsContext_) {
    startTls();
  } else {
    finish({}, {});
  }
}

void Connector::requestTunnel() {
  begin("waiting for " + hopName() + " to open a tunnel");
  const std::string target = hostAndPort(url_);
  tunnelRequest_ = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
  if (!proxy_->userInfo.empty()) {
    tunnelRequest_ += "Proxy-Authorization: " + proxy_->authorization() + "\r\n";
  }
  tunnelRequest_ += "\r\n";
  writeTunnelRequest(0);
}

void Connector::writeTunnelRequest(std::size_t written) {
  socket_->asyncWriteSome(
      asio::buffer(tunnelRequest_) + written,
      [self = shared_from_this(), written](const asio::error_code& error, std::size_t size) {
        if (!self->done_) {
          return;
        }
        if (error) {
          self->fail(Errc::connectFailed,
                     "The connection to " + self->hopName() + " was lost: " + error.message());
        } else if (written + size < self->tunnelRequest_.size()) {
          self->writeTunnelRequest(written + size);
        } else {
          self->readTunnelAnswer();
        }
      });
}

void Connector::readTunnelAnswer() {
  socket_->asyncReadSome(
      asio::buffer(buffer_),
      [self = shared_from_this()](const asio::error_code& error, std::size_t size) {
        if (!self->done_) {
          return;
        }
        auto& answer = self->tunnelAnswer_;
        const std::string_view rest = answer.feed({self->buffer_.data(), size});
        if (error) {
          answer.feedEnd();
        }
        if (answer.state() == HttpResponse::State::head ||
            answer.state() == HttpResponse::State::body) {
          self->readTunnelAnswer();
        } else {
          self->onTunnelAnswer(rest);
        }
      });
}

void Connector::onTunnelAnswer(std::string_view rest) {
  if (tunnelAnswer_.state() == HttpResponse::State::invalid) {
    onNoTunnelAnswer();
  } else if (tunnelAnswer_.status() / 100 != 2) {
    onTunnelRefused();
  } else if (!rest.empty()) {
    fail(Errc::proxyRefused, "Unrequested bytes came through " + hopName());
  } else {
    isTunnelOpen_ = true;
    trace_.tunnel = sinceBegin();
    if (tlsContext_) {
      startTls();
    } else {
      finish({}, {});
    }
  }
}

void Connector::onNoTunnelAnswer() {
  if (tunnelAnswer_.isEmpty()) {
    fail(Errc::proxyRefused, hopName() + " closed the connection without an answer");
    return;
  }
  ErrorInfo info = describeInvalidAnswer(tunnelAnswer_, hopName(), "the request for a tunnel");
  if (isTlsAlert(tunnelAnswer_.head())) {
    info.message =
        hopName() +
        " speaks TLS on this port, which is not supported: use one of its ports for plain HTTP.";
  }
  finish(Errc::proxyRefused, std::move(info));
}

void Connector::onTunnelRefused() {
  const std::vector<std::string> secrets = proxy_->secrets();
  ErrorInfo info;
  info.message = "Could not reach " + hostAndPort(url_) + ": " + hopName() + " answered " +
                 tunnelAnswer_.statusText(secrets) + ". ";
  switch (tunnelAnswer_.status()) {
    case 407:
      info.message += "Give its user name and password in the proxy's address.";
      break;
    case 429:
    case 503:
      info.message += "Try again " +
                      retryTime(blankSecrets(tunnelAnswer_.header("Retry-After"), secrets)) + ".";
      break;
    default:
      info.message += "Ask its operator whether it lets CONNECT through to this host and port.";
  }
  describeAnswer(tunnelAnswer_, secrets, info);
  finish(Errc::proxyRefused, std::move(info));
}

void Connector::startTls() {
  begin("making the TLS handshake with " + hostAndPort(url_) + ", which may not speak TLS");
  auto& tls = socket_->addTls(tlsContext_);
  try {
    expectHost(tls, url_.host);
  } catch (const Error& error) {
    finish(error.code(), error.info());
    return;
  }
  tls.asyncHandshake([self = shared_from_this(), &tls](const asio::error_code& error) {
    if (!self->done_) {
      return;
    }
    if (error && isOutOfDescriptors(self->executor_)) {
      self->fail(Errc::outOfResources, "Cannot establish a TLS connection with " +
                                           hostAndPort(self->url_) + ": " +
                                           descriptorShortageWords);
      return;
    }
    if (error) {
      self->finish(Errc::tlsFailed,
                   describeTlsFailure(tls, error, self->url_.host, hostAndPort(self->url_)));
      return;
    }
    self->trace_.handshake = self->sinceBegin();
    self->trace_.tlsVersion = SSL_get_version(tls.handle());
    self->finish({}, {});
  });
}

void Connector::begin(std::string phase) {
  phase_ = std::move(phase);
  phaseBegin_ = Clock::now();
}

Duration Connector::sinceBegin() const {
  return std::chrono::duration_cast<Duration>(Clock::now() - phaseBegin_);
}

void Connector::fail(Errc code, std::string message) {
  ErrorInfo info;
  info.message = std::move(message);
  finish(code, std::move(info));
}

void Connector::finish(const std::error_code& error, ErrorInfo info) {
  if (error) {
    addPeer(info);
  }
  const Done done = std::move(done_);
  done_ = nullptr;
  done(error, std::move(info));
}

}  // namespace wsferry
