#include "archive/compare/secret_values.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

#include "wsferry/core/detail/secrets/signed_urls.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/query_string.hpp"

namespace wsferry::archive {
namespace {

constexpr std::string_view endsOfUrl = " \t\r\n\"'<>()\\";

bool isWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

bool isTokenCharacter(char c) {
  return isWordCharacter(c) || std::string_view("._~+/=-").find(c) != std::string_view::npos;
}

// `smtpPass` and `smtp_pass` have the words smtp and pass.
std::vector<std::string> wordsOf(std::string_view name) {
  std::vector<std::string> words(1);
  char before = '\0';
  for (const char c : name) {
    const bool isUpper = std::isupper(static_cast<unsigned char>(c)) != 0;
    const bool followsLower = std::islower(static_cast<unsigned char>(before)) != 0;
    if (!isWordCharacter(c) || (isUpper && followsLower)) {
      words.emplace_back();
    }
    if (isWordCharacter(c)) {
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    before = c;
  }
  return words;
}

// Calls `is(at)` for each place of `part` until one is what is looked for.
template <class Is>
bool anyPlace(std::string_view text, std::string_view part, Is is) {
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    if (is(at)) {
      return true;
    }
  }
  return false;
}

std::size_t runLength(std::string_view text, std::size_t begin) {
  const auto end = std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(),
                                    isTokenCharacter);
  return static_cast<std::size_t>(end - text.begin()) - begin;
}

// `Bearer` and `Basic` with what follows them in a header.
bool holdsScheme(std::string_view text) {
  constexpr std::size_t shortestToken = 6;
  const std::string lower = asciiLowerCase(text);
  for (const std::string_view scheme : {"bearer ", "basic "}) {
    const bool found = anyPlace(lower, scheme, [&](std::size_t at) {
      return (at == 0 || !isWordCharacter(lower[at - 1])) &&
             runLength(lower, at + scheme.size()) >= shortestToken;
    });
    if (found) {
      return true;
    }
  }
  return false;
}

bool holdsWebToken(std::string_view text) {
  constexpr std::size_t shortest = 30;
  return anyPlace(text, "eyJ", [&](std::size_t at) {
    const std::string_view token = text.substr(at, runLength(text, at));
    return token.size() >= shortest && token.find('.') != std::string_view::npos;
  });
}

bool holdsPasswordInUrl(std::string_view text) {
  return anyPlace(text, "://", [&](std::size_t at) {
    std::string_view authority = text.substr(at + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    authority = authority.substr(0, authority.find_first_of(endsOfUrl));
    const std::string_view user = authority.substr(0, authority.rfind('@'));
    return user.size() < authority.size() && user.find(':') != std::string_view::npos;
  });
}

bool holdsCredentialInQuery(std::string_view text) {
  const auto holds = [&](std::size_t at) {
    const std::string_view query = text.substr(at + 1);
    return !credentialsInQuery("?" +
                               std::string(query.substr(
                                   0, std::min(query.find_first_of(endsOfUrl), query.find('#')))))
                .empty();
  };
  return anyPlace(text, "?", holds) || anyPlace(text, "#", holds);
}

}  // namespace

bool namesSecret(std::string_view name) {
  const std::string lower = asciiLowerCase(name);
  constexpr std::string_view parts[] = {"password",    "passphrase",  "passwd",        "passcode",
                                        "secret",      "token",       "authorization", "credential",
                                        "apikey",      "api_key",     "api-key",       "privatekey",
                                        "private_key", "private-key", "accesskey",     "access_key",
                                        "access-key",  "license",     "signature"};
  const bool hasPart = std::any_of(std::begin(parts), std::end(parts), [&](std::string_view part) {
    return lower.find(part) != std::string::npos;
  });
  if (hasPart) {
    return true;
  }
  constexpr std::string_view wholes[] = {"auth", "pass", "pwd",    "pin",    "otp",  "psk", "jwt",
                                         "sas",  "dsn",  "bearer", "cookie", "salt", "sig"};
  const std::vector<std::string> words = wordsOf(name);
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::find(std::begin(wholes), std::end(wholes), word) != std::end(wholes);
  });
}

bool holdsCredential(std::string_view text) {
  const bool isKey = text.find("-----BEGIN") != std::string_view::npos &&
                     text.find("PRIVATE KEY") != std::string_view::npos;
  return isKey || holdsPasswordInUrl(text) || holdsCredentialInQuery(text) || holdsScheme(text) ||
         holdsWebToken(text) || withoutSignaturesInText(text) != text;
}

bool holdsRandomWord(std::string_view text) {
  constexpr std::size_t shortest = 20;
  std::size_t length = 0;
  bool hasDigit = false;
  bool hasLetter = false;
  for (const char c : text) {
    const bool isDigit = c >= '0' && c <= '9';
    const bool goesOn = isWordCharacter(c) || c == '_' || c == '-';
    length = goesOn ? length + 1 : 0;
    hasDigit = goesOn && (hasDigit || isDigit);
    hasLetter = goesOn && (hasLetter || (isWordCharacter(c) && !isDigit));
    if (length >= shortest && hasDigit && hasLetter) {
      return true;
    }
  }
  return false;
}

}  // namespace wsferry::archive
