#pragma once

#include <new>

#include "wsferry/core/error.hpp"

namespace wsferry {

/// A copy for whoever waits, or nothing where memory has run out: an end without words is an end as
/// well, and nobody is to wait for ever because there was no memory to say why.
[[nodiscard]] inline ErrorInfo affordableInfo(const ErrorInfo& info) noexcept {
  try {
    return info;
  } catch (const std::bad_alloc&) {
    return {};
  }
}

}  // namespace wsferry
