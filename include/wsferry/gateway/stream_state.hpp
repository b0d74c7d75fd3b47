#pragma once

#include <string_view>

#include "wsferry/export.hpp"

namespace wsferry::gateway {

/// Protocol section 11.
enum class StreamState { idle, connecting, awaitingMetadata, streaming, draining, closing, closed };

WSFERRY_API std::string_view toString(StreamState value) noexcept;

}  // namespace wsferry::gateway
