#pragma once

#include <string_view>
#include <system_error>

#include "wsferry/core/error.hpp"
#include "wsferry/strapi/dispatcher.hpp"

namespace wsferry::strapi {

/// Reads an `error` object of an answer (protocol section 3) into `info` and returns the code for
/// its `details.step`. Whatever form it has, nothing of it is lost but signatures of URLs.
/// `request` names what was answered.
std::error_code readRemoteError(std::string_view answer, std::string_view request, ErrorInfo& info);

/// Reads a `diagnostic` object (protocol section 3), without signatures of URLs.
Diagnostic readDiagnostic(std::string_view message);

}  // namespace wsferry::strapi
