#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <asio/ssl.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace support {

using namespace wsferry;

/// A certificate with its key, made in the process.
class Certificate {
 public:
  struct Description {
    std::string commonName;
    std::string alternativeNames;  ///< As OpenSSL writes them: `DNS:a.test,IP:127.0.0.1`.
    long secondsFromNow = 0;       ///< Start of its validity.
    long lifetimeSeconds = 3600;
    bool isAuthority = false;
  };

  /// Signed by `issuer`, or by itself.
  explicit Certificate(const Description& description, const Certificate* issuer = nullptr)
      : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
    static long serial = 1;
    X509* const x509 = certificate_.get();
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++);
    X509_gmtime_adj(X509_getm_notBefore(x509), description.secondsFromNow);
    X509_gmtime_adj(X509_getm_notAfter(x509),
                    description.secondsFromNow + description.lifetimeSeconds);
    X509_set_pubkey(x509, key_.get());
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(x509), "CN", MBSTRING_ASC,
        reinterpret_cast<const unsigned char*>(description.commonName.c_str()), -1, -1, 0);
    const Certificate& signer = issuer != nullptr ? *issuer : *this;
    X509_set_issuer_name(x509, X509_get_subject_name(signer.certificate_.get()));
    if (description.isAuthority) {
      addExtension(NID_basic_constraints, "critical,CA:TRUE");
    }
    if (!description.alternativeNames.empty()) {
      addExtension(NID_subject_alt_name, description.alternativeNames);
    }
    if (X509_sign(x509, signer.key_.get(), EVP_sha256()) == 0) {
      throw std::runtime_error("signing a test certificate failed");
    }
  }

  std::string pem() const {
    return written([this](BIO* bio) { return PEM_write_bio_X509(bio, certificate_.get()); });
  }
  std::string keyPem() const {
    return written([this](BIO* bio) {
      return PEM_write_bio_PrivateKey(bio, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }

  /// A server's context that shows this certificate.
  asio::ssl::context serverContext() const {
    asio::ssl::context context(asio::ssl::context::tls_server);
    context.use_certificate(asio::buffer(pem()), asio::ssl::context::pem);
    context.use_private_key(asio::buffer(keyPem()), asio::ssl::context::pem);
    return context;
  }

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* x509) const { X509_free(x509); }
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  };

  void addExtension(int nid, const std::string& value) {
    const std::unique_ptr<X509_EXTENSION, Free> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
    if (!extension || X509_add_ext(certificate_.get(), extension.get(), -1) == 0) {
      throw std::runtime_error("making a test certificate failed");
    }
  }

  template <class Write>
  static std::string written(Write write) {
    const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
    if (write(bio.get()) == 0) {
      throw std::runtime_error("writing a test certificate failed");
    }
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  std::unique_ptr<EVP_PKEY, Free> key_;
  std::unique_ptr<X509, Free> certificate_;
};

/// A file that exists as long as this object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content)
      : path_(std::filesystem::temp_directory_path() / "wsferry-test-XXXXXX") {
    std::string name = path_.string();
    const int file = mkstemp(name.data());
    path_ = name;
    if (file < 0 ||
        ::write(file, content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
      throw std::runtime_error("writing a temporary file failed");
    }
    ::close(file);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::filesystem::remove(path_); }

  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace support
