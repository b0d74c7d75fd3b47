#pragma once

#include <string_view>

namespace wsferry::tool {

/// Whether two URLs of admin panels are known to be one server: the same host, port and path, in
/// whatever spelling. `localhost`, 127.0.0.1 and ::1 are one host; names are not resolved.
/// @throws Error with Errc::invalidUrl.
bool isSameServer(std::string_view first, std::string_view second);

}  // namespace wsferry::tool
