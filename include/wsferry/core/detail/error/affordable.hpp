#pragma once

#include <new>

#include "wsferry/core/error.hpp"

namespace wsferry {

/// What `make()` returns for whoever waits, or an empty value where memory has run out: an end
/// without words is an end as well, and nobody is to wait for ever because there was no memory to
/// say why.
template <class Make>
[[nodiscard]] auto affordable(const Make& make) noexcept -> decltype(make()) {
  try {
    return make();
  } catch (const std::bad_alloc&) {
    return {};
  }
}

/// A copy, likewise.
[[nodiscard]] inline ErrorInfo affordableInfo(const ErrorInfo& info) noexcept {
  return affordable([&info] { return info; });
}

}  // namespace wsferry
