#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "wsferry/core/url.hpp"

namespace wsferry::http {

/// Which redirects of one request are followed. The connecting code checks addresses.
class RedirectRule {
 public:
  explicit RedirectRule(unsigned limit) : limit_(limit) {}

  static bool isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }

  /// Whether credentials for `from` may go to `to`.
  static bool isSameServer(const Url& from, const Url& to) {
    return from.secure == to.secure && from.host == to.host && from.port == to.port;
  }

  /// Why a redirect is not followed, as words after a comma; empty if it is followed, which counts
  /// it.
  std::string refuse(const Url& from, const Url& to) {
    if (visited_.size() > limit_ || limit_ == 0) {
      return limit_ == 0 ? "and redirects are not followed"
                         : "the last of more than " + std::to_string(limit_) + " redirects";
    }
    if (!to.secure && from.secure) {
      return "which is not encrypted";
    }
    if (!to.secure && !isSameServer(from, to)) {
      return "which is another server, without encryption";
    }
    if (to.isLoopback() && !from.isLoopback()) {
      return "which is this machine";
    }
    if (visited_.empty()) {
      visited_.push_back(from.httpText());
    }
    std::string text = to.httpText();
    if (std::find(visited_.begin(), visited_.end(), text) != visited_.end()) {
      return "which leads in a circle";
    }
    visited_.push_back(std::move(text));
    return {};
  }

 private:
  unsigned limit_;
  std::vector<std::string> visited_;  ///< The request's own URL first.
};

}  // namespace wsferry::http
