#pragma once

#include <string>
#include <string_view>

namespace wsferry::archive {

/// The canonical JSON of an attribute's value, the same for equal ones, where a schema's `type`
/// says what equal means. Databases write a `time` with or without its fraction; a `datetime` or
/// `timestamp` may have any offset, or be milliseconds since 1970; a `decimal` or `float` may end
/// in zeros. What does not look like a value of its type stays as it is.
/// @throws Error as JsonCursor does.
std::string canonicalValue(std::string_view type, std::string_view json);

}  // namespace wsferry::archive
