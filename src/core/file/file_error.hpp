#pragma once

#include <string>
#include <string_view>

#include "wsferry/export.hpp"

namespace wsferry {

/// Throws Errc::fileFailed: "cannot ACTION PATH: CAUSE", the cause being `error`, a value of errno.
[[noreturn]] WSFERRY_API void throwFileError(std::string_view action, const std::string& path,
                                             int error);

}  // namespace wsferry
