#include <cstdlib>

#include "wsferry/gateway/detail/request/environment_credentials.hpp"

namespace wsferry::gateway {

Credentials Credentials::fromEnvironment() {
  return detail::credentialsFrom([](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  });
}

}  // namespace wsferry::gateway
