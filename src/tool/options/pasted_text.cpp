#include "tool/options/pasted_text.hpp"

#include <algorithm>
#include <cctype>

#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

constexpr std::string_view whiteSpace = " \t\r\n\v\f";
constexpr std::string_view byteOrderMark = "\xEF\xBB\xBF";

[[noreturn]] void refusePasted(const std::string& source, const std::string& problem) {
  throw Error(Errc::invalidOption, source + " " + problem);
}

bool startsWithIgnoringCase(std::string_view text, std::string_view start) {
  return equalsIgnoringCase(text.substr(0, start.size()), start);
}

std::string_view withoutWhiteSpace(std::string_view text) {
  const std::size_t first = text.find_first_not_of(whiteSpace);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(whiteSpace) - first + 1);
}

bool isQuoted(std::string_view text) {
  return text.size() > 1 && text.front() == text.back() &&
         std::string_view("\"'`").find(text.front()) != std::string_view::npos;
}

std::string_view withoutWrapping(std::string_view text) {
  for (std::size_t before = text.size() + 1; text.size() < before;) {
    before = text.size();
    if (startsWithIgnoringCase(text, byteOrderMark)) {
      text.remove_prefix(byteOrderMark.size());
    }
    text = withoutWhiteSpace(text);
    if (isQuoted(text)) {
      text = text.substr(1, text.size() - 2);
    }
  }
  return text;
}

// The size of `NAME=` or `export NAME=` as env files have it, in capitals; 0 if there is none, or
// nothing behind it: a token may end with an equals sign.
std::size_t nameSize(std::string_view text) {
  constexpr std::string_view word = "export ";
  const std::size_t begin = text.substr(0, word.size()) == word ? word.size() : 0;
  const std::size_t end = text.find('=', begin);
  if (end == std::string_view::npos || end == begin ||
      text.find_first_not_of('=', end) == std::string_view::npos) {
    return 0;
  }
  const std::string_view name = text.substr(begin, end - begin);
  const bool isName =
      std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
      name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string_view::npos;
  return isName ? end + 1 : 0;
}

std::string_view withoutName(std::string_view text) {
  return withoutWrapping(text.substr(nameSize(text)));
}

bool takePrefix(std::string_view& text, std::string_view prefix) {
  if (!startsWithIgnoringCase(text, prefix)) {
    return false;
  }
  text = withoutWrapping(text.substr(prefix.size()));
  return true;
}

void requireOneWord(std::string_view text, const std::string& source) {
  if (text.find_first_of(whiteSpace) != std::string_view::npos) {
    refusePasted(source, "contains a blank or line end: it must be the token alone");
  }
  const std::size_t equals = text.find('=');
  if (equals != std::string_view::npos &&
      text.find_first_not_of('=', equals) != std::string_view::npos) {
    refusePasted(source, "contains an equals sign: the part before it may be a name");
  }
  const bool isOdd = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~' || c == '"' ||
           c == '\'';
  });
  if (isOdd) {
    refusePasted(source,
                 "contains a quote, or a character that no token has, such as one from a text "
                 "processor: paste it again");
  }
}

}  // namespace

std::string unwrapped(std::string_view text) {
  return std::string(withoutWrapping(text));
}

std::string pastedUrl(std::string_view text) {
  return std::string(withoutName(withoutWrapping(text)));
}

std::string pastedAdminUrl(std::string_view text) {
  std::string url = pastedUrl(text);
  const std::string_view path = std::string_view(url).substr(0, url.find_first_of("?#"));
  for (const std::string_view transfer : {"/transfer/runner/pull", "/transfer/runner/push"}) {
    const std::size_t at = path.rfind(transfer);
    if (at != std::string_view::npos &&
        path.find_first_not_of('/', at + transfer.size()) == std::string_view::npos) {
      return url.substr(0, at);
    }
  }
  return url;
}

std::string pastedSecret(std::string_view text, SecretKind kind, const std::string& source) {
  text = withoutName(withoutWrapping(text));
  if (kind == SecretKind::clientSecret) {
    return std::string(text);
  }
  takePrefix(text, "Authorization:");
  const bool isToken = kind == SecretKind::token;
  if (takePrefix(text, isToken ? "Basic " : "Bearer ")) {
    refusePasted(source, isToken
                             ? "begins with Basic: that is a user name and a password, not a token"
                             : "begins with Bearer: that is an access token, for --bearer-file or "
                               "WS_GATEWAY_BEARER");
  }
  takePrefix(text, isToken ? "Bearer " : "Basic ");
  if (isToken) {
    requireOneWord(text, source);
  }
  return std::string(text);
}

std::string oddityOfKey(std::string_view key) {
  if (withoutWhiteSpace(key).size() != key.size()) {
    return "begins or ends with white space, which is taken as part of it";
  }
  if (isQuoted(key)) {
    return "is in quotes, which are taken as part of it";
  }
  return nameSize(key) > 0 ? "begins with a name and an equals sign, which are taken as part of it"
                           : "";
}

}  // namespace wsferry::tool
