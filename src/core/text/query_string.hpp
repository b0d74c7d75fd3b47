#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wsferry {

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

/// Whether a query parameter of that name holds a credential, as servers name them: `token`,
/// `access_token`, `jwt`, `key`, `api_key`, `password`, `signature` and the like, in any case, with
/// `_`, `-` or nothing between the words.
bool namesCredential(std::string_view parameter);

/// The credentials in the query of `url`, decoded, as each way of reading a plus sign gives them.
std::vector<std::string> credentialsInQuery(std::string_view url);

}  // namespace wsferry
