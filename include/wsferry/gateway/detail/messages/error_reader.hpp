#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/gateway/detail/messages/incoming_message.hpp"
#include "wsferry/gateway/detail/messages/json_values.hpp"
#include "wsferry/gateway/detail/messages/member_path.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/gateway/profile.hpp"

namespace wsferry::gateway {

/// What an error says, given as JSON text; what is missing, null or of another type stays empty.
[[nodiscard]] ErrorResponse readErrorResponse(std::string_view json,
                                              const ErrorMembers& members = {});

/// The error in the body of a refused upgrade, bare or within a message; nothing if it is none, as
/// with a page of HTML.
[[nodiscard]] std::optional<ErrorResponse> readErrorBody(const Profile& profile,
                                                         std::string_view body);

namespace detail {

// A name, or a number as other gateways have them.
inline std::string codeOf(std::string_view value) {
  const auto number = integerOf(value);
  return number && *number > 0 ? std::to_string(*number) : stringOf(value);
}

// What `read` makes of the first that is there and says something.
template <class Read>
std::string textAt(std::string_view json, const std::vector<std::string>& paths, Read read) {
  for (const std::string& path : paths) {
    if (std::string text = read(valueAt(json, path)); !text.empty()) {
      return text;
    }
  }
  return {};
}

inline bool saysNothing(const ErrorResponse& error) {
  return error.statusCode == 0 && error.title.empty() && error.message.empty() &&
         error.internalErrorName.empty();
}

}  // namespace detail

inline ErrorResponse readErrorResponse(std::string_view json, const ErrorMembers& members) {
  ErrorResponse error;
  error.json = json;
  const bool isObject = isWholeJsonObject(json);
  if (isObject) {
    error.message = detail::textAt(json, members.message, stringOf);
    error.internalErrorName = detail::textAt(json, members.code, detail::codeOf);
    error.title = detail::textAt(json, members.title, stringOf);
    for (const std::string& path : members.status) {
      error.statusCode =
          error.statusCode != 0 ? error.statusCode : smallIntegerOf(valueAt(json, path));
    }
  }
  return error;
}

inline std::optional<ErrorResponse> readErrorBody(const Profile& profile, std::string_view body) {
  Utf8Validator validator;
  if (!validator.update(body) || !validator.complete()) {
    return std::nullopt;
  }
  const IncomingMessage message = readIncoming(profile, body);
  if (message.problem.empty() && message.kind == MessageKind::error) {
    return readErrorResponse(message.subject.empty() ? body : message.subject, profile.errors);
  }
  if (!isWholeJsonObject(body)) {
    return std::nullopt;
  }
  const std::string_view named =
      profile.errorMember.empty() ? std::string_view() : valueAt(body, profile.errorMember);
  const std::string_view within = isJsonObject(named) ? named : body;
  const ErrorResponse error = readErrorResponse(within, profile.errors);
  return detail::saysNothing(error) ? std::nullopt : std::optional(error);
}

}  // namespace wsferry::gateway
