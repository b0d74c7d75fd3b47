#pragma once

#include <system_error>

#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// Where the status of a refused upgrade has a known cause with Strapi, makes the message say that
/// and what to do, in place of what it usually means for a WebSocket. Leaves other failures alone.
void explainRefusal(const std::error_code& error, const Url& url, TransferKind kind,
                    ErrorInfo& info);

}  // namespace wsferry::strapi
