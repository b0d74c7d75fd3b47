#include "wsferry/core/detail/text/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"

using wsferry::decodeBase64;
using wsferry::encodeBase64;

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string randomBytes(std::size_t size, std::mt19937& random) {
  std::string bytes(size, '\0');
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random()); });
  return bytes;
}

std::string encodeWithOpenSsl(std::string_view bytes) {
  std::vector<unsigned char> text(bytes.size() / 3 * 4 + 5);
  const int size =
      EVP_EncodeBlock(text.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  return std::string(text.begin(), text.begin() + size);
}

// Padding comes out as zero bytes.
std::string decodeWithOpenSsl(std::string_view text) {
  std::vector<unsigned char> bytes(text.size() / 4 * 3 + 1);
  const int size =
      EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  REQUIRE(size >= 0);
  return std::string(bytes.begin(), bytes.begin() + size);
}

std::string decoded(std::string_view text) {
  std::string out;
  REQUIRE(decodeBase64(text, out));
  return out;
}

bool isRejected(std::string_view text) {
  std::string out = "before";
  const bool accepted = decodeBase64(text, out);
  REQUIRE((accepted || out == "before"));
  return !accepted;
}

std::string withoutPadding(std::string text) {
  while (!text.empty() && text.back() == '=') {
    text.pop_back();
  }
  return text;
}

}  // namespace

TEST_CASE("base64 knows the vectors of RFC 4648") {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    std::string encoded;
    encodeBase64(bytes, encoded);
    CHECK(encoded == text);
    CHECK(decoded(text) == bytes);
  }
}

TEST_CASE("base64 of every length agrees with OpenSSL both ways, padded or not") {
  std::mt19937 random(1);
  for (std::size_t size = 0; size <= 600; ++size) {
    CAPTURE(size);
    const std::string bytes = randomBytes(size, random);
    const std::string reference = encodeWithOpenSsl(bytes);
    std::string encoded;
    encodeBase64(bytes, encoded);
    REQUIRE(encoded == reference);
    REQUIRE(decoded(reference) == bytes);
    REQUIRE(decoded(withoutPadding(reference)) == bytes);
    REQUIRE(decodeWithOpenSsl(reference).compare(0, size, bytes) == 0);
  }
}

TEST_CASE("base64 of large texts is right around the sizes it is decoded in") {
  std::mt19937 random(2);
  for (const std::size_t around : {std::size_t{12288}, std::size_t{24576}, std::size_t{1} << 20}) {
    for (std::size_t size = around - 4; size <= around + 4; ++size) {
      const std::string bytes = randomBytes(size, random);
      REQUIRE(decoded(encodeWithOpenSsl(bytes)) == bytes);
    }
  }
}

TEST_CASE("base64 appends") {
  std::string out = "ab";
  REQUIRE(decodeBase64("Y2Q=", out));
  REQUIRE(decodeBase64("", out));
  CHECK(out == "abcd");
  encodeBase64("f", out);
  CHECK(out == "abcdZg==");
}

TEST_CASE("base64 takes each letter of the alphabet at each place, and nothing else") {
  const std::string text(160, 'A');
  const std::string letters(alphabet);
  for (std::size_t place = 0; place < text.size(); ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = text;
      changed[place] = static_cast<char>(byte);
      const bool inAlphabet =
          byte != 0 && letters.find(static_cast<char>(byte)) != std::string::npos;
      const bool isPadding = byte == '=' && place == text.size() - 1;
      CAPTURE(place, byte);
      REQUIRE(isRejected(changed) == !(inAlphabet || isPadding));
      if (inAlphabet) {
        REQUIRE(decoded(changed) == decodeWithOpenSsl(changed));
      }
    }
  }
}

TEST_CASE("base64 finds a foreign character anywhere in a large text") {
  std::mt19937 random(3);
  const std::string text = encodeWithOpenSsl(randomBytes(60000, random));
  for (int i = 0; i < 500; ++i) {
    std::string changed = text;
    const std::size_t place = random() % changed.size();
    changed[place] = "=-_ \n.\x80\xff"[random() % 8];
    CAPTURE(place, changed[place]);
    REQUIRE(isRejected(changed) == !(changed[place] == '=' && place == changed.size() - 1));
  }
}

TEST_CASE("base64 rejects wrong padding and impossible lengths") {
  for (const char* text :
       {"=",    "==",       "===",      "====",   "A",        "A=",    "A==",      "A===",
        "AA=",  "AAA==",    "AAAA=",    "AAAA==", "AAAA====", "AAAAA", "AA==AA==", "AA=A",
        "=AAA", "AAA=AAAA", "AAAAA===", "AAAA\n", "AAAA ",    "AA-_"}) {
    CAPTURE(text);
    CHECK(isRejected(text));
  }
}

TEST_CASE("base64 ignores the bits of the last letter that no byte takes") {
  CHECK(decoded("Zh==") == "f");
  CHECK(decoded("Zm9=") == "fo");
}
