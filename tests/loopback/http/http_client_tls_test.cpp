#include <openssl/ssl.h>

#include <asio/read.hpp>
#include <asio/ssl/stream.hpp>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/http_calls.hpp"
#include "support/test_certificates.hpp"
#include "wsferry/core/detail/error/passing.hpp"

using namespace support;
using namespace wsferry;
using wsferry::http::Client;
using wsferry::http::ClientOptions;

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

template <class Answer>
ScriptedServer::Script answeringTls(const Certificate& certificate, Answer answer) {
  return [&certificate, answer](tcp::socket& socket) {
    auto context = certificate.serverContext();
    TlsStream stream(socket, context);
    stream.handshake(asio::ssl::stream_base::server);
    while (true) {
      writeAll(stream, answer(readHead(stream)));
    }
  };
}

/// Answers one request, and says whether a client's certificate was shown with it.
ScriptedServer::Script answeringWho(const Certificate& certificate, bool& isShown,
                                    const std::string& answer) {
  return [&certificate, &isShown, answer](tcp::socket& socket) {
    auto context = certificate.serverContext();
    context.set_verify_mode(asio::ssl::verify_peer);
    context.set_verify_callback([&isShown](bool, auto&) { return isShown = true; });
    TlsStream stream(socket, context);
    stream.handshake(asio::ssl::stream_base::server);
    readHead(stream);
    writeAll(stream, answer);
  };
}

int chooseHttp2(SSL*, const unsigned char** chosen, unsigned char* size,
                const unsigned char* offered, unsigned int offeredSize, void*) {
  static constexpr unsigned char http2[] = {2, 'h', '2'};
  unsigned char* out = nullptr;
  const int result = SSL_select_next_proto(&out, size, http2, sizeof http2, offered, offeredSize);
  *chosen = out;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// A frame of HTTP/2 of less than 256 bytes.
std::string frame(char type, char flags, char stream, const std::string& payload) {
  return std::string{0, 0, static_cast<char>(payload.size()), type, flags, 0, 0, 0, stream} +
         payload;
}

/// Answers one request by HTTP/2 with `frames`, behind the settings, and waits.
ScriptedServer::Script answeringHttp2(const Certificate& certificate, const std::string& frames) {
  return [&certificate, frames](tcp::socket& socket) {
    auto context = certificate.serverContext();
    SSL_CTX_set_alpn_select_cb(context.native_handle(), chooseHttp2, nullptr);
    TlsStream stream(socket, context);
    stream.handshake(asio::ssl::stream_base::server);
    std::string opening(24, ' ');  // "PRI * HTTP/2.0", and so on
    asio::read(stream, asio::buffer(opening));
    char type = 0;
    while (type != 1) {  // to the request's HEADERS
      std::string head(9, ' ');
      asio::read(stream, asio::buffer(head));
      std::string payload(
          static_cast<unsigned char>(head[1]) * 256u + static_cast<unsigned char>(head[2]), ' ');
      asio::read(stream, asio::buffer(payload));
      type = head[3];
    }
    writeAll(stream, frame(4, 0, 0, "") + frames);
    readToEnd(stream);
  };
}

std::string urlOf(const ScriptedServer& server, const std::string& name = "localhost") {
  return "https://" + name + ":" + std::to_string(server.port()) + "/";
}

}  // namespace

TEST_CASE("a response comes by TLS, whose certificate proves the server") {
  RunningContext running;
  const Certificate root(authority());
  const Certificate certificate(host("DNS:localhost,IP:127.0.0.1"), &root);
  const TemporaryFile caFile(root.pem());
  const std::string body(2'000'000, 'x');
  ScriptedServer server(
      answeringTls(certificate, [&body](const std::string&) { return httpAnswer(body); }));
  ClientOptions options;
  options.tls.caFile = caFile.path();
  options.bearerToken = "allowed, because encrypted";
  Client client(running.context(), options);
  const std::string name = GENERATE("localhost", "127.0.0.1");
  for (int i = 0; i < 2; ++i) {
    const auto result = fetch(client, urlOf(server, name));
    INFO(result.info.message);
    REQUIRE(!result.error);
    CHECK((result.value.body == body));
  }
}

TEST_CASE("a certificate that does not prove the server is refused with the cause") {
  RunningContext running;
  const Certificate root(authority());
  const TemporaryFile caFile(root.pem());
  ClientOptions options;
  options.tls.caFile = caFile.path();
  const auto refused = [&](const Certificate& certificate, const char* words) {
    ScriptedServer server(
        answeringTls(certificate, [](const std::string&) { return httpAnswer("secret"); }));
    Client client(running.context(), options);
    const auto result = fetch(client, urlOf(server));
    INFO(result.info.message);
    CHECK(result.error == make_error_code(Errc::tlsFailed));
    CHECK(contains(result.info.message, words));
  };
  SECTION("wrong name") {
    refused(Certificate(host("DNS:other.test"), &root), "localhost");
  }
  SECTION("expired") {
    auto description = host("DNS:localhost");
    description.secondsFromNow = -7200;
    refused(Certificate(description, &root), "expired");
  }
  SECTION("self-signed") {
    refused(Certificate(host("DNS:localhost")), "self-signed");
  }
  SECTION("unknown to the system") {
    options.tls.caFile.clear();
    refused(Certificate(host("DNS:localhost"), &root), "CA file");
  }
}

TEST_CASE("an answer by HTTP/2 that is cut is a connection that was lost") {
  RunningContext running;
  const Certificate root(authority());
  const Certificate certificate(host("DNS:localhost"), &root);
  const TemporaryFile caFile(root.pem());
  const std::string head = frame(1, 4, 1, "\x88");  // HEADERS: status 200
  const std::string reset = frame(3, 0, 1, std::string("\0\0\0\2", 4));
  ClientOptions options;
  options.tls.caFile = caFile.path();
  options.stallTimeout = options.responseTimeout = Duration{5'000};
  for (const std::string& frames : {reset, head + reset, head + frame(0, 0, 1, "some") + reset}) {
    ScriptedServer server(answeringHttp2(certificate, frames));
    Client client(running.context(), options);
    const auto result = fetch(client, urlOf(server));
    INFO(result.info.message);
    CHECK(result.error == make_error_code(Errc::connectionLost));
    CHECK(mayPass(result.error, result.info));
  }
}

TEST_CASE("a redirect to another server gets none of the headers that may be credentials") {
  RunningContext running;
  const Certificate root(authority());
  const Certificate certificate(host("DNS:localhost"), &root);
  const TemporaryFile caFile(root.pem());
  std::string head;
  ScriptedServer other(answeringTls(certificate, [&head](const std::string& request) {
    head = request;
    return httpAnswer("there");
  }));
  ScriptedServer server([&other](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, httpAnswer("", "302 Found", "Location: " + urlOf(other) + "\r\n"));
  });
  ClientOptions options;
  options.tls.caFile = caFile.path();
  options.bearerToken = "token";
  options.headers = {{"X-Option", "secret"}};
  Client client(running.context(), options);
  http::Request request;
  request.url = Url::parse("http://" + server.authority());
  request.headers = {{"CF-Access-Client-Secret", "secret"}, {"Accept-Encoding", "identity"}};
  const auto result = fetch(client, request);
  INFO(result.info.message);
  REQUIRE(!result.error);
  CHECK(result.value.body == "there");
  CHECK(contains(head, "Accept-Encoding: identity"));
  CHECK_FALSE(contains(head, "token"));
  CHECK_FALSE(contains(head, "secret"));
}

TEST_CASE("a client certificate is shown to whom credentials are") {
  RunningContext running;
  const Certificate root(authority());
  const Certificate certificate(host("DNS:localhost"), &root);
  const TemporaryFile caFile(root.pem());
  const TemporaryFile certificateFile(certificate.pem());
  const TemporaryFile keyFile(certificate.keyPem());
  bool isShownToOther = false;
  bool isShown = false;
  ScriptedServer other(answeringWho(certificate, isShownToOther, httpAnswer("there")));
  ScriptedServer server(answeringWho(
      certificate, isShown, httpAnswer("", "302 Found", "Location: " + urlOf(other) + "\r\n")));
  ClientOptions options;
  options.tls.caFile = caFile.path();
  options.tls.clientCertificateFile = certificateFile.path();
  options.tls.clientKeyFile = keyFile.path();
  Client client(running.context(), options);
  http::Request request;
  request.url = Url::parse(urlOf(server));
  request.withoutCredentials = GENERATE(false, true);
  const auto result = fetch(client, request);
  INFO(result.info.message);
  REQUIRE(!result.error);
  CHECK(result.value.body == "there");
  CHECK(isShown != request.withoutCredentials);
  CHECK_FALSE(isShownToOther);
}

TEST_CASE("a server that does not speak TLS is told as that") {
  RunningContext running;
  ScriptedServer server([](tcp::socket& socket) {
    writeAll(socket, "HTTP/1.1 400 Bad Request\r\n\r\n");
    readToEnd(socket);
  });
  Client client(running.context(), {});
  const auto result = fetch(client, urlOf(server));
  INFO(result.info.message);
  CHECK(result.error == make_error_code(Errc::tlsFailed));
  CHECK(!contains(result.info.message, "certificate"));
  CHECK(!mayPass(result.error, result.info));
}

TEST_CASE("a handshake that is cut is no matter of certificates, and may pass") {
  RunningContext running;
  ScriptedServer server([](tcp::socket& socket) {
    char byte = 0;
    asio::read(socket, asio::buffer(&byte, 1));
  });
  Client client(running.context(), {});
  const auto result = fetch(client, urlOf(server));
  INFO(result.info.message);
  CHECK(result.error == make_error_code(Errc::tlsFailed));
  CHECK(!contains(result.info.message, "certificate"));
  CHECK(result.info.cause == ErrorCause::handshakeCut);
}

TEST_CASE("a file of the options that cannot be used is named") {
  RunningContext running;
  ClientOptions options;
  options.tls.caFile = "/nowhere/ca.pem";
  Client client(running.context(), options);
  const auto result = fetch(client, std::string("https://localhost:1/"));
  CHECK(result.error == make_error_code(Errc::invalidOption));
  CHECK(contains(result.info.message, "/nowhere/ca.pem"));
  CHECK(result.info.option == "tls.caFile");
}
