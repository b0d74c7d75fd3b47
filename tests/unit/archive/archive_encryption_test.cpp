#include "archive/chain/encryption.hpp"

#include "catch.hpp"
#include "support/archive_fixture.hpp"
#include "wsferry/archive/archive_error.hpp"

using namespace support;
using namespace wsferry::archive;
using wsferry::Errc;

namespace {

class CollectingSink final : public ByteSink {
 public:
  void write(std::string_view bytes) override { collected.append(bytes); }
  void finish() override { finished = true; }

  std::string collected;
  bool finished = false;
};

/// Gives the bytes in pieces of `size`.
class StringSource final : public ByteSource {
 public:
  StringSource(std::string bytes, std::size_t size) : bytes_(std::move(bytes)), size_(size) {}

  std::string_view read() override {
    const auto piece = std::string_view(bytes_).substr(offset_, size_);
    offset_ += piece.size();
    return piece;
  }

 private:
  std::string bytes_;
  std::size_t size_;
  std::size_t offset_ = 0;
};

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    constexpr char digits[] = "0123456789abcdef";
    text.push_back(digits[static_cast<unsigned char>(byte) >> 4]);
    text.push_back(digits[static_cast<unsigned char>(byte) & 15]);
  }
  return text;
}

std::string encrypt(std::string_view bytes, const std::string& passphrase) {
  CollectingSink sink;
  EncryptingSink encryption(sink, passphrase);
  encryption.write(bytes);
  encryption.finish();
  CHECK(sink.finished);
  return sink.collected;
}

std::string decrypt(const std::string& bytes, const std::string& passphrase, std::size_t piece) {
  DecryptingSource source(std::make_unique<StringSource>(bytes, piece), passphrase);
  std::string all;
  for (auto part = source.read(); !part.empty(); part = source.read()) {
    all.append(part);
  }
  return all;
}

}  // namespace

// The expected values come from Node.js: createCipheriv('aes-128-ecb', scryptSync(key, '', 16),
// null).
TEST_CASE("Encryption is that of Node.js") {
  CHECK(hex(encrypt("", "secret")) == "40a64d36caff39efa0377e1df017f993");
  CHECK(hex(encrypt("hello wsferry", "secret")) == "ef4eb878e781b2655f90c6ad27eaa325");
  CHECK(hex(encrypt("0123456789abcdef", "secret")) ==
        "584ebbb0d858aeb4df230eb0522c11b440a64d36caff39efa0377e1df017f993");
  CHECK(hex(encrypt("hello wsferry", "pässwörd 東京")) == "16b53306caccc285b72c34569f1de6ea");
}

TEST_CASE("Decryption undoes it, however the input is cut") {
  std::string plain;
  for (int i = 0; i < 600'000; ++i) {
    plain.push_back(static_cast<char>(i * 7));
  }
  const std::string cipher = encrypt(plain, "k");
  CHECK(cipher.size() == (plain.size() / 16 + 1) * 16);
  for (const std::size_t piece : {1u << 20, 65536u, 1000u}) {
    CHECK(decrypt(cipher, "k", piece) == plain);
  }
  CHECK(decrypt(encrypt("x", "k"), "k", 1) == "x");
}

TEST_CASE("A wrong end is noticed") {
  const std::string cipher = encrypt(std::string(100, 'x'), "k");
  CHECK(errorOf([&] { decrypt(cipher.substr(0, 96), "k", 7); }) == ArchiveErrc::invalidArchive);
  CHECK(errorOf([&] { decrypt(cipher.substr(0, 99), "k", 7); }) == ArchiveErrc::invalidArchive);
  CHECK(errorOf([&] { decrypt(cipher.substr(0, 15), "k", 7); }) == ArchiveErrc::wrongKey);
  CHECK(errorOf([&] { decrypt({}, "k", 7); }) == ArchiveErrc::wrongKey);
}
