#pragma once

#include <string>

namespace wsferry::strapi {

/// A message of the server's own accord about what it does (protocol section 3), or one of ours.
struct Diagnostic {
  /// info, warning, error; or waiting, which is ours: something has not been answered for
  /// retryMessageTimeout. Once each such time, not once a message.
  std::string kind;
  std::string message;  ///< `details.message`, empty if absent.
  std::string details;  ///< `details` as JSON text.
};

}  // namespace wsferry::strapi
