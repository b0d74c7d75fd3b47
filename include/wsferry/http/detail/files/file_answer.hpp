#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/http/detail/files/media_file.hpp"
#include "wsferry/http/response.hpp"
#include "wsferry/strapi/detail/loss/asset_size.hpp"

namespace wsferry::http {

/// Why a file does not come by HTTP.
struct FileMismatch {
  std::string kind;    ///< In a few words, the same for all files of a kind.
  std::string detail;  ///< About this file; may be empty.

  std::string text() const { return kind + (detail.empty() ? "" : " (" + detail + ")"); }
};

/// Why a response is not the file that its record describes; nothing if it is, as far as length and
/// type show. The server's words are given without `secrets`, which it may repeat.
[[nodiscard]] std::optional<FileMismatch> mismatchOf(const MediaFile& file,
                                                     const ResponseHead& head,
                                                     const std::vector<std::string>& secrets);

namespace detail {

// `image/PNG; charset=x` is image/png.
inline std::string mediaTypeOf(std::string_view text) {
  std::string_view type = text.substr(0, text.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) {
    type.remove_suffix(1);
  }
  return asciiLowerCase(type);
}

// What servers call a file whose type they do not know by its name.
inline bool isUnknownType(std::string_view type) {
  return type.empty() || type == "application/octet-stream" || type == "binary/octet-stream";
}

}  // namespace detail

inline std::optional<FileMismatch> mismatchOf(const MediaFile& file, const ResponseHead& head,
                                              const std::vector<std::string>& secrets) {
  if (head.status != 200) {
    return FileMismatch{"status " + std::to_string(head.status), {}};
  }
  const std::string_view coding = head.header("Content-Encoding");
  if (!coding.empty() && !equalsIgnoringCase(coding, "identity")) {
    return FileMismatch{"compressed", {}};
  }
  const auto length = head.contentLength();
  if (!length) {
    return FileMismatch{"length not stated", {}};
  }
  // Nothing would distinguish it from another file of its type.
  if (!file.size.bytes && !file.size.kilobytes) {
    return FileMismatch{"no size in its record", {}};
  }
  if (const auto problem = strapi::sizeProblem(file.size, *length)) {
    return FileMismatch{"another size", problem->text};
  }
  const std::string type = detail::mediaTypeOf(head.header("Content-Type"));
  if (!detail::isUnknownType(type) && type != detail::mediaTypeOf(file.mime)) {
    if (file.mime.empty()) {
      return FileMismatch{"no type in its record", {}};
    }
    return FileMismatch{"another type",
                        printable(blankSecrets(head.header("Content-Type"), secrets), 60) +
                            " in place of " + printable(file.mime, 60)};
  }
  return std::nullopt;
}

}  // namespace wsferry::http
