#include "core/net/certificates.hpp"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <asio/ip/address.hpp>
#include <ctime>
#include <memory>
#include <string>

#include "wsferry/core/detail/text/printable.hpp"

namespace wsferry {
namespace {

constexpr std::size_t longestName = 200;

std::chrono::system_clock::time_point timeOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
    return {};
  }
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

std::string textOf(const ASN1_STRING* string) {
  struct Free {
    void operator()(unsigned char* text) const { OPENSSL_free(text); }
  };
  unsigned char* utf8 = nullptr;
  const int size = string == nullptr ? -1 : ASN1_STRING_to_UTF8(&utf8, string);
  const std::unique_ptr<unsigned char, Free> held(utf8);
  return size < 0 ? std::string()
                  : printable({reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size)},
                              longestName);
}

std::string nameOf(const X509_NAME* name) {
  if (const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1); at >= 0) {
    return textOf(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  }
  struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }
  };
  const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_ONELINE) < 0) {
    return {};
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return printable({text, static_cast<std::size_t>(size)}, longestName);
}

std::string addressText(const ASN1_OCTET_STRING* address) {
  const unsigned char* const bytes = ASN1_STRING_get0_data(address);
  const int size = ASN1_STRING_length(address);
  if (size == 4) {
    asio::ip::address_v4::bytes_type v4{};
    std::copy(bytes, bytes + v4.size(), v4.begin());
    return asio::ip::address_v4(v4).to_string();
  }
  asio::ip::address_v6::bytes_type v6{};
  if (size != static_cast<int>(v6.size())) {
    return {};
  }
  std::copy(bytes, bytes + v6.size(), v6.begin());
  return asio::ip::address_v6(v6).to_string();
}

std::vector<std::string> hostsOf(const X509* certificate) {
  struct Free {
    void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  };
  const std::unique_ptr<GENERAL_NAMES, Free> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> hosts;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    std::string host = name->type == GEN_DNS     ? textOf(name->d.dNSName)
                       : name->type == GEN_IPADD ? addressText(name->d.iPAddress)
                                                 : std::string();
    if (!host.empty()) {
      hosts.push_back(std::move(host));
    }
  }
  return hosts;
}

}  // namespace

std::vector<PeerCertificate> certificatesOf(const SSL* ssl) {
  std::vector<PeerCertificate> certificates;
  const STACK_OF(X509)* const chain = SSL_get0_verified_chain(ssl);
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
    const X509* const x509 = sk_X509_value(chain, i);
    PeerCertificate certificate;
    certificate.subject = nameOf(X509_get_subject_name(x509));
    certificate.issuer = nameOf(X509_get_issuer_name(x509));
    certificate.names = hostsOf(x509);
    certificate.notBefore = timeOf(X509_get0_notBefore(x509));
    certificate.notAfter = timeOf(X509_get0_notAfter(x509));
    certificates.push_back(std::move(certificate));
  }
  return certificates;
}

}  // namespace wsferry
