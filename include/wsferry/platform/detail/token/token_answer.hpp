#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/error/passing.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/json/json_number.hpp"
#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/query_string.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/platform/platform_error.hpp"

namespace wsferry::platform {

/// The body that requests a token (stream-gateway protocol section 3.3).
std::string tokenForm(const std::string& id, const std::string& secret);

/// What a token endpoint has answered.
struct TokenAnswer {
  std::error_code error;  ///< None: there is a token.
  ErrorInfo info;         ///< Without address and status; the server's words in it.
  std::string token;
  /// Lifetime from the request on; nothing if the server does not say.
  std::optional<Duration> lifetime;
};

/// `place` is the endpoint in words; the result contains none of the `secrets`.
TokenAnswer readTokenAnswer(int status, std::string_view body, const std::string& place,
                            const std::vector<std::string>& secrets);

namespace detail {

inline constexpr std::size_t longestWords = 300;
inline constexpr double longestLife = 366.0 * 24 * 3600;

// The members of the answers, as JSON text.
struct TokenMembers {
  bool isObject = false;
  std::string_view token;
  std::string_view type;
  std::string_view lifetime;
  std::string_view error;
  std::string_view description;
};

inline TokenMembers tokenMembersOf(std::string_view body) {
  TokenMembers members;
  const std::pair<std::string_view, std::string_view&> named[] = {
      {"access_token", members.token},
      {"token_type", members.type},
      {"expires_in", members.lifetime},
      {"error", members.error},
      {"error_description", members.description}};
  try {
    JsonCursor cursor(body);
    const bool isObject = forEachMember(cursor, [&](std::string_view key) {
      const std::string_view value = cursor.skipValue();
      for (const auto& [name, slot] : named) {
        if (key == name) {
          slot = value;
        }
      }
    });
    cursor.expectEnd();
    members.isObject = isObject;
  } catch (const Error&) {
    members = {};
  }
  return members;
}

// Characters of a token (RFC 6750 section 2.1 has fewer): it must fit into a header.
inline bool isUsableToken(std::string_view token) {
  return !token.empty() &&
         std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

inline std::string stringValue(std::string_view json) {
  return jsonStringOf(json).value_or(std::string());
}

// `invalid_client: Invalid client credentials`
inline std::string wordsOf(const ErrorInfo& info) {
  const std::string code = printable(info.remoteCode, longestWords);
  const std::string text = printable(info.remoteMessage, longestWords);
  return code + (code.empty() || text.empty() ? "" : ": ") + text;
}

// What is wrong with a 200; empty if nothing. The answer may contain a token, so only its own error
// words are repeated.
inline std::string problemOfToken(const TokenMembers& members, TokenAnswer& answer) {
  answer.token = stringValue(members.token);
  if (!isUsableToken(answer.token)) {
    return answer.token.empty() ? "has no access_token"
                                : "has an access_token that no header can hold";
  }
  const std::string type = stringValue(members.type);
  if (!equalsIgnoringCase(type, "Bearer")) {
    return members.type.empty()
               ? "has no token_type"
               : "has a token of type \"" + printable(type, 50) + "\", but only Bearer can be used";
  }
  if (members.lifetime.empty() || members.lifetime == "null") {
    return {};
  }
  // Some servers quote the number.
  const std::string quoted = stringValue(members.lifetime);
  const std::string_view lifetime = quoted.empty() ? members.lifetime : std::string_view(quoted);
  const double seconds = isJsonNumber(lifetime) ? jsonNumberOf(lifetime) : 0;
  if (!isJsonNumber(lifetime)) {
    return "has an expires_in that is not a number of seconds: " + printable(members.lifetime, 50);
  }
  if (!(seconds > 0)) {
    return "has a token that expires at once (expires_in " + printable(members.lifetime, 50) + ")";
  }
  answer.lifetime = Duration(static_cast<Duration::rep>(std::min(seconds, longestLife) * 1000));
  return {};
}

inline std::string startOfBody(std::string_view body, const std::vector<std::string>& secrets) {
  return body.find("_token") == std::string_view::npos
             ? blankSecretsWithin(body, std::size_t{64} << 10, secrets)
             : "(not shown, because it may contain a token)";
}

// `200, and ...` for answers that do not come from a token endpoint.
inline void refuseAnswer(TokenAnswer& answer, const std::string& text) {
  answer.token.clear();
  answer.error = PlatformErrc::invalidAnswer;
  answer.info.message = text + ". Is that the URL of the token endpoint?";
}

inline void refuseClient(TokenAnswer& answer, int status, const std::string& place) {
  answer.error = status == 403 ? Errc::notAuthorized : Errc::notAuthenticated;
  const std::string words = wordsOf(answer.info);
  answer.info.message =
      place + " gives this client no token" +
      (words.empty() ? " (status " + std::to_string(status) + ")" : ": " + words) +
      ". Check the client id and its secret.";
}

}  // namespace detail

inline std::string tokenForm(const std::string& id, const std::string& secret) {
  return "client_id=" + percentEncode(id) + "&client_secret=" + percentEncode(secret) +
         "&grant_type=client_credentials";
}

inline TokenAnswer readTokenAnswer(int status, std::string_view body, const std::string& place,
                                   const std::vector<std::string>& secrets) {
  TokenAnswer answer;
  const detail::TokenMembers members = detail::tokenMembersOf(body);
  answer.info.remoteCode = blankSecrets(detail::stringValue(members.error), secrets);
  answer.info.remoteMessage = blankSecrets(detail::stringValue(members.description), secrets);
  const std::string answered = place + " answered " + std::to_string(status);
  if (status == 200 && members.isObject) {
    if (const std::string problem = detail::problemOfToken(members, answer); !problem.empty()) {
      const std::string words = detail::wordsOf(answer.info);
      detail::refuseAnswer(answer, answered + ", and the answer " + problem +
                                       (words.empty() ? "" : "; it says: " + words));
      answer.info.httpBody = detail::startOfBody(body, secrets);
    }
    return answer;
  }
  answer.info.httpBody = detail::startOfBody(body, secrets);
  const bool isRefusal = !answer.info.remoteCode.empty() && status == 400;
  if (isRefusal || status == 401 || status == 403) {
    detail::refuseClient(answer, status, place);
  } else if (isPassingStatus(status)) {
    answer.error = PlatformErrc::unavailable;
    answer.info.message = answered + ": it issues no token now. Try again later.";
  } else {
    detail::refuseAnswer(answer, answered + (members.isObject ? "" : ", without JSON"));
  }
  return answer;
}

}  // namespace wsferry::platform
