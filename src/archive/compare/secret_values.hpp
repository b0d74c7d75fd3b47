#pragma once

#include <string_view>

namespace wsferry::archive {

/// Whether an attribute of this name is one that nobody should read: passwords, tokens, and the
/// like. `key` is a name like any other, except in configuration.
bool namesSecret(std::string_view name);

/// Whether a text holds a credential by its form: a URL with a password or a credential in its
/// query, a header's scheme with its token, a JSON web token, a private key.
bool holdsCredential(std::string_view text);

/// Whether it holds a word that is likely a token: long, of letters and digits.
bool holdsRandomWord(std::string_view text);

}  // namespace wsferry::archive
