#include <openssl/ssl.h>

#include <asio/read.hpp>

#include "catch.hpp"
#include "support/client_calls.hpp"
#include "support/test_certificates.hpp"

using namespace support;
using namespace wsferry;

namespace {

using TlsStream = asio::ssl::stream<tcp::socket&>;

Certificate::Description authority() {
  Certificate::Description description;
  description.commonName = "Test authority";
  description.isAuthority = true;
  return description;
}

Certificate::Description host(const std::string& names) {
  Certificate::Description description;
  description.commonName = "Test server";
  description.alternativeNames = names;
  return description;
}

/// Makes the handshake, notes the name asked for, and echoes.
ScriptedServer::Script echoing(const Certificate& certificate, std::string* serverName = nullptr) {
  return [&certificate, serverName](tcp::socket& socket) {
    auto context = certificate.serverContext();
    TlsStream stream(socket, context);
    stream.handshake(asio::ssl::stream_base::server);
    const char* const name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
    if (serverName != nullptr && name != nullptr) {
      *serverName = name;
    }
    ServerPeer<TlsStream>(stream).echo();
  };
}

}  // namespace

TEST_CASE("messages cross TLS; a name is asked for, an address is not") {
  const Certificate root(authority());
  const Certificate certificate(host("DNS:localhost,IP:127.0.0.1"), &root);
  const TemporaryFile caFile(root.pem());
  const std::string name = GENERATE("localhost", "127.0.0.1");
  std::string serverName;
  {
    ScriptedServer server(echoing(certificate, &serverName));
    WebSocketOptions options;
    options.tls.caFile = caFile.path();
    options.bearerToken = "allowed, because encrypted";
    WebSocketClient client(options);
    const auto result = connect(client, "wss://" + name + ":" + std::to_string(server.port()));
    INFO(result.info.message);
    REQUIRE(!result.error);
    for (const std::size_t size : {0u, 5u, 3'000'000u}) {
      CHECK(!get(startSend(client, MessageType::text, std::string(size, 'x'))));
      CHECK(get(startReceive(client)).second.payload.size() == size);
    }
    CHECK(!get(startClose(client, 1000, "")));
  }
  CHECK(serverName == (name == "localhost" ? "localhost" : ""));
}

TEST_CASE("much crosses TLS in both directions at once") {
  const Certificate root(authority());
  const Certificate certificate(host("DNS:localhost"), &root);
  const TemporaryFile caFile(root.pem());
  ScriptedServer server(echoing(certificate));
  WebSocketOptions options;
  options.tls.caFile = caFile.path();
  WebSocketClient client(options);
  REQUIRE(!connect(client, "wss://localhost:" + std::to_string(server.port())).error);
  constexpr std::size_t count = 60;
  const auto payload = [](std::size_t number) {
    return std::string(1 + number * 5'003, static_cast<char>('a' + number % 26));
  };
  std::vector<std::future<std::error_code>> sent;
  for (std::size_t i = 0; i < count; ++i) {
    sent.push_back(startSend(client, MessageType::binary, payload(i)));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto [error, message] = get(startReceive(client));
    REQUIRE(!error);
    CHECK((message.payload == payload(i)));
    CHECK(!get(std::move(sent[i])));
  }
  CHECK(!get(startClose(client, 1000, "")));
}

TEST_CASE("certificates that do not prove the server are refused with the cause") {
  const Certificate root(authority());
  const TemporaryFile rootFile(root.pem());
  WebSocketOptions options;
  options.tls.caFile = rootFile.path();
  const auto refused = [&](const Certificate& certificate, const std::string& name,
                           const char* words) {
    ScriptedServer server(echoing(certificate));
    WebSocketClient client(options);
    const auto result = connect(client, "wss://" + name + ":" + std::to_string(server.port()));
    INFO(result.info.message);
    CHECK(result.error == make_error_code(Errc::tlsFailed));
    CHECK(result.info.message.find(words) != std::string::npos);
    CHECK(result.info.cause == ErrorCause::unknown);
  };
  SECTION("wrong name") {
    refused(Certificate(host("DNS:other.test"), &root), "localhost", "not for localhost");
  }
  SECTION("wrong address") {
    refused(Certificate(host("DNS:localhost"), &root), "127.0.0.1", "not for 127.0.0.1");
  }
  SECTION("the common name is no substitute") {
    auto description = host("DNS:other.test");
    description.commonName = "localhost";
    refused(Certificate(description, &root), "localhost", "not for localhost");
  }
  SECTION("expired") {
    auto description = host("DNS:localhost");
    description.secondsFromNow = -7200;
    refused(Certificate(description, &root), "localhost", "expired");
  }
  SECTION("not yet valid") {
    auto description = host("DNS:localhost");
    description.secondsFromNow = 7200;
    refused(Certificate(description, &root), "localhost", "not valid yet");
  }
  SECTION("self-signed") {
    refused(Certificate(host("DNS:localhost")), "localhost", "self-signed");
  }
  SECTION("unknown authority") {
    auto description = authority();
    description.commonName = "Another authority";
    const Certificate other(description);
    refused(Certificate(host("DNS:localhost"), &other), "localhost", "CA file");
  }
  SECTION("the system's roots do not know it either") {
    options.tls.caFile.clear();
    refused(Certificate(host("DNS:localhost"), &root), "localhost", "CA file");
  }
}

TEST_CASE("a server that does not speak TLS is told as such") {
  ScriptedServer server([](tcp::socket& socket) {
    std::array<char, 16> start;
    asio::read(socket, asio::buffer(start));
    writeAll(socket, "HTTP/1.1 400 Bad Request\r\n\r\n");
    readToEnd(socket);
  });
  WebSocketClient client(WebSocketOptions{});
  const auto result = connect(client, "wss://" + server.authority());
  INFO(result.info.message);
  CHECK(result.error == make_error_code(Errc::tlsFailed));
  CHECK(result.info.message.find("does not speak TLS") != std::string::npos);
  CHECK(result.info.cause == ErrorCause::notTls);
}

TEST_CASE("a server that hangs up during the handshake is told as such") {
  ScriptedServer server([](tcp::socket& socket) {
    std::array<char, 16> start;
    asio::read(socket, asio::buffer(start));
  });
  WebSocketClient client(WebSocketOptions{});
  const auto result = connect(client, "wss://" + server.authority());
  CHECK(result.error == make_error_code(Errc::tlsFailed));
  CHECK(result.info.message.find("during the handshake") != std::string::npos);
  CHECK(result.info.cause == ErrorCause::handshakeCut);
}

TEST_CASE("a client certificate is shown to a server that wants one") {
  const Certificate root(authority());
  const Certificate serverCertificate(host("DNS:localhost"), &root);
  const Certificate clientCertificate(host("DNS:client.test"), &root);
  const TemporaryFile rootFile(root.pem());
  const TemporaryFile certificateFile(clientCertificate.pem());
  const TemporaryFile keyFile(clientCertificate.keyPem());
  ScriptedServer server([&](tcp::socket& socket) {
    auto context = serverCertificate.serverContext();
    context.load_verify_file(rootFile.path());
    context.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    TlsStream stream(socket, context);
    stream.handshake(asio::ssl::stream_base::server);
    ServerPeer<TlsStream>(stream).echo();
  });
  WebSocketOptions options;
  options.tls.caFile = rootFile.path();
  const bool shown = GENERATE(true, false);
  if (shown) {
    options.tls.clientCertificateFile = certificateFile.path();
    options.tls.clientKeyFile = keyFile.path();
  }
  WebSocketClient client(options);
  const auto result = connect(client, "wss://localhost:" + std::to_string(server.port()));
  INFO(result.info.message);
  if (shown) {
    CHECK(!result.error);
  } else {
    CHECK(result.error == make_error_code(Errc::tlsFailed));
    CHECK(result.info.message.find("client certificate") != std::string::npos);
    CHECK(result.info.cause == ErrorCause::unknown);
  }
}

TEST_CASE("TLS goes through a proxy's tunnel and is verified behind it") {
  const Certificate root(authority());
  const Certificate certificate(host("DNS:server.test"), &root);
  const TemporaryFile caFile(root.pem());
  ScriptedServer proxy([&](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, "HTTP/1.1 200 OK\r\n\r\n");
    echoing(certificate)(socket);
  });
  WebSocketOptions options;
  options.tls.caFile = caFile.path();
  options.proxy = "http://" + proxy.authority();
  WebSocketClient client(options);
  const auto result = connect(client, "wss://server.test");
  INFO(result.info.message);
  REQUIRE(!result.error);
  CHECK(!get(startSend(client, MessageType::text, "through")));
  CHECK(get(startReceive(client)).second.payload == "through");
}

TEST_CASE("an end of file inside TLS is a lost connection") {
  const Certificate root(authority());
  const Certificate certificate(host("DNS:localhost"), &root);
  const TemporaryFile caFile(root.pem());
  ScriptedServer server([&](tcp::socket& socket) {
    auto context = certificate.serverContext();
    TlsStream stream(socket, context);
    stream.handshake(asio::ssl::stream_base::server);
    const ServerPeer<TlsStream> peer(stream);
  });
  WebSocketOptions options;
  options.tls.caFile = caFile.path();
  WebSocketClient client(options);
  REQUIRE(!connect(client, "wss://localhost:" + std::to_string(server.port())).error);
  CHECK(get(startReceive(client)).first == make_error_code(Errc::connectionLost));
}
