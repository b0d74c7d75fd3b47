#pragma once

#include "wsferry/core/detail/text/query_string.hpp"
#include "wsferry/export.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway {

/// The parameters that `options` put behind their URL, for a stream that has no first message: an
/// upload makes one like that (stream-gateway protocol section 9.5). The credentials are not among
/// them.
/// @throws Error with Errc::invalidOption for a parameter that is given twice, and for a patch that
/// the gateway would take for a parameter of its own.
WSFERRY_API QueryParameters makeStreamQuery(const StreamOptions& options);

}  // namespace wsferry::gateway
