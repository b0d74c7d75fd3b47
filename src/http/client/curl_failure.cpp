#include "http/client/curl_failure.hpp"

#include <string_view>

#include "core/net/tls.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/detail/text/printable.hpp"

namespace wsferry::http {
namespace {

std::string ownWords(const TransferEnd& end) {
  return printable(end.words.empty() ? curl_easy_strerror(end.result) : end.words, 300);
}

Errc codeOf(const TransferEnd& end) {
  switch (end.result) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return Errc::nameNotResolved;
    case CURLE_COULDNT_CONNECT:
      return Errc::connectFailed;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
      return Errc::tlsFailed;
    case CURLE_OUT_OF_MEMORY:
      return Errc::outOfResources;
    case CURLE_UNSUPPORTED_PROTOCOL:  // an answer without a head
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return Errc::protocolViolation;
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      // A proxy resets a stream where it would end a connection of HTTP/1.1.
      return end.isConnected ? Errc::connectionLost : Errc::protocolViolation;
    case CURLE_RECV_ERROR:
      // What a proxy answers to CONNECT comes under this code.
      return end.isConnected || end.proxy.empty() ? Errc::connectionLost : Errc::proxyRefused;
    default:
      return end.isConnected ? Errc::connectionLost : Errc::connectFailed;
  }
}

// Where none was looked at, libcurl has a result other than 0, too.
bool isCertificates(const TransferEnd& end) {
  return end.result == CURLE_PEER_FAILED_VERIFICATION && end.verifyResult != 0;
}

std::string messageOf(Errc code, const TransferEnd& end) {
  const std::string where = end.url.display();
  const std::string way = end.proxy.empty() ? "" : " through the proxy " + end.proxy;
  switch (code) {
    case Errc::connectFailed:
      return "No connection to " + where + way + ": " + ownWords(end) + ". Check host and port.";
    case Errc::proxyRefused:
      return "The proxy " + end.proxy + " opened no tunnel to " + end.url.authority() + ": " +
             ownWords(end);
    case Errc::tlsFailed:
      return "Cannot establish a TLS connection with " + end.url.authority() + ": " +
             (isCertificates(end) ? describeCertificateProblem(end.verifyResult, end.url.host)
                                  : ownWords(end));
    case Errc::protocolViolation:
      return "What answers at " + where + " is not valid HTTP: " + ownWords(end);
    case Errc::connectionLost:
      return "The connection with " + where +
             (end.hasHead ? " ended in the middle of the response, after " +
                                counted(end.bodyBytes, "byte", "bytes") + ": "
                          : " ended before a response: ") +
             ownWords(end);
    default:
      return where + ": " + ownWords(end);
  }
}

}  // namespace

std::pair<std::error_code, ErrorInfo> describeFailure(const TransferEnd& end) {
  const Errc code = codeOf(end);
  ErrorInfo info;
  info.message = messageOf(code, end);
  const bool isProxys = !end.isConnected && !end.proxy.empty() && code != Errc::tlsFailed;
  info.address = isProxys ? end.proxy : end.url.display();
  info.peer = isProxys ? ErrorPeer::proxy : ErrorPeer::remote;
  if (end.result == CURLE_UNSUPPORTED_PROTOCOL) {
    info.cause = ErrorCause::notHttp;
  } else if (end.result == CURLE_SSL_CONNECT_ERROR &&
             end.words.find("wrong version number") == std::string::npos) {  // not TLS
    info.cause = ErrorCause::handshakeCut;  // Or refused by the server: libcurl does not tell.
  }
  return {code, std::move(info)};
}

}  // namespace wsferry::http
