#pragma once

#include <string>
#include <string_view>

#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"

namespace wsferry {

/// Throws Errc::fileFailed: "cannot ACTION PATH: CAUSE", the cause being `error`, a value of errno.
[[noreturn]] WSFERRY_API void throwFileError(std::string_view action, const std::string& path,
                                             int error);

/// Errc::fileFailed with this message. Its cause is ErrorCause::fullDisk where `error`, a value of
/// errno, says so.
[[nodiscard]] WSFERRY_API Error fileError(std::string message, int error);

}  // namespace wsferry
