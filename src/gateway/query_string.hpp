#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wsferry::gateway {

/// Names and values of a query, in order.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

/// Everything but the unreserved characters of RFC 3986 becomes `%XX`: a space or a plus sign means
/// the same to every server then.
std::string percentEncode(std::string_view text);

/// The reverse. A percent sign without two hexadecimal digits stays, and so does a plus sign.
std::string percentDecode(std::string_view text);

/// `url`, which stays as it is but for its fragment, with `parameters` behind those it has,
/// encoded.
std::string appendQuery(std::string_view url, const QueryParameters& parameters);

/// The parameters of `url` as they stand there, encoded.
QueryParameters queryOf(std::string_view url);

}  // namespace wsferry::gateway
