#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wsferry/export.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/gateway/profile.hpp"

namespace wsferry::gateway {

/// A text message of the server, by the profile's rules.
struct IncomingMessage {
  MessageKind kind = MessageKind::unknown;
  std::string_view subject;  ///< JSON text of what the message is about, within the message; empty
                             ///< if it is missing.
  Finality finality = Finality::byMember;  ///< Of a response.
  bool ends = false;                       ///< A response that is the end as well.
  std::string problem;                     ///< Why it is no message at all; empty if it is one.
};

/// Never throws for what a peer sends. `text` outlives the result and is valid UTF-8.
[[nodiscard]] IncomingMessage readIncoming(const Profile& profile, std::string_view text);

// Each takes the JSON text of a subject; what is missing, null or of another type stays empty.
WSFERRY_API StreamMetadata readMetadata(std::string_view json,
                                        const std::string& streamIdMember = "streamId");
WSFERRY_API Response readResponse(std::string_view json);
ErrorResponse readErrorResponse(std::string_view json, const ErrorMembers& members = {});

/// The error in the body of a refused upgrade, bare or within a message; nothing if it is none, as
/// with a page of HTML.
[[nodiscard]] WSFERRY_API std::optional<ErrorResponse> readErrorBody(const Profile& profile,
                                                                     std::string_view body);

}  // namespace wsferry::gateway
