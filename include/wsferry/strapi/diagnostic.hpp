#pragma once

#include <string>

namespace wsferry::strapi {

/// An unsolicited message of the server about what it does (protocol section 3), or one of ours.
struct Diagnostic {
  /// info, warning, error; or waiting, which is ours: something has not been answered for
  /// retryMessageTimeout. Given once per such interval, not once per message.
  std::string kind;
  std::string message;  ///< `details.message`, empty if absent.
  std::string details;  ///< `details` as JSON text.
};

}  // namespace wsferry::strapi
