#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace wsferry::archive {

/// A value in the one form that equal values share: no white space, object members sorted by key
/// (the last of equal keys), numbers as they are written, strings with only the necessary escapes.
/// @throws Error as JsonCursor.
std::string canonicalJson(std::string_view json);

/// The same in pieces, for what is too large to copy.
void writeCanonicalJson(std::string_view json, const std::function<void(std::string_view)>& take);

}  // namespace wsferry::archive
