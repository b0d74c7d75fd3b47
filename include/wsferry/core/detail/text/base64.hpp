#pragma once

#include <string>
#include <string_view>

#include "wsferry/export.hpp"

namespace wsferry {

/// Decodes standard base64 (RFC 4648 section 4, padding optional) and appends to `out`. Returns
/// false, with `out` as it was, at a character outside the alphabet (white space and the URL-safe
/// letters included), at padding that does not fill up a group of four, or at an impossible length.
/// Bits of the last letter that no byte takes are ignored, as Node.js does.
[[nodiscard]] WSFERRY_API bool decodeBase64(std::string_view text, std::string& out);

/// Encodes with padding and appends to `out`.
WSFERRY_API void encodeBase64(std::string_view bytes, std::string& out);

}  // namespace wsferry
