#include "core/redaction.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>

#include "core/json_cursor.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry {
namespace {

using Places = std::vector<std::pair<std::size_t, std::size_t>>;

void findVerbatim(std::string_view text, std::string_view secret, Places& places) {
  for (auto at = text.find(secret); at != std::string_view::npos; at = text.find(secret, at + 1)) {
    places.emplace_back(at, at + secret.size());
  }
}

// The place behind `secret` where it stands at `at` with any of its bytes as `%XX`, in either case,
// and perhaps with a plus sign for a space; `at` itself if it does not.
std::size_t matchEncoded(std::string_view text, std::size_t at, std::string_view secret) {
  const std::size_t begin = at;
  for (const char wanted : secret) {
    if (at == text.size()) {
      return begin;
    }
    unsigned char byte = 0;
    const char* const digits = text.data() + at + 1;
    if (text[at] == '%' && text.size() - at > 2 &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      at += 2;
    } else {
      byte = static_cast<unsigned char>(text[at]);
    }
    ++at;
    if (byte != static_cast<unsigned char>(wanted) && (byte != '+' || wanted != ' ')) {
      return begin;
    }
  }
  return at;
}

void findEncoded(std::string_view text, std::string_view secret, Places& places) {
  if (text.find_first_of("%+") == std::string_view::npos) {
    return;
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t end = matchEncoded(text, at, secret);
    if (end != at) {
      places.emplace_back(at, end);
    }
  }
}

std::string blankAsWritten(std::string_view text, const std::vector<std::string>& secrets) {
  // All places are found before any is blanked: a secret may hold another, or overlap it.
  Places places;
  for (const std::string& secret : secrets) {
    if (!secret.empty()) {
      findVerbatim(text, secret, places);
      findEncoded(text, secret, places);
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

// The place of the next quote that is not escaped, or the text's end.
std::size_t nextQuote(std::string_view text, std::size_t at) {
  for (at = text.find_first_of("\"\\", at); at != std::string_view::npos && text[at] == '\\';) {
    at = text.find_first_of("\"\\", at + 2);
  }
  return std::min(at, text.size());
}

// The content of a string that the text may end within, and within an escape of it; nothing for
// what is no JSON.
std::optional<std::string> contentOf(std::string_view raw, bool isCut) {
  try {
    return decodeJsonString(raw);
  } catch (const Error&) {
    return isCut ? contentOf(raw.substr(0, raw.rfind('\\')), false) : std::nullopt;
  }
}

std::string blank(std::string_view text, const std::vector<std::string>& secrets, int levels);

// What stands between two quotes, has escapes and holds a secret is written anew. Which of it are
// strings does not matter: nothing else in JSON has a backslash, and in other text nobody knows.
std::string blankInStrings(std::string_view text, const std::vector<std::string>& secrets,
                           int levels) {
  std::string result;
  for (std::size_t begin = 0;;) {
    const std::size_t end = nextQuote(text, begin);
    const std::string_view raw = text.substr(begin, end - begin);
    std::optional<std::string> content;
    if (raw.find('\\') != std::string_view::npos) {
      content = contentOf(raw, end == text.size());
    }
    const std::string blanked = content ? blank(*content, secrets, levels) : std::string();
    if (content && blanked != *content) {
      const std::string encoded = encodeJsonString(blanked);
      result.append(encoded, 1, encoded.size() - 2);
    } else {
      result.append(raw);
    }
    if (end == text.size()) {
      return result;
    }
    result += '"';
    begin = end + 1;
  }
}

// `levels`: how deep JSON in strings of JSON is looked into.
std::string blank(std::string_view text, const std::vector<std::string>& secrets, int levels) {
  if (levels == 0 || text.find('\\') == std::string_view::npos) {
    return blankAsWritten(text, secrets);
  }
  return blankAsWritten(blankInStrings(text, secrets, levels - 1), secrets);
}

}  // namespace

std::string blankSecrets(std::string_view text, const std::vector<std::string>& secrets) {
  return blank(text, secrets, 3);
}

}  // namespace wsferry
