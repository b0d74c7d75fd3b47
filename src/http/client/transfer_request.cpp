#include <openssl/ssl.h>

#include <algorithm>
#include <asio/execution_context.hpp>
#include <new>
#include <utility>

#include "core/net/tls.hpp"
#include "http/client/transfer.hpp"
#include "wsferry/core/detail/request/proxy_address.hpp"
#include "wsferry/core/detail/request/request_headers.hpp"

namespace wsferry::http {
namespace {

std::string rangeText(const ByteRange& range) {
  return std::to_string(range.first) + "-" + (range.last ? std::to_string(*range.last) : "");
}

// What is nobody's secret.
bool isHarmless(const std::string& header) {
  return detail::isOneOf(
      header, {"Accept", "Accept-Encoding", "Accept-Language", "Cache-Control", "Content-Type",
               "If-Match", "If-None-Match", "If-Range", "If-Modified-Since", "User-Agent"});
}

// The options as they are for a request to somebody else. Any header may be a credential.
ConnectionOptions withoutCredentials(ConnectionOptions options) {
  options.bearerToken.clear();
  options.secrets.clear();
  options.headers.erase(std::remove_if(options.headers.begin(), options.headers.end(),
                                       [](const auto& h) { return !isHarmless(h.first); }),
                        options.headers.end());
  return options;
}

}  // namespace

// Without memory an option is not what was asked for: a request without it might be another one.
// What this libcurl does not know it does without.
template <class Value>
void Transfer::set(CURLoption option, Value value) {
  if (curl_easy_setopt(easy_, option, value) == CURLE_OUT_OF_MEMORY) {
    throw std::bad_alloc();
  }
}

void Transfer::send(const std::string& host, std::uint16_t port, const std::string& addresses) {
  try {
    prepare(host, port, addresses);
    session_->multi().add(easy_, [weak = weak_from_this()](CURLcode result) {
      if (const auto self = weak.lock()) {
        self->onDone(result);
      }
    });
  } catch (const Error& error) {
    end(error.code(), error.info());
  } catch (...) {
    fail(std::current_exception());
  }
}

void Transfer::prepare(const std::string& host, std::uint16_t port, const std::string& addresses) {
  if (easy_ == nullptr) {
    easy_ = curl_easy_init();
  } else {
    curl_easy_reset(easy_);
  }
  if (easy_ == nullptr) {
    throw std::bad_alloc();
  }
  prepareRequest();
  curl_slist_free_all(std::exchange(addresses_, nullptr));
  if (!addresses.empty()) {
    const std::string entry = "+" + host + ":" + std::to_string(port) + ":" + addresses;
    addresses_ = curl_slist_append(nullptr, entry.c_str());
    if (addresses_ == nullptr) {
      throw std::bad_alloc();
    }
    set(CURLOPT_RESOLVE, addresses_);
  }
  prepareProxy();
  prepareSecurity();
  prepareBody();
}

void Transfer::prepareRequest() {
  const auto setCallback = [this](CURLoption function, auto callback, CURLoption data) {
    set(function, callback);
    set(data, this);
  };
  setCallback(CURLOPT_HEADERFUNCTION, &Transfer::onHeader, CURLOPT_HEADERDATA);
  setCallback(CURLOPT_WRITEFUNCTION, &Transfer::onBody, CURLOPT_WRITEDATA);
  setCallback(CURLOPT_PREREQFUNCTION, &Transfer::onConnected, CURLOPT_PREREQDATA);
  setCallback(CURLOPT_OPENSOCKETFUNCTION, &Transfer::openSocket, CURLOPT_OPENSOCKETDATA);
  words_[0] = '\0';
  set(CURLOPT_ERRORBUFFER, words_.data());
  set(CURLOPT_URL, url_.httpText().c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_NOSIGNAL, 1L);
  const auto& limit = session_->options().rateLimit;
  set(CURLOPT_BUFFERSIZE, limit ? static_cast<long>(limit->share()) * 2 : 128L << 10);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  // A body may be silent for long, and its peer gone.
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_TCP_KEEPIDLE, 30L);
  set(CURLOPT_TCP_KEEPINTVL, 10L);
  set(CURLOPT_CONNECTTIMEOUT_MS, 0x7fffffffL);  // the deadline is ours
  set(CURLOPT_HTTP_VERSION,
      session_->options().http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
  set(CURLOPT_HTTPHEADER, headers_);
  set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  if (request_.range) {
    set(CURLOPT_RANGE, rangeText(*request_.range).c_str());
  }
}

void Transfer::prepareProxy() {
  const std::string& proxy = session_->options().proxy;
  if (proxy.empty()) {
    set(CURLOPT_PROXY, "");  // not the environment's
    return;
  }
  const ProxyAddress address = ProxyAddress::parse(proxy);
  set(CURLOPT_PROXY, ("http://" + address.url.authority()).c_str());
  set(CURLOPT_PROXYPORT, static_cast<long>(address.url.port));
  set(CURLOPT_NOPROXY, "");
  if (!address.userInfo.empty()) {
    const auto colon = address.userInfo.find(':');
    set(CURLOPT_PROXYUSERNAME, address.userInfo.substr(0, colon).c_str());
    set(CURLOPT_PROXYPASSWORD,
        colon == std::string::npos ? "" : address.userInfo.substr(colon + 1).c_str());
  }
}

// The trusted roots are those that the WebSockets of the same executor have: loaded once.
void Transfer::prepareSecurity() {
  if (!url_.secure) {
    return;
  }
  const TlsOptions& options = session_->options().tls;
  tls_ = sharedTlsContext(asio::query(session_->executor(), asio::execution::context), options);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_CAINFO, nullptr);
  set(CURLOPT_CAPATH, nullptr);
  set(CURLOPT_SSL_CTX_DATA, this);
  if (curl_easy_setopt(easy_, CURLOPT_SSL_CTX_FUNCTION, &Transfer::addRoots) != CURLE_OK) {
    throw Error(Errc::tlsFailed,
                "This program's libcurl does TLS with a library other than OpenSSL: install the "
                "flavour that uses OpenSSL (Debian and Ubuntu: libcurl4)");
  }
  // Like other credentials it is for the server alone that it was given for.
  if (!options.clientCertificateFile.empty() && !withoutCredentials_) {
    set(CURLOPT_SSLCERT, options.clientCertificateFile.c_str());
    set(CURLOPT_SSLKEY, options.clientKeyFile.c_str());
    set(CURLOPT_KEYPASSWD, "");
  }
}

CURLcode Transfer::addRoots(CURL* /*easy*/, void* sslContext, void* self) {
  auto* const context = static_cast<SSL_CTX*>(sslContext);
  SSL_CTX* const shared = static_cast<Transfer*>(self)->tls_->native_handle();
  SSL_CTX_set1_cert_store(context, SSL_CTX_get_cert_store(shared));
  return CURLE_OK;
}

void Transfer::makeHeaders() {
  ConnectionOptions options = session_->options();
  options.headers.insert(options.headers.end(), request_.headers.begin(), request_.headers.end());
  if (withoutCredentials_) {
    options = withoutCredentials(std::move(options));
  }
  const RequestHeaders lines =
      requestHeaders(options, {"Host", "Connection", "Content-Length", "Transfer-Encoding",
                               "Upgrade", "Expect", "Range", "Proxy-Authorization"});
  requireGuardedCredentials(url_, options);
  curl_slist_free_all(std::exchange(headers_, nullptr));
  for (const auto& [name, value] : lines) {
    // An empty value is written with a semicolon here.
    const std::string line = value.empty() ? name + ";" : name + ": " + value;
    addHeader(line);
  }
  // libcurl asks before it sends a large body, if it streams: who does not want it can say so
  // first.
  if (!request_.streamsBody || isExpectRefused_) {
    addHeader("Expect:");
  }
  if (request_.streamsBody && !request_.bodySize) {
    addHeader("Transfer-Encoding: chunked");
  }
}

void Transfer::addHeader(const std::string& line) {
  curl_slist* const longer = curl_slist_append(headers_, line.c_str());
  if (longer == nullptr) {
    throw std::bad_alloc();
  }
  headers_ = longer;
}

void Transfer::prepareBody() {
  if (request_.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
    return;
  }
  if (request_.streamsBody) {
    set(CURLOPT_FRESH_CONNECT, 1L);  // It could not be sent again where a kept one is dead.
    set(CURLOPT_POST, 1L);
    set(CURLOPT_READFUNCTION, &Transfer::giveBody);
    set(CURLOPT_READDATA, this);
    set(CURLOPT_POSTFIELDSIZE_LARGE,
        request_.bodySize ? static_cast<curl_off_t>(*request_.bodySize) : curl_off_t{-1});
  } else if (request_.method != "GET") {
    upload_ = std::move(request_.body);  // No redirect is followed with it.
    isUploadEnded_ = true;
    set(CURLOPT_POST, 1L);
    set(CURLOPT_READFUNCTION, &Transfer::giveBody);
    set(CURLOPT_READDATA, this);
    set(CURLOPT_SEEKFUNCTION, &Transfer::seekBody);
    set(CURLOPT_SEEKDATA, this);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(upload_.size()));
  }
  if (request_.method != "GET" && request_.method != "POST") {
    set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
}

}  // namespace wsferry::http
