#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "wsferry/gateway/detail/request/refuse_option.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway::detail {

// Variables are set from files, whose line ends come along.
inline std::string withoutSpaceAround(const std::string& text) {
  constexpr const char* space = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(space);
  return begin == std::string::npos ? std::string()
                                    : text.substr(begin, text.find_last_not_of(space) + 1 - begin);
}

/// As Credentials::fromEnvironment(), with `variable(name)` for the value of a variable, which is
/// empty if it is not set.
template <class Variable>
Credentials credentialsFrom(const Variable& variable) {
  const auto valueOf = [&](const char* name) { return withoutSpaceAround(variable(name)); };
  if (std::string token = valueOf("WS_GATEWAY_BEARER"); !token.empty()) {
    return Credentials::bearer(std::move(token));
  }
  if (std::string key = valueOf("WS_GATEWAY_API_KEY"); !key.empty()) {
    return Credentials::apiKey(std::move(key));
  }
  std::string id = valueOf("WS_GATEWAY_CLIENT_ID");
  std::string secret = valueOf("WS_GATEWAY_CLIENT_SECRET");
  if (id.empty() && secret.empty()) {
    refuse("credentials",
           "There are no credentials in the environment: set WS_GATEWAY_API_KEY, or "
           "WS_GATEWAY_BEARER, or WS_GATEWAY_CLIENT_ID and WS_GATEWAY_CLIENT_SECRET");
  }
  if (id.empty() || secret.empty()) {
    refuse("credentials",
           std::string("The environment has ") +
               (id.empty() ? "WS_GATEWAY_CLIENT_SECRET, but no WS_GATEWAY_CLIENT_ID"
                           : "WS_GATEWAY_CLIENT_ID, but no WS_GATEWAY_CLIENT_SECRET") +
               ": they belong together");
  }
  return Credentials::basic(std::move(id), std::move(secret));
}

}  // namespace wsferry::gateway::detail
