#include "wsferry/core/connection_trace.hpp"

#include <asio/io_context.hpp>
#include <chrono>
#include <optional>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/scripted_server.hpp"
#include "support/test_certificates.hpp"
#include "wsferry/core/upgrade_trial.hpp"

using namespace support;
using namespace wsferry;

namespace {

using TlsStream = asio::ssl::stream<tcp::socket&>;

struct Traced {
  std::error_code error;
  ErrorInfo info;
  ConnectionTrace trace;
};

Traced trace(const std::string& url, const ConnectionOptions& options) {
  asio::io_context context;
  std::optional<Traced> traced;
  traceConnection(context, Url::parse(url), options,
                  [&traced](const std::error_code& error, ErrorInfo info, ConnectionTrace seen) {
                    traced = Traced{error, std::move(info), std::move(seen)};
                  });
  context.run_for(patience);
  REQUIRE(traced);
  return *traced;
}

Certificate::Description described(const std::string& name, const std::string& hosts) {
  Certificate::Description description;
  description.commonName = name;
  description.alternativeNames = hosts;
  description.isAuthority = hosts.empty();
  return description;
}

/// Makes the handshake, and waits for the client to leave.
ScriptedServer::Script securing(const Certificate& certificate) {
  return [&certificate](tcp::socket& socket) {
    auto context = certificate.serverContext();
    TlsStream stream(socket, context);
    asio::error_code refused;
    stream.handshake(asio::ssl::stream_base::server, refused);
    readToEnd(stream);
  };
}

std::string urlOf(const ScriptedServer& server, const std::string& host = "localhost") {
  return "https://" + host + ":" + std::to_string(server.port());
}

}  // namespace

TEST_CASE("a trace has the steps of a connection, and the certificates of its server") {
  const Certificate root(described("An authority", ""));
  const Certificate certificate(described("A server", "DNS:localhost,DNS:b.test,IP:127.0.0.1"),
                                &root);
  const TemporaryFile caFile(root.pem());
  ScriptedServer server(securing(certificate));
  ConnectionOptions options;
  options.tls.caFile = caFile.path();
  const Traced traced = trace(urlOf(server), options);
  INFO(traced.info.message);
  REQUIRE(!traced.error);
  CHECK(traced.trace.proxy.empty());
  CHECK(traced.trace.lookup);
  CHECK_FALSE(traced.trace.addresses.empty());
  CHECK(traced.trace.address == server.authority());
  CHECK(traced.trace.connect);
  CHECK_FALSE(traced.trace.tunnel);
  CHECK(traced.trace.handshake);
  CHECK(traced.trace.tlsVersion == "TLSv1.3");
  REQUIRE(traced.trace.certificates.size() == 2);
  const auto& own = traced.trace.certificates[0];
  CHECK(own.subject == "A server");
  CHECK(own.issuer == "An authority");
  CHECK(own.names == std::vector<std::string>{"localhost", "b.test", "127.0.0.1"});
  const auto left = own.notAfter - std::chrono::system_clock::now();
  CHECK(left > std::chrono::minutes(50));
  CHECK(left <= std::chrono::minutes(60));
  CHECK(traced.trace.certificates[1].subject == "An authority");
}

TEST_CASE("a certificate that is refused is in the trace all the same") {
  const Certificate root(described("An authority", ""));
  const TemporaryFile caFile(root.pem());
  Certificate::Description old = described("A server", "DNS:localhost");
  old.secondsFromNow = -7200;
  const Certificate expired(old, &root);
  const Certificate others(described("Another", "DNS:other.test"), &root);
  ConnectionOptions options;
  options.tls.caFile = caFile.path();
  for (const Certificate* certificate : {&expired, &others}) {
    ScriptedServer server(securing(*certificate));
    const Traced traced = trace(urlOf(server), options);
    CHECK(traced.error == make_error_code(Errc::tlsFailed));
    CHECK(traced.trace.connect);
    CHECK_FALSE(traced.trace.handshake);
    REQUIRE_FALSE(traced.trace.certificates.empty());
    CHECK(traced.trace.certificates[0].issuer == "An authority");
  }
}

TEST_CASE("a trace goes through a proxy, and says where it got stuck there") {
  ConnectionOptions options;
  {
    ScriptedServer proxy([](tcp::socket& socket) {
      readHead(socket);
      writeAll(socket, "HTTP/1.1 200 OK\r\n\r\n");
      readToEnd(socket);
    });
    options.proxy = "http://" + proxy.authority();
    const Traced traced = trace("http://a.test/admin", options);
    INFO(traced.info.message);
    CHECK(!traced.error);
    CHECK(traced.trace.proxy == proxy.authority());
    CHECK(traced.trace.tunnel);
  }
  ScriptedServer proxy([](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  });
  options.proxy = "http://" + proxy.authority();
  const Traced traced = trace("http://a.test/admin", options);
  CHECK(traced.error == make_error_code(Errc::proxyRefused));
  CHECK(traced.trace.connect);
  CHECK_FALSE(traced.trace.tunnel);
}

TEST_CASE("a trace ends with its deadline, and a wrong option ends it at once") {
  ConnectionOptions options;
  options.connectTimeout = Duration(1'000);
  ScriptedServer server([](tcp::socket& socket) { readToEnd(socket); });
  const Traced silent = trace(urlOf(server), options);
  CHECK(silent.error == make_error_code(Errc::connectTimedOut));
  CHECK(contains(silent.info.message, "TLS handshake"));
  CHECK(silent.trace.connect);
  options.tls.caFile = "/nowhere/ca.pem";
  CHECK(trace(urlOf(server), options).error == make_error_code(Errc::invalidOption));
}

namespace {

struct Tried {
  std::error_code error;
  ErrorInfo info;
  UpgradeTrial trial;
};

Tried tryOut(const ScriptedServer& server, const WebSocketOptions& options) {
  asio::io_context context;
  std::optional<Tried> tried;
  tryUpgrade(context, Url::parse("ws://" + server.authority()), options,
             [&tried](const std::error_code& error, ErrorInfo info, UpgradeTrial trial) {
               tried = Tried{error, std::move(info), trial};
             });
  context.run_for(patience);
  REQUIRE(tried);
  return *tried;
}

}  // namespace

TEST_CASE("a trial opens a WebSocket, pings it and closes it") {
  std::uint16_t closeCode = 0;
  std::optional<std::pair<MessageType, std::string>> message;
  {
    ScriptedServer server([&](tcp::socket& socket) {
      ServerPeer<tcp::socket> peer(socket);
      message = peer.receive();
      closeCode = peer.closeCode();
    });
    const Tried tried = tryOut(server, {});
    INFO(tried.info.message);
    CHECK(!tried.error);
    CHECK(!tried.trial.ended);
    CHECK(tried.trial.roundTrip);
  }
  CHECK_FALSE(message);
  CHECK(closeCode == 1000);
}

TEST_CASE("a trial tells a refusal, an end behind the upgrade, and a peer without pongs") {
  {
    ScriptedServer server([](tcp::socket& socket) {
      readHead(socket);
      writeAll(socket, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    CHECK(tryOut(server, {}).error == make_error_code(Errc::notAuthorized));
  }
  {
    ScriptedServer server([](tcp::socket& socket) {
      ServerPeer<tcp::socket> peer(socket);
      peer.close(1000, "");
      peer.receive();
    });
    const Tried tried = tryOut(server, {});
    CHECK(!tried.error);
    CHECK(tried.trial.ended);
  }
  ScriptedServer server([](tcp::socket& socket) {
    writeAll(socket, upgradeAnswer(readHead(socket), ""));
    readToEnd(socket);
  });
  WebSocketOptions options;
  options.handshakeTimeout = Duration(100);
  options.closeTimeout = Duration(100);
  const Tried tried = tryOut(server, options);
  CHECK(!tried.error);
  CHECK_FALSE(tried.trial.roundTrip);
}

TEST_CASE("limits of time without an end are no mistake") {
  WebSocketOptions options;
  options.connectTimeout = options.handshakeTimeout = options.closeTimeout = Duration::max();
  {
    ScriptedServer server(echo);
    const Tried tried = tryOut(server, options);
    CHECK(!tried.error);
    CHECK(tried.trial.roundTrip);
  }
  ScriptedServer server(readToEnd<tcp::socket>);
  CHECK(!trace("http://" + server.authority(), options).error);
}

TEST_CASE("of a trace and a trial nothing is left when their context is gone") {
  const bool isTrial = GENERATE(true, false);
  const bool isConnected = GENERATE(true, false);
  std::promise<void> reached;
  std::promise<void> gone;
  ScriptedServer server([&](tcp::socket& socket) {
    readHead(socket);
    reached.set_value();
    gone.get_future().wait();
  });
  ConnectionOptions options;
  options.proxy = "http://" + server.authority();
  WebSocketOptions trialOptions;
  static_cast<ConnectionOptions&>(trialOptions) = options;
  const auto held = std::make_shared<int>(0);
  {
    asio::io_context context;
    const Url url = Url::parse("ws://server.test");
    if (isTrial) {
      tryUpgrade(context, url, trialOptions,
                 [held](const std::error_code&, const ErrorInfo&, const UpgradeTrial&) {});
    } else {
      traceConnection(context, url, options,
                      [held](const std::error_code&, const ErrorInfo&, const ConnectionTrace&) {});
    }
    auto seen = reached.get_future();
    while (isConnected && seen.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      context.run_one_for(Duration(10));
    }
    CHECK(held.use_count() > 1);
  }
  gone.set_value();
  CHECK(held.use_count() == 1);
}
