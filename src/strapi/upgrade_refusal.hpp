#pragma once

#include <system_error>

#include "wsferry/core/error.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// Adds to the message of a failed connection what its status usually means for a Strapi, and what
/// to do. Leaves other failures alone.
void explainRefusal(const std::error_code& error, TransferKind kind, ErrorInfo& info);

}  // namespace wsferry::strapi
