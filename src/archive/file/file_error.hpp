#pragma once

#include <string>
#include <string_view>

namespace wsferry::archive {

/// Throws Errc::fileFailed: "cannot ACTION PATH: CAUSE", the cause being `error`, a value of errno.
[[noreturn]] void throwFileError(std::string_view action, const std::string& path, int error);

}  // namespace wsferry::archive
