#include "core/net/tls.hpp"

#include <asio/io_context.hpp>
#include <fstream>

#include "catch.hpp"
#include "support/test_certificates.hpp"
#include "wsferry/core/error.hpp"

using namespace support;
using namespace wsferry;

namespace {

std::string certificatePem(const std::string& name) {
  Certificate::Description description;
  description.commonName = name;
  description.isAuthority = true;
  return Certificate(description).pem();
}

bool trusts(const std::shared_ptr<asio::ssl::context>& context, const std::string& name) {
  X509_STORE* const store = SSL_CTX_get_cert_store(context->native_handle());
  STACK_OF(X509_OBJECT)* const objects = X509_STORE_get0_objects(store);
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
    char text[256] = {};
    X509_NAME_get_text_by_NID(
        X509_get_subject_name(X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i))),
        NID_commonName, text, sizeof text);
    if (name == text) {
      return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("the same TLS options on one execution context share their settings") {
  const TemporaryFile file(certificatePem("first"));
  const TemporaryFile other(certificatePem("other"));
  TlsOptions options;
  options.caFile = file.path();
  asio::io_context context;
  const auto settings = sharedTlsContext(context, options);
  CHECK(settings == sharedTlsContext(context, options));

  TlsOptions different;
  different.caFile = other.path();
  CHECK(settings != sharedTlsContext(context, different));
  CHECK(trusts(sharedTlsContext(context, different), "other"));
  CHECK(settings != sharedTlsContext(context, TlsOptions{}));

  asio::io_context elsewhere;
  CHECK(settings != sharedTlsContext(elsewhere, options));
}

TEST_CASE("a client certificate and its key are given both, or none") {
  const TemporaryFile file(certificatePem("first"));
  TlsOptions options;
  std::string missing;
  SECTION("no key") {
    options.clientCertificateFile = file.path();
    missing = "tls.clientKeyFile";
  }
  SECTION("no certificate") {
    options.clientKeyFile = file.path();
    missing = "tls.clientCertificateFile";
  }
  asio::io_context context;
  try {
    sharedTlsContext(context, options);
    FAIL("not refused");
  } catch (const Error& error) {
    CHECK(error.code() == make_error_code(Errc::invalidOption));
    CHECK(error.info().option == missing);
  }
}

TEST_CASE("TLS settings last as long as somebody holds them") {
  const TemporaryFile file(certificatePem("first"));
  TlsOptions options;
  options.caFile = file.path();
  asio::io_context context;
  auto settings = sharedTlsContext(context, options);
  const std::weak_ptr<asio::ssl::context> watch = settings;
  settings.reset();
  CHECK(watch.expired());
  CHECK(trusts(sharedTlsContext(context, options), "first"));
}

TEST_CASE("a CA file that was changed is read anew, while others still use what it held") {
  const TemporaryFile file(certificatePem("first"));
  TlsOptions options;
  options.caFile = file.path();
  asio::io_context context;
  const auto before = sharedTlsContext(context, options);
  std::ofstream(file.path()) << certificatePem("a longer name than the first");
  const auto after = sharedTlsContext(context, options);
  CHECK(before != after);
  CHECK(trusts(before, "first"));
  CHECK_FALSE(trusts(after, "first"));
  CHECK(trusts(after, "a longer name than the first"));
}

TEST_CASE("files that cannot be used are named, also the second time") {
  TlsOptions options;
  options.caFile = "/does/not/exist.pem";
  asio::io_context context;
  for (int i = 0; i < 2; ++i) {
    try {
      sharedTlsContext(context, options);
      FAIL("not refused");
    } catch (const Error& error) {
      CHECK(error.code() == make_error_code(Errc::invalidOption));
      CHECK(error.info().message.find(options.caFile) != std::string::npos);
    }
  }
}
