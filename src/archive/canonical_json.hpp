#pragma once

#include <string>
#include <string_view>

namespace wsferry::archive {

/// The same for equal values: no white space, members sorted by key (the last of equal keys, as in
/// JavaScript), numbers as they are written, strings with only the necessary escapes.
/// @throws Error as JsonCursor does.
std::string canonicalJson(std::string_view json);

}  // namespace wsferry::archive
