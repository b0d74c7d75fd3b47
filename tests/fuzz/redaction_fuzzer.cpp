// No secret is left in a text, as it is or in any of the forms that a peer may repeat it in. The
// first byte says how many of the next ones are the secret.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "fuzz/require.hpp"
#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/core/detail/text/base64.hpp"

namespace {

// Shorter ones count where they stand alone only.
constexpr std::size_t shortestSecret = 4;
constexpr std::size_t shortestInBase64 = 8;

bool isPrintable(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c > '~') {
      return false;
    }
  }
  return true;
}

std::string percentEncoded(std::string_view text) {
  std::string result;
  for (const char c : text) {
    char code[4];
    std::snprintf(code, sizeof code, "%%%02x", static_cast<unsigned char>(c));
    result += code;
  }
  return result;
}

std::string unicodeEscaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    char code[8];
    std::snprintf(code, sizeof code, "\\u%04X", static_cast<unsigned>(c));
    result += code;
  }
  return result;
}

void requireGone(const std::string& form, std::string_view text, const std::string& secret) {
  const std::string whole = std::string(text) + "\"" + form + "\"" + std::string(text);
  const std::string blanked = wsferry::blankSecrets(whole, {secret});
  require(blanked.find(form) == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size - 1 < data[0]) {
    return 0;
  }
  const std::string secret(reinterpret_cast<const char*>(data) + 1, data[0]);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1 + data[0],
                              size - 1 - data[0]);
  const std::string blanked = wsferry::blankSecrets(text, {secret, ""});
  require(wsferry::blankSecrets(text, {""}) == text);
  // Of a secret with an asterisk the marks that replace it may make another.
  if (secret.size() < shortestSecret || secret.find('*') != std::string::npos) {
    return 0;
  }
  require(blanked.find(secret) == std::string::npos);
  if (isPrintable(secret) && isPrintable(text)) {
    requireGone(secret, text, secret);
    requireGone(percentEncoded(secret), text, secret);
    requireGone(unicodeEscaped(secret), "", secret);
    const std::string json = wsferry::encodeJsonString(secret);
    requireGone(json.substr(1, json.size() - 2), "", secret);
    if (secret.size() >= shortestInBase64) {
      std::string base64;
      wsferry::encodeBase64(secret, base64);
      requireGone(base64, text, secret);
    }
  }
  return 0;
}
