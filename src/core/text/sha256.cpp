#include "wsferry/core/detail/text/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <new>

#include "wsferry/core/error.hpp"

namespace wsferry {

struct Sha256::State {
  struct Free {
    void operator()(EVP_MD_CTX* freed) const { EVP_MD_CTX_free(freed); }
  };

  State() : context(EVP_MD_CTX_new()) {
    if (!context) {
      throw std::bad_alloc();
    }
    reset();
  }

  void reset() { check(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr)); }

  static void check(int result) {
    if (result != 1) {
      throw Error(Errc::outOfResources, "OpenSSL cannot compute SHA-256; check its configuration");
    }
  }

  std::unique_ptr<EVP_MD_CTX, Free> context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  State::check(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()));
}

std::string Sha256::hex() {
  std::array<unsigned char, 32> digest;
  State::check(EVP_DigestFinal_ex(state_->context.get(), digest.data(), nullptr));
  state_->reset();
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 15]);
  }
  return text;
}

}  // namespace wsferry
