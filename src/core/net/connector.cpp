#include "core/net/connector.hpp"

#include <asio/error.hpp>
#include <cctype>

#include "core/net/closed_on_exec.hpp"
#include "core/net/descriptor_shortage.hpp"
#include "core/net/tls.hpp"
#include "wsferry/core/detail/text/base64.hpp"

namespace wsferry {
namespace {

[[noreturn]] void failProxy(const std::string& problem) {
  throw Error(Errc::invalidOption, "The proxy address is not usable: " + problem +
                                       ". Give one like http://proxy.example.org:3128.")
      .ofOption("proxy");
}

std::string percentDecoded(std::string_view text) {
  const auto digit = [](char c) {
    const auto at = std::string_view("0123456789abcdefABCDEF").find(c);
    return static_cast<int>(at < 16 ? at : at - 6);
  };
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    if (i + 2 >= text.size() || std::isxdigit(static_cast<unsigned char>(text[i + 1])) == 0 ||
        std::isxdigit(static_cast<unsigned char>(text[i + 2])) == 0) {
      failProxy("a percent sign in its user info is not followed by two hexadecimal digits");
    }
    result += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
    i += 2;
  }
  return result;
}

std::string hostAndPort(const Url& url) {
  const bool isIpv6 = url.host.find(':') != std::string::npos;
  return (isIpv6 ? "[" + url.host + "]" : url.host) + ":" + std::to_string(url.port);
}

// All forms of what the proxy was shown; it may answer with any.
std::vector<std::string> secretsOf(const ProxyAddress& proxy) {
  const std::string& shown = proxy.authorization;
  if (shown.empty()) {
    return {};
  }
  const std::string encoded = shown.substr(shown.find(' ') + 1);
  std::string userInfo;
  if (!decodeBase64(encoded, userInfo)) {
    return {shown, encoded};
  }
  return {shown, encoded, userInfo, userInfo.substr(userInfo.find(':') + 1)};
}

}  // namespace

ProxyAddress ProxyAddress::parse(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  if (!equalsIgnoringCase(text.substr(0, scheme.size()), scheme)) {
    failProxy("it does not begin with http://");
  }
  std::string_view rest = text.substr(scheme.size());
  ProxyAddress address;
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string userInfo = percentDecoded(rest.substr(0, at));
    address.authorization = "Basic ";
    encodeBase64(userInfo, address.authorization);
    rest.remove_prefix(at + 1);
  }
  try {
    address.url = Url::parse(std::string(scheme) + std::string(rest));
  } catch (const Error&) {
    // Its message is about the URL of the server.
    failProxy("its host or port is malformed");
  }
  if (address.url.target != "/") {
    failProxy("something follows its host and port");
  }
  return address;
}

Connector::Connector(const asio::any_io_executor& executor,
                     std::shared_ptr<ConnectionSocket> socket, const Url& url,
                     const WebSocketOptions& options)
    : executor_(executor),
      socket_(std::move(socket)),
      url_(url),
      resolver_(executor),
      nextTry_(executor) {
  if (!options.proxy.empty()) {
    proxy_ = ProxyAddress::parse(options.proxy);
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
  phase_ = "looking up the name " + firstHop().host;
  resolver_.async_resolve(
      firstHop().host, std::to_string(firstHop().port), asio::ip::tcp::resolver::numeric_service,
      [self = shared_from_this()](const asio::error_code& error,
                                  const asio::ip::tcp::resolver::results_type& results) {
        if (!self->done_) {
          return;
        }
        if (error && isOutOfDescriptors(self->executor_)) {
          self->fail(Errc::outOfResources,
                     "Cannot look up " + self->firstHop().host + ": " + descriptorShortageWords);
        } else if (error) {
          self->fail(Errc::nameNotResolved, "The host name " + self->firstHop().host +
                                                (self->proxy_ ? " of the proxy" : "") +
                                                " cannot be found: " + error.message() +
                                                ". Check its spelling and the name service.");
        } else {
          self->connectTcp({results.begin(), results.end()});
        }
      });
}

void Connector::connectTcp(const ConnectRace::Addresses& addresses) {
  phase_ = "connecting to " + hopName();
  addresses_ = ConnectRace::byTurns(addresses);
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
  race_.onFailed();
  if (!race_.isLost()) {
    tryNext();
  } else if (isDescriptorShortage(error)) {
    fail(Errc::outOfResources, "Cannot connect to " + hopName() + ": " + descriptorShortageWords);
  } else {
    fail(Errc::connectFailed, "Cannot connect to " + hopName() + ": " + error.message() +
                                  ". Check host and port, that the server runs, and firewalls.");
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
  if (proxy_) {
    requestTunnel();
  } else if (tlsContext_) {
    startTls();
  } else {
    finish({}, {});
  }
}

void Connector::requestTunnel() {
  phase_ = "waiting for " + hopName() + " to open a tunnel";
  const std::string target = hostAndPort(url_);
  tunnelRequest_ = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
  if (!proxy_->authorization.empty()) {
    tunnelRequest_ += "Proxy-Authorization: " + proxy_->authorization + "\r\n";
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
  socket_->asyncReadSome(asio::buffer(buffer_), [self = shared_from_this()](
                                                    const asio::error_code& error,
                                                    std::size_t size) {
    if (!self->done_) {
      return;
    }
    auto& answer = self->tunnelAnswer_;
    if (error) {
      answer.feedEnd();
    }
    std::string_view rest(self->buffer_.data(), size);
    const bool inHead = answer.state() == HttpResponse::State::head;
    rest = answer.feed(rest);
    const bool opened = answer.state() != HttpResponse::State::head &&
                        answer.state() != HttpResponse::State::invalid &&
                        answer.status() / 100 == 2;
    if (!opened && inHead && answer.state() == HttpResponse::State::body) {
      answer.feed(rest);
    }
    if (!opened && (answer.state() == HttpResponse::State::head ||
                    answer.state() == HttpResponse::State::body)) {
      self->readTunnelAnswer();
    } else if (opened && !rest.empty()) {
      self->fail(Errc::proxyRefused, "Bytes that nobody asked for came through " + self->hopName());
    } else {
      self->onTunnelAnswer();
    }
  });
}

void Connector::onTunnelAnswer() {
  if (tunnelAnswer_.state() == HttpResponse::State::invalid) {
    fail(
        Errc::proxyRefused,
        tunnelAnswer_.isEmpty() ? hopName() + " closed the connection without an answer"
        : isTlsAlert(tunnelAnswer_.head())
            ? hopName() +
                  " speaks TLS on this port, which is not supported: give one of its "
                  "ports for plain HTTP."
            : "What answers at " + hopName() + " is not an HTTP proxy. Check the proxy's address.");
    return;
  }
  if (tunnelAnswer_.status() / 100 == 2) {
    isTunnelOpen_ = true;
    if (tlsContext_) {
      startTls();
    } else {
      finish({}, {});
    }
    return;
  }
  const std::vector<std::string> secrets = secretsOf(*proxy_);
  ErrorInfo info;
  info.message = "Could not reach " + hostAndPort(url_) + ": " + hopName() + " answered " +
                 blankSecrets(tunnelAnswer_.statusText(), secrets) + ". ";
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
  phase_ = "making the TLS handshake with " + hostAndPort(url_) + ", which may speak no TLS";
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
      self->fail(Errc::outOfResources, "No TLS connection with " + hostAndPort(self->url_) + ": " +
                                           descriptorShortageWords);
      return;
    }
    if (error) {
      self->finish(Errc::tlsFailed,
                   describeTlsFailure(tls, error, self->url_.host, hostAndPort(self->url_)));
      return;
    }
    self->finish({}, {});
  });
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
