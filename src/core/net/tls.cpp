#include "core/net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <asio/error.hpp>
#include <asio/ip/address.hpp>
#include <filesystem>
#include <map>
#include <mutex>
#include <tuple>

#include "wsferry/core/error.hpp"

namespace wsferry {
namespace {

bool isIpAddress(const std::string& host) {
  asio::error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

void requireUsable(const std::error_code& error, const char* what, const std::string& file,
                   const char* option) {
  if (error) {
    // A key given where the name of its file belongs is a secret.
    const bool isContent = file.find('\n') != std::string::npos;
    throw Error(Errc::invalidOption, std::string("The ") + what + " file " +
                                         (isContent ? "(given as its content)" : file) +
                                         " cannot be used: " + error.message() +
                                         ". Give a readable PEM file.")
        .ofOption(option);
  }
}

void requireCertificateWithKey(const TlsOptions& options) {
  if (options.clientCertificateFile.empty() != options.clientKeyFile.empty()) {
    const bool hasKey = options.clientCertificateFile.empty();
    throw Error(Errc::invalidOption,
                hasKey ? "A client key is given without its certificate: give both, or none."
                       : "A client certificate is given without its key: give both, or none.")
        .ofOption(hasKey ? "tls.clientCertificateFile" : "tls.clientKeyFile");
  }
}

std::shared_ptr<asio::ssl::context> makeTlsContext(const TlsOptions& options) {
  requireCertificateWithKey(options);
  auto result = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  auto& context = *result;
  context.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                      asio::ssl::context::no_tlsv1_1);
  context.set_verify_mode(asio::ssl::verify_peer);
  asio::error_code error;
  if (options.caFile.empty()) {
    context.set_default_verify_paths(error);
    requireUsable(error, "system's CA", "", "tls.caFile");
  } else {
    context.load_verify_file(options.caFile, error);
    requireUsable(error, "CA", options.caFile, "tls.caFile");
  }
  if (!options.clientCertificateFile.empty()) {
    context.use_certificate_chain_file(options.clientCertificateFile, error);
    requireUsable(error, "client certificate", options.clientCertificateFile,
                  "tls.clientCertificateFile");
    // OpenSSL would ask for a passphrase on the terminal, and block.
    context.set_password_callback(
        [](std::size_t, asio::ssl::context::password_purpose) { return std::string(); });
    context.use_private_key_file(options.clientKeyFile, asio::ssl::context::pem, error);
    requireUsable(error, "client key", options.clientKeyFile, "tls.clientKeyFile");
  }
  return result;
}

/// A named file and when it was written, so that another one at its place is told apart.
struct FileState {
  explicit FileState(const std::string& file) : path(file) {
    // A file that cannot be looked at is named when it is loaded.
    std::error_code ignored;
    if (!path.empty()) {
      written = std::filesystem::last_write_time(path, ignored);
      size = std::filesystem::file_size(path, ignored);
    }
  }
  bool operator<(const FileState& other) const {
    return std::tie(path, written, size) < std::tie(other.path, other.written, other.size);
  }

  std::string path;
  std::filesystem::file_time_type written{};
  std::uintmax_t size = 0;
};

/// The settings in use on one execution context.
class TlsContexts final : public asio::execution_context::service {
 public:
  using key_type = TlsContexts;
  static asio::execution_context::id id;

  explicit TlsContexts(asio::execution_context& owner) : service(owner) {}

  std::shared_ptr<asio::ssl::context> get(const TlsOptions& options) {
    const Key files{FileState(options.caFile), FileState(options.clientCertificateFile),
                    FileState(options.clientKeyFile)};
    // Held while loading: who comes meanwhile wants the result.
    const std::lock_guard lock(mutex_);
    if (const auto found = contexts_.find(files); found != contexts_.end()) {
      if (auto shared = found->second.lock()) {
        return shared;
      }
    }
    for (auto i = contexts_.begin(); i != contexts_.end();) {
      i = i->second.expired() ? contexts_.erase(i) : std::next(i);
    }
    auto made = makeTlsContext(options);
    contexts_[files] = made;
    return made;
  }

 private:
  using Key = std::array<FileState, 3>;

  void shutdown() override {}

  std::mutex mutex_;
  std::map<Key, std::weak_ptr<asio::ssl::context>> contexts_;
};

asio::execution_context::id TlsContexts::id;

// Whether the peer's first bytes were none of TLS.
bool meansNoTls(const std::error_code& error) {
  if (error.category() != asio::error::get_ssl_category()) {
    return false;
  }
  switch (ERR_GET_REASON(static_cast<unsigned long>(error.value()))) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_UNKNOWN_PROTOCOL:
      return true;
    default:
      return false;
  }
}

ErrorCause causeOf(long verifyResult, const std::error_code& error) {
  if (verifyResult != X509_V_OK) {
    return ErrorCause::unknown;
  }
  if (error.category() != asio::error::get_ssl_category()) {
    return ErrorCause::handshakeCut;
  }
  return meansNoTls(error) ? ErrorCause::notTls : ErrorCause::unknown;
}

std::string describeHandshakeProblem(const std::error_code& error) {
  if (meansNoTls(error)) {
    return "the server does not speak TLS on this port. Use another port, or a ws or http URL.";
  }
  if (error.category() != asio::error::get_ssl_category()) {
    return "the connection ended during the handshake (" + error.message() +
           "). The port may not be a TLS port, or a firewall is in the way.";
  }
  switch (ERR_GET_REASON(static_cast<unsigned long>(error.value()))) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return "the server offers no TLS version from 1.2 on. It must be updated.";
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      return error.message() +
             ". The server may ask for a client certificate: check the one in the options.";
    default:
      return error.message() + ".";
  }
}

}  // namespace

std::shared_ptr<asio::ssl::context> sharedTlsContext(asio::execution_context& owner,
                                                     const TlsOptions& options) {
  return asio::use_service<TlsContexts>(owner).get(options);
}

void expectHost(TlsStream& stream, const std::string& host) {
  SSL* const ssl = stream.handle();
  X509_VERIFY_PARAM* const parameters = SSL_get0_param(ssl);
  bool done = false;
  if (isIpAddress(host)) {
    done = X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1;
  } else {
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // A name's final dot is not part of certificates and SNI.
    const std::string name = host.back() == '.' ? host.substr(0, host.size() - 1) : host;
    done = X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), name.size()) == 1 &&
           SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
  }
  if (!done) {
    throw Error(Errc::tlsFailed, "The host name " + host + " cannot be verified with TLS");
  }
}

std::string describeCertificateProblem(long result, const std::string& host) {
  const std::string problem = X509_verify_cert_error_string(result);
  switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "its certificate has expired. Have it renewed, or set this machine's clock.";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "its certificate is not valid yet. Set this machine's clock, or have it replaced.";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "its certificate is self-signed (" + problem +
             "). If you trust it, name its file as CA file.";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "its certificate is from an unknown authority (" + problem +
             "). Name that authority's certificate as CA file; if there is none, the server does "
             "not send its intermediate certificates.";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "its certificate is not for " + host + " (" + problem +
             "). Use the host name that the certificate was made for.";
    default:
      return "its certificate is not accepted: " + problem + ".";
  }
}

ErrorInfo describeTlsFailure(TlsStream& stream, const std::error_code& error,
                             const std::string& host, const std::string& peer) {
  ErrorInfo info;
  const long result = SSL_get_verify_result(stream.handle());
  info.cause = causeOf(result, error);
  info.message = "Cannot establish a TLS connection with " + peer + ": " +
                 (result == X509_V_OK ? describeHandshakeProblem(error)
                                      : describeCertificateProblem(result, host));
  return info;
}

}  // namespace wsferry
