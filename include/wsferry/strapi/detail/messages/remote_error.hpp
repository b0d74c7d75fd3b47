#pragma once

#include <string>
#include <string_view>
#include <system_error>

#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/signed_urls.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/diagnostic.hpp"
#include "wsferry/strapi/transfer_error.hpp"

namespace wsferry::strapi {

/// Reads an `error` object of an answer (protocol section 3) into `info` and returns the code for
/// its `details.step`. Whatever form it has, nothing of it is lost but signatures of URLs.
/// `request` names what was answered.
[[nodiscard]] std::error_code readRemoteError(std::string_view answer, std::string_view request,
                                              ErrorInfo& info);

/// Reads a `diagnostic` object (protocol section 3), without signatures of URLs.
[[nodiscard]] Diagnostic readDiagnostic(std::string_view message);

namespace detail {

// Calls visit(key, cursor) for each member; visit consumes the value. False if not an object.
template <class Visit>
bool visitMembers(std::string_view json, Visit visit) {
  JsonCursor cursor(json);
  if (!cursor.enterObject()) {
    return false;
  }
  std::string_view key;
  while (cursor.nextKey(key)) {
    visit(key, cursor);
  }
  return true;
}

inline std::string readText(JsonCursor& cursor) {
  if (cursor.peek() == '"') {
    return decodeJsonString(cursor.readRawString());
  }
  const std::string_view value = cursor.skipValue();
  return value == "null" ? std::string() : std::string(value);
}

inline std::error_code codeFor(std::string_view details) {
  std::string step;
  visitMembers(details, [&step](std::string_view key, JsonCursor& cursor) {
    if (key == "step") {
      step = readText(cursor);
    } else {
      cursor.skipValue();
    }
  });
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
  const bool isObject =
      detail::visitMembers(json, [&info](std::string_view key, JsonCursor& cursor) {
        if (key == "code") {
          info.remoteCode = detail::readText(cursor);
        } else if (key == "message") {
          info.remoteMessage = detail::readText(cursor);
        } else if (key == "details") {
          info.remoteDetails = std::string(cursor.skipValue());
        } else {
          cursor.skipValue();
        }
      });
  if (!isObject) {
    info.remoteDetails = json;
  }
  info.message = "The server answered " + std::string(request) + " with an error";
  if (!info.remoteCode.empty()) {
    info.message += " (" + printable(info.remoteCode, 100) + ")";
  }
  info.message += ": ";
  info.message +=
      printable(!info.remoteMessage.empty() ? std::string_view(info.remoteMessage) : json, 2000);
  return info.remoteDetails.empty() ? make_error_code(Errc::remoteFailed)
                                    : detail::codeFor(info.remoteDetails);
}

inline Diagnostic readDiagnostic(std::string_view message) {
  const std::string json = withoutSignaturesInText(message);
  Diagnostic diagnostic;
  detail::visitMembers(json, [&diagnostic](std::string_view key, JsonCursor& cursor) {
    if (key == "kind") {
      diagnostic.kind = detail::readText(cursor);
    } else if (key == "details") {
      diagnostic.details = std::string(cursor.skipValue());
    } else {
      cursor.skipValue();
    }
  });
  if (!diagnostic.details.empty()) {
    detail::visitMembers(diagnostic.details,
                         [&diagnostic](std::string_view key, JsonCursor& cursor) {
                           if (key == "message") {
                             diagnostic.message = detail::readText(cursor);
                           } else {
                             cursor.skipValue();
                           }
                         });
  }
  return diagnostic;
}

}  // namespace wsferry::strapi
