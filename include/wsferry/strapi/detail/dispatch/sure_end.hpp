#pragma once

#include <exception>
#include <optional>
#include <system_error>
#include <utility>

#include "wsferry/core/error.hpp"

namespace wsferry::strapi {

/// A completion handler that ends something, whatever happens: one that is destroyed without being
/// called ends it as cancelled, or as out of memory, so that nobody waits forever. `End` is called
/// once, as `void(const std::error_code&, Result)`. It may run when memory has run out, so it
/// allocates none, and throws nothing.
template <class End, class Result>
class SureEnd {
 public:
  explicit SureEnd(End end) noexcept : end_(std::move(end)) {}
  SureEnd(SureEnd&& other) noexcept : end_(std::exchange(other.end_, std::nullopt)) {}
  SureEnd(const SureEnd&) = delete;
  SureEnd& operator=(SureEnd&&) = delete;
  SureEnd& operator=(const SureEnd&) = delete;
  ~SureEnd() {
    if (end_) {
      // Destroyed by an exception while being completed: completing takes memory, and little else
      // does.
      (*this)(std::uncaught_exceptions() > 0 ? Errc::outOfResources : Errc::cancelled);
    }
  }

  void operator()(const std::error_code& error, Result result = {}) {
    End end = *std::exchange(end_, std::nullopt);
    end(error, std::move(result));
  }

 private:
  std::optional<End> end_;
};

}  // namespace wsferry::strapi
