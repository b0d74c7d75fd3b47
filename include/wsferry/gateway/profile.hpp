#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wsferry::gateway {

/// What a message of the server means for the stream.
enum class MessageKind {
  metadata,  ///< The stream exists: audio may flow.
  response,  ///< A result.
  error,     ///< The stream has failed.
  end,       ///< All results are there.
  ignored,   ///< Nothing, as a keep-alive.
  unknown    ///< For the program to look at.
};

/// A JSON object is of `kind` when its member `member` has the value `value`.
struct MessageRule {
  MessageKind kind = MessageKind::unknown;
  std::string value;  ///< A string's content, or the text of another scalar, such as `true`; empty:
                      ///< any value but null.
  std::string member;  ///< Empty: Profile::typeMember.
};

/// What one streaming gateway does otherwise than another, as data. The defaults are the WS
/// Gateway's (protocol sections 2, 4, 6, 10). What else is its own is code, which a program leaves
/// unused for another gateway: the places where Credentials stand, how patches and webhooks are
/// written, configurationMessage(), the values of the egress format, and the types in messages.hpp.
struct Profile {
  std::string baseUrl = "wss://ws-gateway.vatis.tech/ws-gateway/api/v1/";

  // Names of query parameters; what StreamOptions sets and the gateway has no name for is refused.
  std::string templateParameter = "streamConfigurationTemplateId";
  std::string streamIdParameter = "id";
  std::string announcementParameter = "configurationMessage";  ///< `true`: a first message follows.
  std::string egressParameter = "egress";
  std::string persistParameter = "persist";
  /// Parameters beside these and those of credentials: a patch of such a name in the URL would be
  /// taken for one, and is refused. One that ends in a dot stands for all that begin with it.
  std::vector<std::string> otherParameters = {
      "name", "groupId", "persistTags", "matchPersistTags", "webhook", "webhook."};

  /// The type a first message must have; it is added where the message has none. Empty: the
  /// gateway's first message has no type.
  std::string configurationType = "CONFIGURATION";

  // What the client sends, as text messages.
  std::string keepAliveMessage = R"({"type":"KEEP_ALIVE"})";  ///< Empty: there is none, only pings.
  std::string endMessage = R"({"type":"END_OF_STREAM"})";  ///< Empty: an empty binary message ends.

  /// The string member that a message of the server must have; empty: none has to.
  std::string typeMember = "type";
  std::vector<MessageRule> rules = {{MessageKind::metadata, "STREAM_METADATA", {}},
                                    {MessageKind::response, "RESPONSE", {}},
                                    {MessageKind::error, "ERROR", {}},
                                    {MessageKind::end, "END_OF_STREAM", {}},
                                    {MessageKind::ignored, "KEEP_ALIVE", {}}};  ///< First match.

  // The member that holds what such a message is about; empty: the message itself does.
  std::string metadataMember = "stream";
  std::string responseMember = "response";
  std::string errorMember = "error";

  /// Whether the server announces the stream, so that audio is held until then.
  bool sendsMetadata = true;

  /// Whether a close frame with code 1000 after the client's end, with neither error nor end before
  /// it, means that all results are there. The verdict rule (protocol section 10).
  bool closeCompletes = false;

  /// Names of errors (ErrorResponse::internalErrorName) about the credentials, besides those with
  /// the status codes 401 and 403: who the client is, and what it may do.
  std::vector<std::string> authenticationErrors = {"GENERAL_AUTHENTICATION_ERROR"};
  std::vector<std::string> authorizationErrors = {"GENERAL_AUTHORIZATION_ERROR"};

  /// Names of errors that another stream may not meet, as long
  /// as no audio was sent (protocol section 11).
  std::vector<std::string> passingErrors = {"PROCESSOR_FAILED_RESERVATION_ERROR",
                                            "PROCESSOR_CORDONED_ERROR", "PULSAR_ERROR",
                                            "STREAM_USAGE_LIMIT_REACHED"};
};

}  // namespace wsferry::gateway
