#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/changed_strings.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/ascii.hpp"

namespace wsferry {

/// The metadata of a file without the signatures of its URLs: members `url` and `previewUrl`, at
/// any depth. A server signs the URLs of a private bucket anew for each transfer; a signature makes
/// equal files look different, and opens the bucket to whoever holds the archive until it expires.
/// Known are those of Amazon (and compatible services), CloudFront, Google, Azure, Alibaba,
/// Tencent, Akamai, Bunny and Supabase. Metadata without a signature comes back byte for byte.
/// @throws Error as JsonCursor does, if there may be a signature.
std::string withoutSignatures(std::string_view metadata);

/// The same for one URL.
std::string withoutSignature(std::string_view url);

/// The same for all URLs in a text or in JSON, however that escapes them, such as what a server
/// says of a file that it cannot read.
std::string withoutSignaturesInText(std::string_view text);

namespace detail {

using Names = std::initializer_list<std::string_view>;

// How a service signs. All names in lower case; one that ends in `-` is a prefix.
struct SigningScheme {
  Names marks;    // All of these are present in this scheme.
  Names removed;  // What belongs to the signature.
};

inline const SigningScheme schemes[] = {
    {{"x-amz-signature"}, {"x-amz-", "x-id"}},
    {{"x-goog-signature"}, {"x-goog-"}},
    {{"x-oss-signature"}, {"x-oss-"}},
    // The older ones of Amazon, Google and Alibaba, and CloudFront.
    {{"signature", "expires"},
     {"signature", "expires", "awsaccesskeyid", "googleaccessid", "ossaccesskeyid", "key-pair-id",
      "x-amz-", "security-token"}},
    {{"signature", "key-pair-id"}, {"signature", "policy", "key-pair-id", "hash-algorithm"}},
    {{"sig", "sv"},
     {"sig",   "sv",    "se",  "sr",  "sp",  "st",  "sip",   "spr",   "si",   "srt", "ss",
      "skoid", "sktid", "skt", "ske", "sks", "skv", "saoid", "suoid", "scid", "sdd", "ses"}},
    {{"q-signature"}, {"q-", "x-cos-security-token"}},
    {{"hdnts"}, {"hdnts"}},
    {{"hdnea"}, {"hdnea"}},
    {{"token", "expires"}, {"token", "expires", "token_path"}},
};

struct Parameter {
  std::string_view text;
  std::string name;

  bool isOneOf(Names names) const {
    return std::any_of(names.begin(), names.end(), [&](std::string_view wanted) {
      const bool isPrefix = wanted.back() == '-';
      return isPrefix ? name.compare(0, wanted.size(), wanted) == 0 : name == wanted;
    });
  }

  // A token that contains its own expiry (RFC 7519), as Supabase signs.
  bool isJsonWebToken() const {
    return name == "token" && text.substr(std::min(text.find('='), text.size()), 4) == "=eyJ";
  }
};

inline std::vector<Parameter> parametersOf(std::string_view query) {
  std::vector<Parameter> parameters;
  for (std::size_t begin = 0; begin <= query.size();) {
    const std::size_t end = std::min(query.find('&', begin), query.size());
    const std::string_view text = query.substr(begin, end - begin);
    std::string name = asciiLowerCase(text.substr(0, text.find('=')));
    // What follows an ampersand in XML, in the answers of some storages.
    if (startsWith(name, "amp;")) {
      name.erase(0, 4);
    }
    parameters.push_back({text, std::move(name)});
    begin = end + 1;
  }
  return parameters;
}

inline void removeSignature(std::vector<Parameter>& parameters, const SigningScheme& scheme) {
  const auto hasMark = [&](std::string_view mark) {
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const Parameter& each) { return each.name == mark; });
  };
  if (std::all_of(scheme.marks.begin(), scheme.marks.end(), hasMark)) {
    parameters.erase(
        std::remove_if(parameters.begin(), parameters.end(),
                       [&](const Parameter& each) { return each.isOneOf(scheme.removed); }),
        parameters.end());
  }
}

// Copies JSON with the URLs in it changed; all else byte for byte.
class UrlCleaner {
 public:
  explicit UrlCleaner(std::string_view json) : json_(json), cursor_(json) {}

  std::string clean() {
    visit(false);
    cursor_.expectEnd();
    return result_.append(json_.substr(copied_));
  }

 private:
  void visit(bool isUrl) {
    if (cursor_.enterObject()) {
      std::string_view key;
      while (cursor_.nextKey(key)) {
        visit(jsonStringEquals(key, "url") || jsonStringEquals(key, "previewUrl"));
      }
    } else if (cursor_.enterArray()) {
      while (cursor_.nextElement()) {
        visit(false);
      }
    } else {
      const std::string_view value = cursor_.skipValue();
      if (isUrl && isJsonString(value)) {
        replace(value);
      }
    }
  }

  void replace(std::string_view value) {
    const std::string url = decodeJsonString(rawJsonStringOf(value));
    const std::string cleaned = withoutSignature(url);
    if (cleaned != url) {
      const auto at = static_cast<std::size_t>(value.data() - json_.data());
      result_.append(json_.substr(copied_, at - copied_)).append(encodeJsonString(cleaned));
      copied_ = at + value.size();
    }
  }

  std::string_view json_;
  JsonCursor cursor_;
  std::string result_;
  std::size_t copied_ = 0;
};

inline std::string withoutSignaturesAsWritten(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t mark = text.find("://");
    const std::size_t begin = std::min(mark, text.size());
    const std::size_t end = std::min(text.find_first_of(" \t\r\n\"'<>`\\", begin), text.size());
    result.append(text.substr(0, begin)).append(withoutSignature(text.substr(begin, end - begin)));
    text.remove_prefix(end);
  }
  return result;
}

}  // namespace detail

inline std::string withoutSignature(std::string_view url) {
  const std::size_t end = std::min(url.find('#'), url.size());
  const std::size_t question = url.substr(0, end).find('?');
  if (question == std::string_view::npos) {
    return std::string(url);
  }
  const auto all = detail::parametersOf(url.substr(question + 1, end - question - 1));
  auto kept = all;
  for (const detail::SigningScheme& scheme : detail::schemes) {
    detail::removeSignature(kept, scheme);
  }
  kept.erase(std::remove_if(kept.begin(), kept.end(),
                            [](const detail::Parameter& each) { return each.isJsonWebToken(); }),
             kept.end());
  if (kept.size() == all.size()) {
    return std::string(url);
  }
  std::string result(url.substr(0, question));
  char separator = '?';
  for (const detail::Parameter& parameter : kept) {
    result.append(1, separator).append(parameter.text);
    separator = '&';
  }
  return result.append(url.substr(end));
}

inline std::string withoutSignatures(std::string_view metadata) {
  // Without a query nothing is signed: most metadata need not be read at all.
  const bool hasQuery = metadata.find('?') != std::string_view::npos ||
                        metadata.find("\\u003") != std::string_view::npos;
  return hasQuery ? detail::UrlCleaner(metadata).clean() : std::string(metadata);
}

inline std::string withoutSignaturesInText(std::string_view text) {
  return changedStrings(text, false, [](std::string_view content, bool /*isCut*/) {
    return detail::withoutSignaturesAsWritten(content);
  });
}

}  // namespace wsferry
