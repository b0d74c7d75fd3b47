#pragma once

#include <string>
#include <string_view>
#include <system_error>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/secrets/signed_urls.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/diagnostic.hpp"
#include "wsferry/strapi/transfer_error.hpp"

namespace wsferry::strapi {

/// Reads an `error` object of an answer (protocol section 3) into `info` and returns the code for
/// its `details.step`. Whatever its form, nothing is lost except signatures of URLs. `request`
/// names what was answered.
[[nodiscard]] std::error_code readRemoteError(std::string_view answer, std::string_view request,
                                              ErrorInfo& info);

/// Reads a `diagnostic` object (protocol section 3), without signatures of URLs.
[[nodiscard]] Diagnostic readDiagnostic(std::string_view message);

namespace detail {

// Of a value given as JSON text; empty for none, and for null.
inline std::string textOf(std::string_view value) {
  return jsonStringOf(value).value_or(value == "null" ? std::string() : std::string(value));
}

inline std::error_code codeFor(std::string_view details) {
  const std::string step = textOf(jsonMemberOf(details, "step"));
  if (step == "initialization") {
    return TransferErrc::remoteInitialization;
  }
  if (step == "validation") {
    return TransferErrc::remoteValidation;
  }
  return Errc::remoteFailed;
}

}  // namespace detail

inline std::error_code readRemoteError(std::string_view answer, std::string_view request,
                                       ErrorInfo& info) {
  const std::string json = withoutSignaturesInText(answer);
  std::string_view details;
  bool hasMore = !isJsonString(json);
  if (isJsonObject(json)) {
    hasMore = false;
    JsonCursor cursor(json);
    forEachMember(cursor, [&](std::string_view key) {
      if (key == "code") {
        info.remoteCode = detail::textOf(cursor.skipValue());
      } else if (key == "message") {
        info.remoteMessage = detail::textOf(cursor.skipValue());
      } else {
        const bool isDetails = key == "details";
        const std::string_view value = cursor.skipValue();
        details = isDetails ? value : details;
        hasMore = hasMore || !isDetails;
      }
    });
  } else if (!hasMore) {
    info.remoteMessage = *jsonStringOf(json);
  }
  info.remoteDetails = hasMore ? std::string_view(json) : details;
  info.message = "The server answered " + std::string(request) + " with an error";
  if (!info.remoteCode.empty()) {
    info.message += " (" + printable(info.remoteCode, 100) + ")";
  }
  info.message += ": ";
  info.message +=
      printable(!info.remoteMessage.empty() ? std::string_view(info.remoteMessage) : json, 2000);
  return detail::codeFor(details);
}

inline Diagnostic readDiagnostic(std::string_view message) {
  const std::string json = withoutSignaturesInText(message);
  Diagnostic diagnostic;
  diagnostic.kind = detail::textOf(jsonMemberOf(json, "kind"));
  diagnostic.details = jsonMemberOf(json, "details");
  diagnostic.message = detail::textOf(jsonMemberOf(diagnostic.details, "message"));
  return diagnostic;
}

}  // namespace wsferry::strapi
