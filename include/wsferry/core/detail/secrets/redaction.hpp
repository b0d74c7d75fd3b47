#pragma once

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/changed_strings.hpp"
#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry {

/// A peer's `text` with `***` instead of the `secrets` it repeats: plain, percent-encoded, in
/// base64 of themselves or of a text that contains them (from eight bytes on), or in a JSON string,
/// however it escapes them. Empty secrets are ignored, and one of less than four bytes counts only
/// on its own, because it is part of too many words.
std::string blankSecrets(std::string_view text, const std::vector<std::string>& secrets);

/// The same for the start of a text, which may be cut within a secret: four bytes or more of a
/// secret's beginning are also blanked at its end.
std::string blankSecretsInStart(std::string_view start, const std::vector<std::string>& secrets);

/// At most `most` bytes of a text: as for a start if it is longer, otherwise as for a whole text.
std::string blankSecretsWithin(std::string_view text, std::size_t most,
                               const std::vector<std::string>& secrets);

/// Longer reasons may have been cut: a close frame has room for 123 bytes.
inline constexpr std::size_t longestWholeReason = 119;

/// The same for a text with words of our own, in which short secrets are not blanked: a peer's
/// words in it have already been through blankSecrets().
std::string blankLongSecrets(std::string_view text, const std::vector<std::string>& secrets);

/// What is known of a failure, without the `secrets` that the peer's words in it repeat.
ErrorInfo withoutSecrets(ErrorInfo info, const std::vector<std::string>& secrets);

/// Those that do not occur by chance in a name or number, so that they can also be blanked in data
/// for programs.
std::vector<std::string> unmistakable(const std::vector<std::string>& secrets);

/// A URL, or a reference to one, with `***` instead of the user name and password in it.
std::string withoutUserInfo(std::string_view url);

namespace detail {

inline constexpr std::size_t shortestUnmistakable = 16;
inline constexpr std::size_t shortestLong = 4;
inline constexpr std::size_t shortestInBase64 = 8;

using Places = std::vector<std::pair<std::size_t, std::size_t>>;

inline void findVerbatim(std::string_view text, std::string_view secret, bool isCut,
                         Places& places) {
  for (auto at = text.find(secret); at != std::string_view::npos; at = text.find(secret, at + 1)) {
    places.emplace_back(at, at + secret.size());
  }
  if (isCut) {
    const std::size_t longest = std::min(secret.size(), text.size() + 1) - 1;
    for (std::size_t size = longest; size >= shortestLong; --size) {
      if (text.substr(text.size() - size) == secret.substr(0, size)) {
        places.emplace_back(text.size() - size, text.size());
        return;
      }
    }
  }
}

// The position after `secret` if it is at `at` with any of its bytes as `%XX`, in either case, and
// perhaps with a plus sign for a space; otherwise `at` itself. With `isCut` the text may end within
// it.
inline std::size_t matchEncoded(std::string_view text, std::size_t at, std::string_view secret,
                                bool isCut) {
  const std::size_t begin = at;
  for (std::size_t i = 0; i < secret.size(); ++i) {
    const std::size_t left = text.size() - at;
    if (left == 0 || (isCut && left < 3 && text[at] == '%')) {
      return isCut && i >= shortestLong ? text.size() : begin;
    }
    unsigned char byte = 0;
    const char* const digits = text.data() + at + 1;
    if (text[at] == '%' && left > 2 &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      at += 2;
    } else {
      byte = static_cast<unsigned char>(text[at]);
    }
    ++at;
    if (byte != static_cast<unsigned char>(secret[i]) && (byte != '+' || secret[i] != ' ')) {
      return begin;
    }
  }
  return at;
}

inline void findEncoded(std::string_view text, std::string_view secret, bool isCut,
                        Places& places) {
  if (text.find_first_of("%+") == std::string_view::npos) {
    return;
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t end = matchEncoded(text, at, secret, isCut);
    if (end != at) {
      places.emplace_back(at, end);
    }
  }
}

inline bool isBase64Letter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/' || c == '-' ||
         c == '_';
}

// Includes the letters around `form` that also hold bits of the secret, and padding.
inline void findBase64Form(std::string_view text, std::string_view form, bool isCut,
                           Places& places) {
  Places found;
  findVerbatim(text, form, isCut, found);
  findEncoded(text, form, isCut, found);
  for (auto [begin, end] : found) {
    begin -= begin > 0 && isBase64Letter(text[begin - 1]) ? 1 : 0;
    end += end < text.size() && isBase64Letter(text[end]) ? 1 : 0;
    end = std::min(text.find_first_not_of('=', end), text.size());
    places.emplace_back(begin, end);
  }
}

// The secret may begin at any of the three bytes that four letters stand for.
inline void findInBase64(std::string_view text, std::string_view secret, bool isCut,
                         Places& places) {
  for (std::size_t before = 0; before < 3; ++before) {
    std::string encoded;
    encodeBase64(std::string(before, '\0').append(secret), encoded);
    const std::size_t begin = (before * 8 + 5) / 6;
    const std::size_t end = (before + secret.size()) * 8 / 6;
    std::string form = encoded.substr(begin, end - begin);  // Depends on nothing but the secret.
    findBase64Form(text, form, isCut, places);
    if (form.find_first_of("+/") != std::string::npos) {
      std::replace(form.begin(), form.end(), '+', '-');
      std::replace(form.begin(), form.end(), '/', '_');
      findBase64Form(text, form, isCut, places);
    }
  }
}

inline bool isWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

inline bool standsAlone(std::string_view text, const std::pair<std::size_t, std::size_t>& place) {
  return (place.first == 0 || !isWordCharacter(text[place.first - 1])) &&
         (place.second == text.size() || !isWordCharacter(text[place.second]));
}

inline std::string blankAsWritten(std::string_view text, const std::vector<std::string>& secrets,
                                  bool isCut) {
  // All places are found before any is blanked: a secret may hold another, or overlap it.
  Places places;
  for (const std::string& secret : secrets) {
    if (secret.empty()) {
      continue;
    }
    Places found;
    findVerbatim(text, secret, isCut, found);
    findEncoded(text, secret, isCut, found);
    std::copy_if(found.begin(), found.end(), std::back_inserter(places), [&](const auto& place) {
      return secret.size() >= shortestLong || standsAlone(text, place);
    });
    if (secret.size() >= shortestInBase64) {
      findInBase64(text, secret, isCut, places);
    }
  }
  std::sort(places.begin(), places.end());
  std::string result;
  std::size_t done = 0;
  for (const auto& [begin, end] : places) {
    if (begin >= done) {
      result.append(text.substr(done, begin - done)).append("***");
    }
    done = std::max(done, end);
  }
  return result.append(text.substr(done));
}

inline std::string blank(std::string_view text, bool isCut,
                         const std::vector<std::string>& secrets) {
  return changedStrings(text, isCut, [&](std::string_view content, bool isCutThere) {
    return blankAsWritten(content, secrets, isCutThere);
  });
}

inline std::vector<std::string> thoseFrom(std::size_t size,
                                          const std::vector<std::string>& secrets) {
  std::vector<std::string> those;
  std::copy_if(secrets.begin(), secrets.end(), std::back_inserter(those),
               [size](const std::string& secret) { return secret.size() >= size; });
  return those;
}

}  // namespace detail

inline std::string blankSecrets(std::string_view text, const std::vector<std::string>& secrets) {
  return detail::blank(text, false, secrets);
}

inline std::string blankSecretsInStart(std::string_view start,
                                       const std::vector<std::string>& secrets) {
  return detail::blank(start, true, secrets);
}

inline std::string blankSecretsWithin(std::string_view text, std::size_t most,
                                      const std::vector<std::string>& secrets) {
  return text.size() < most ? blankSecrets(text, secrets)
                            : blankSecretsInStart(text.substr(0, most), secrets);
}

inline std::string blankLongSecrets(std::string_view text,
                                    const std::vector<std::string>& secrets) {
  return blankSecrets(text, detail::thoseFrom(detail::shortestLong, secrets));
}

inline std::vector<std::string> unmistakable(const std::vector<std::string>& secrets) {
  return detail::thoseFrom(detail::shortestUnmistakable, secrets);
}

inline std::string withoutUserInfo(std::string_view url) {
  const std::size_t slashes = url.find("//");
  if (slashes == std::string_view::npos || (slashes != 0 && url[slashes - 1] != ':')) {
    return std::string(url);
  }
  const std::size_t begin = slashes + 2;
  const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  const std::size_t at = url.substr(0, end).rfind('@');
  if (at == std::string_view::npos || at < begin) {
    return std::string(url);
  }
  return std::string(url.substr(0, begin)).append("***").append(url.substr(at));
}

inline ErrorInfo withoutSecrets(ErrorInfo info, const std::vector<std::string>& secrets) {
  info.message = blankLongSecrets(info.message, secrets);
  for (std::string* text :
       {&info.remoteCode, &info.remoteMessage, &info.remoteDetails, &info.subject}) {
    *text = blankSecrets(*text, secrets);
  }
  info.closeReason = info.closeReason.size() > longestWholeReason
                         ? blankSecretsInStart(info.closeReason, secrets)
                         : blankSecrets(info.closeReason, secrets);
  return info;
}

}  // namespace wsferry
