#include "strapi/messages/remote_error.hpp"

#include <string>

#include "core/json/json_cursor.hpp"
#include "core/text/printable.hpp"
#include "core/text/signed_urls.hpp"

namespace wsferry::strapi {
namespace {

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

std::string readText(JsonCursor& cursor) {
  if (cursor.peek() == '"') {
    return decodeJsonString(cursor.readRawString());
  }
  const std::string_view value = cursor.skipValue();
  return value == "null" ? std::string() : std::string(value);
}

std::error_code codeFor(std::string_view details) {
  std::string step;
  visitMembers(details, [&step](std::string_view key, JsonCursor& cursor) {
    if (key == "step") {
      step = readText(cursor);
    } else {
      cursor.skipValue();
    }
  });
  if (step == "initialization") {
    return Errc::remoteInitialization;
  }
  return step == "validation" ? Errc::remoteValidation : Errc::remoteFailed;
}

}  // namespace

std::error_code readRemoteError(std::string_view answer, std::string_view request,
                                ErrorInfo& info) {
  const std::string json = withoutSignaturesInText(answer);
  const bool isObject = visitMembers(json, [&info](std::string_view key, JsonCursor& cursor) {
    if (key == "code") {
      info.remoteCode = readText(cursor);
    } else if (key == "message") {
      info.remoteMessage = readText(cursor);
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
                                    : codeFor(info.remoteDetails);
}

Diagnostic readDiagnostic(std::string_view message) {
  const std::string json = withoutSignaturesInText(message);
  Diagnostic diagnostic;
  visitMembers(json, [&diagnostic](std::string_view key, JsonCursor& cursor) {
    if (key == "kind") {
      diagnostic.kind = readText(cursor);
    } else if (key == "details") {
      diagnostic.details = std::string(cursor.skipValue());
    } else {
      cursor.skipValue();
    }
  });
  if (!diagnostic.details.empty()) {
    visitMembers(diagnostic.details, [&diagnostic](std::string_view key, JsonCursor& cursor) {
      if (key == "message") {
        diagnostic.message = readText(cursor);
      } else {
        cursor.skipValue();
      }
    });
  }
  return diagnostic;
}

}  // namespace wsferry::strapi
