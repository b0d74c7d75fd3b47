#pragma once

#include <string>
#include <string_view>

namespace wsferry {

/// The metadata of a file without the signatures of its URLs: members `url` and `previewUrl`, at
/// any depth. A server signs the URLs of a private bucket anew for each transfer; a signature makes
/// equal files look different, and opens the bucket to whoever holds the archive until it expires.
/// Known are those of Amazon (and what speaks its protocol), CloudFront, Google, Azure, Alibaba,
/// Tencent, Akamai, Bunny and Supabase. What has no signature comes back byte for byte.
/// @throws Error as JsonCursor does, where there may be a signature.
std::string withoutSignatures(std::string_view metadata);

/// The same for one URL.
std::string withoutSignature(std::string_view url);

/// The same for all URLs in a text or in JSON, such as what a server says of a file that it cannot
/// read.
std::string withoutSignaturesInText(std::string_view text);

}  // namespace wsferry
