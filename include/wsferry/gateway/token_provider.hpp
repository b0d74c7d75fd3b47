#pragma once

#include <string>
#include <system_error>

#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"

namespace wsferry {

template <class... Args>
class Completion;

}  // namespace wsferry

namespace wsferry::gateway {

/// Supplies access tokens (protocol section 3.3) to any number of streams, for Credentials of the
/// kind bearer. platform::ClientCredentials is one. Its functions are called on the streams'
/// executors, several at a time; none may block.
class WSFERRY_API TokenProvider {
 public:
  virtual ~TokenProvider() = default;

  /// A token for a connection that is about to be made. Completes from any thread; without a token,
  /// with the error and everything known about it.
  virtual void provideToken(Completion<std::error_code, ErrorInfo, std::string> completion) = 0;

  /// The server has refused a connection with this token as unknown or expired (401): it must not
  /// be supplied again.
  virtual void dropToken(const std::string& token) = 0;
};

}  // namespace wsferry::gateway
