#include "archive/chain/encryption.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <new>

#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

constexpr std::size_t cipherPieceSize = 256u << 10;
constexpr std::size_t cipherBlockSize = 16;

struct ContextDeleter {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, ContextDeleter>;

Context makeContext(const std::string& passphrase, bool encrypt) {
  std::array<unsigned char, 16> key{};
  const std::uint64_t n = 16384;
  const std::uint64_t r = 8;
  const std::uint64_t p = 1;
  // scrypt takes 128 * N * r bytes, here 16 MiB, and somewhat more.
  const std::uint64_t memoryLimit = 32ull << 20;
  const unsigned char noSalt = 0;
  if (EVP_PBE_scrypt(passphrase.data(), passphrase.size(), &noSalt, 0, n, r, p, memoryLimit,
                     key.data(), key.size()) != 1) {
    throw Error(Errc::invalidOption, "cannot derive the encryption key from the passphrase");
  }
  Context context(EVP_CIPHER_CTX_new());
  const bool ready = context && EVP_CipherInit_ex(context.get(), EVP_aes_128_ecb(), nullptr,
                                                  key.data(), nullptr, encrypt ? 1 : 0) == 1;
  OPENSSL_cleanse(key.data(), key.size());
  if (!ready) {
    throw std::bad_alloc();
  }
  return context;
}

const unsigned char* unsignedBytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* unsignedBytes(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace

struct EncryptingSink::Cipher {
  Context context;
};

EncryptingSink::EncryptingSink(ByteSink& next, const std::string& passphrase)
    : cipher_(new Cipher{makeContext(passphrase, true)}), next_(next) {
  buffer_.resize(cipherPieceSize + cipherBlockSize);
}

EncryptingSink::~EncryptingSink() = default;

void EncryptingSink::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, cipherPieceSize);
    bytes.remove_prefix(piece.size());
    int made = 0;
    if (EVP_CipherUpdate(cipher_->context.get(), unsignedBytes(buffer_), &made,
                         unsignedBytes(piece), static_cast<int>(piece.size())) != 1) {
      throw Error(Errc::fileFailed, "encryption failed");
    }
    next_.write(std::string_view(buffer_).substr(0, static_cast<std::size_t>(made)));
  }
}

void EncryptingSink::finish() {
  int made = 0;
  if (EVP_CipherFinal_ex(cipher_->context.get(), unsignedBytes(buffer_), &made) != 1) {
    throw Error(Errc::fileFailed, "encryption failed");
  }
  next_.write(std::string_view(buffer_).substr(0, static_cast<std::size_t>(made)));
  next_.finish();
}

struct DecryptingSource::Cipher {
  Context context;
};

DecryptingSource::DecryptingSource(std::unique_ptr<ByteSource> source,
                                   const std::string& passphrase)
    : cipher_(new Cipher{makeContext(passphrase, false)}), source_(std::move(source)) {}

DecryptingSource::~DecryptingSource() = default;

std::string_view DecryptingSource::read() {
  while (!ended_) {
    const auto bytes = source_->read();
    buffer_.resize(std::max(buffer_.size(), bytes.size() + cipherBlockSize));
    int made = 0;
    if (bytes.empty()) {
      ended_ = true;
      if (EVP_CipherFinal_ex(cipher_->context.get(), unsignedBytes(buffer_), &made) != 1) {
        throwWrongEnd();
      }
    } else if (EVP_CipherUpdate(cipher_->context.get(), unsignedBytes(buffer_), &made,
                                unsignedBytes(bytes), static_cast<int>(bytes.size())) != 1) {
      throw Error(ArchiveErrc::wrongKey, "decryption failed: wrong key or damaged file");
    }
    if (made > 0) {
      hasDecrypted_ = true;
      return std::string_view(buffer_).substr(0, static_cast<std::size_t>(made));
    }
  }
  return {};
}

void DecryptingSource::throwWrongEnd() const {
  if (hasDecrypted_) {
    throw Error(ArchiveErrc::invalidArchive, "the encrypted file is truncated or damaged");
  }
  throw Error(ArchiveErrc::wrongKey, "decryption failed: wrong key or damaged file");
}

}  // namespace wsferry::archive
