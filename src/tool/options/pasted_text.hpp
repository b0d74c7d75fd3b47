#pragma once

#include <string>
#include <string_view>

namespace wsferry::tool {

/// What is pasted into variables, files and command lines, without what surely came with it: white
/// space and line ends around it, a byte order mark, a pair of quotes around it.
std::string unwrapped(std::string_view text);

/// A URL, also without `NAME=` of an env file's line before it.
std::string pastedUrl(std::string_view text);

/// The admin URL of a server, also where that of its transfer was pasted, as a redirect names it.
std::string pastedAdminUrl(std::string_view text);

enum class SecretKind { token, apiKey, clientSecret };

/// A credential, also without `NAME=` before it and without the header around it: `Bearer ` of a
/// token, `Basic ` of an API key, which goes there as it is. `source` says where it is from:
/// "--token".
/// @throws Error with Errc::invalidOption for what is no such credential, without repeating it:
/// that of another kind, or one with blanks, quotes, or characters beyond ASCII.
std::string pastedSecret(std::string_view text, SecretKind kind, const std::string& source);

/// What makes a key of an archive look like more than a key, to follow "The key"; empty if nothing
/// does. A key may be any text, so that nothing can be taken off it.
std::string oddityOfKey(std::string_view key);

}  // namespace wsferry::tool
