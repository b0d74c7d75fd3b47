#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "wsferry/core/clock.hpp"

namespace wsferry::platform {

/// An access token, as long as it may be used. Not thread-safe.
class TokenCache {
 public:
  /// Tokens are dropped `margin` before they expire, but not in the first half of their life.
  explicit TokenCache(Duration margin) : margin_(margin) {}

  /// The token to use now; nothing if there is none.
  std::optional<std::string> find(TimePoint now) const {
    return now < until_ ? token_ : std::nullopt;
  }

  /// A token that was requested at `asked`: its life begins then at the earliest.
  void keep(std::string token, Duration lifetime, TimePoint asked) {
    token_ = std::move(token);
    until_ = asked + std::max(lifetime - margin_, lifetime / 2);
  }

  /// That token is useless; another one, which came since, is kept.
  void drop(const std::string& token) {
    if (token_ == token) {
      token_.reset();
    }
  }

 private:
  Duration margin_;
  std::optional<std::string> token_;
  TimePoint until_{};
};

}  // namespace wsferry::platform
