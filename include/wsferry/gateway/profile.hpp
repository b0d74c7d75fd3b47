#pragma once

#include <string>
#include <utility>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/export.hpp"

namespace wsferry::gateway {

/// What a message of the server means for the stream.
enum class MessageKind {
  metadata,  ///< The stream exists: audio may flow.
  response,  ///< A result.
  error,     ///< The stream has failed.
  warning,   ///< A message about a stream that continues; before the metadata it fails the stream
             ///< all the same.
  refusal,   ///< The same about something that the server did not accept: once audio was sent,
             ///< results may be missing, and the verdict is `incomplete`.
  end,       ///< All results have arrived.
  acknowledgement,  ///< Audio has arrived: Profile::acknowledgedMember.
  ignored,          ///< Nothing, such as a keep-alive.
  unknown           ///< For the program to inspect.
};

/// Whether a result may still change.
enum class Finality {
  byMember,  ///< As ResultMembers::finality says.
  partial,
  final
};

/// A JSON object is of `kind` when its member `member` has the value `value`.
struct MessageRule {
  MessageKind kind = MessageKind::unknown;
  std::string value;  ///< A string's content, or the text of another scalar, such as `true`; empty:
                      ///< any value but null.
  std::string member;                      ///< A path. Empty: Profile::typeMember.
  Finality finality = Finality::byMember;  ///< Of a response.
  /// A response that is also the end; or a refusal of the message that should have brought the end,
  /// which loses nothing if no audio was sent for it.
  bool ends = false;
};

/// Where to find the parts of a word: paths within the word's object.
struct WordMembers {
  std::vector<std::string> text;  ///< The first that exists.
  std::string start;
  std::string end;
  std::string speaker;
  std::string language;
  std::string confidence;
  std::string finality;  ///< A word is final if this is `true`; empty: the result says.
};

/// Where to find the parts of a result: paths within its subject, names and indexes separated by
/// dots, such as `channel.alternatives.0.transcript`. An empty path: the gateway has no such part.
struct ResultMembers {
  /// The first that exists. If this is empty, or each word has a finality: the joined words, with
  /// spaces between them if paths are given here.
  std::vector<std::string> text;
  std::string words;  ///< An array.
  WordMembers word;
  /// Texts that are not words, such as `<end>`. If each word has a finality, a sentence ends there.
  std::vector<std::string> markers;

  std::string finality;             ///< For a result whose rule does not say.
  std::string finalValue = "true";  ///< A result is final if the member has this value.
  std::string turn;                 ///< Identifies the partial results and the final one that
                                    ///< belong together.
  bool partialsAppend = false;      ///< A partial result continues where the previous one of its
                                    ///< turn ended.

  std::string start;
  std::string end;
  std::string duration;  ///< Used if there is no end.
  std::string speaker;
  std::string language;
  std::string confidence;
  std::string channel;
  bool inSeconds = false;  ///< Times are in seconds, otherwise in milliseconds.

  bool isEmpty() const { return text.empty() && words.empty(); }
};

/// Where to find the parts of an error: paths within its subject; the first that exists counts.
struct ErrorMembers {
  std::vector<std::string> message = {"message"};
  std::vector<std::string> code = {"internalErrorName"};
  std::vector<std::string> title = {"title"};
  std::vector<std::string> status = {"statusCode"};  ///< As in HTTP: 401 and 403 are known.
};

enum class KeepAliveMode {
  ping,     ///< WebSocket pings.
  message,  ///< Profile::keepAliveMessage. A dead link is noticed only when nothing can be sent.
  both,
  off
};

/// An HTTP request before the connection: its answer, a JSON object, contains the URL to connect
/// to. Its body is a template, like a first message; in the headers `{token}` stands for the secret
/// of the credentials, which are sent nowhere else. Query parameters go into the query of `url`.
struct SessionRequest {
  std::string method = "POST";  ///< POST, PUT or GET.
  std::string url;              ///< Empty: there is no such request.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;            ///< Used if StreamOptions::configuration is empty. Empty: none.
  std::string urlMember;       ///< A path in the answer.
  std::string streamIdMember;  ///< The same for the stream's id. Empty: there is none.
};

/// The differences between streaming gateways, as data. The defaults are the WS Gateway's (protocol
/// sections 2, 4, 6, 10). Everything else specific to that gateway is code that programs do not use
/// with other gateways: how patches and webhooks are written, configurationMessage(), the values of
/// the egress format, and the types in messages.hpp except Transcript.
///
/// Messages that the client sends are templates. A placeholder in one of their strings is replaced:
/// in the first message `{language}`, `{encoding}`, `{sampleRate}`, `{channels}`, `{bitDepth}` (of
/// a sample; StreamOptions::rawAudio), `{raw}` (the word raw where that is set) and `{token}` (of
/// the credentials), and the same in SessionRequest::body; in the audio message `{audio}` (base64);
/// in the end message `{messages}` and `{bytes}` (of the audio that was sent); in the update
/// message `{changes}` (a JSON object; without it, the object's members are added to the message).
/// `{name:text}` becomes `text` if there is no value. A string that is one placeholder for a number
/// becomes a number; a member whose value has a placeholder without a value is left out.
struct Profile {
  std::string baseUrl = "wss://ws-gateway.vatis.tech/ws-gateway/api/v1/";
  SessionRequest sessionRequest;  ///< Instead of baseUrl.

  // Names of query parameters; anything set in StreamOptions without a name here is refused.
  std::string templateParameter = "streamConfigurationTemplateId";
  std::string streamIdParameter = "id";
  std::string announcementParameter = "configurationMessage";  ///< `true`: a first message follows.
  std::string egressParameter = "egress";
  std::string persistParameter = "persist";
  std::string languageParameter = "language";
  std::string encodingParameter = "encoding";
  std::string sampleRateParameter = "sampleRate";
  std::string channelsParameter = "channels";
  /// Further parameters besides these and those of credentials: a patch with such a name in the URL
  /// would be taken for one, and is refused. A name that ends in a dot stands for all that begin
  /// with it.
  std::vector<std::string> otherParameters = {
      "name", "groupId", "persistTags", "matchPersistTags", "webhook", "webhook."};
  bool takesPatches = true;  ///< Unknown parameters are patches.
  /// Required values of parameters, if the URL has them: results would otherwise be misread.
  std::vector<std::pair<std::string, std::string>> queryNeeds;

  // Credentials. Parameters are in the query; an empty name: not supported there.
  std::string apiKeyHeader = "Basic {token}";   ///< Authorization, for an API key. Empty: none.
  std::string tokenParameter = "access_token";  ///< For the kinds apiKey and bearer.
  std::string clientIdParameter = "client_id";  ///< For the kind basic, like the next.
  std::string clientSecretParameter = "client_secret";
  std::vector<std::string> subprotocols;  ///< Used if Credentials::subprotocols is empty.

  /// The type a first message must have; it is added if the message has none. Empty: the gateway's
  /// first message has no type.
  std::string configurationType = "CONFIGURATION";

  /// What a first message that replaces the profile's must contain, and an update must not change:
  /// paths, and the text of the values there, null included. Otherwise results could be lost, or
  /// something else mistaken for the end.
  std::vector<std::pair<std::string, std::string>> configurationNeeds;

  // What the client sends, as text messages.
  std::string firstMessage;  ///< Used if StreamOptions::configuration is empty. Empty: none.
  std::string keepAliveMessage = R"({"type":"KEEP_ALIVE"})";  ///< Empty: there is none, only pings.
  std::string endMessage = R"({"type":"END_OF_STREAM"})";  ///< Empty: an empty binary message ends.
  std::string flushMessage;   ///< For Stream::flush(). Empty: there is none.
  std::string updateMessage;  ///< For Stream::update(). Empty: there is none.
  /// Each flush and the end get an answer of the same form: the end is the last of them. A flush
  /// message sent with Stream::sendText() is not counted: use Stream::flush().
  bool flushIsAnswered = false;

  // Keep-alive, and the server's limits: the defaults of StreamOptions.
  KeepAliveMode keepAlive = KeepAliveMode::ping;
  Duration keepAliveInterval{5'000};
  Duration pongTimeout{10'000};      ///< StreamOptions::pongTimeout.
  bool keepAliveUntilEnd = false;    ///< Its message must not follow the end message.
  Duration inactivityLimit{10'000};  ///< 0: none, or unknown.
  Duration idleLimit{1'800'000};     ///< The same.

  // Audio.
  std::string audioMessage;  ///< A text message with `{audio}`. Empty: binary messages.
  /// Names of encodings for --raw-audio and RawAudio, and the gateway's names for them. Empty: its
  /// names are unknown, and are sent as given.
  std::vector<std::pair<std::string, std::string>> encodings;
  /// The gateway reads no container, and must be told what the audio is, unless a URL from an
  /// earlier sessionRequest is given.
  bool needsRawAudio = false;
  unsigned onlySampleRate = 0;  ///< For raw audio. 0: any.
  bool realTime = false;        ///< Audio must not come faster than it plays.
  // How much audio one message holds, the last one excepted. 0: any. Durations count only if
  // RawAudio says how long the audio is; bytes always.
  Duration leastAudio{0};
  Duration mostAudio{0};
  unsigned leastAudioBytes = 0;
  unsigned mostAudioBytes = 0;
  /// How many audio messages may wait for their acknowledgements; beyond that audio is held back.
  /// StreamOptions::sendTimeout bounds the wait. 0: any number.
  unsigned acknowledgementWindow = 0;
  /// A path, in an acknowledgement, to the number of the last audio message that has arrived, the
  /// first being 1. Empty: each acknowledges one more.
  std::string acknowledgedMember;

  /// A path to the string that a message of the server must have, unless a rule with a member of
  /// its own is about it; empty: none.
  std::string typeMember = "type";
  std::vector<MessageRule> rules = {{MessageKind::metadata, "STREAM_METADATA", {}},
                                    {MessageKind::response, "RESPONSE", {}},
                                    {MessageKind::error, "ERROR", {}},
                                    {MessageKind::end, "END_OF_STREAM", {}},
                                    {MessageKind::ignored, "KEEP_ALIVE", {}}};  ///< First match.
  bool jsonInBinary = false;  ///< Binary messages are read like text messages.

  // A path to the subject of such a message; empty: the message itself.
  std::string metadataMember = "stream";
  std::string responseMember = "response";
  std::string errorMember = "error";

  std::string streamIdMember = "streamId";  ///< A path, in the metadata.
  /// Empty: results have the WS Gateway's form (protocol section 6.4).
  ResultMembers results;
  ErrorMembers errors;

  /// Whether the server announces the stream, so that audio is held until then.
  bool sendsMetadata = true;

  /// Whether a close frame with code 1000, or without a code (1005), after the client's end, with
  /// neither error nor end before it, means that all results have arrived. The verdict rule
  /// (protocol section 10).
  bool closeCompletes = false;

  /// Whether this side closes the connection once the end, or an error, has come.
  bool clientCloses = false;

  /// Names of errors (ErrorResponse::internalErrorName), or close codes of a server that gives no
  /// error, about the credentials, besides the status codes 401 and 403: authentication and
  /// authorization.
  std::vector<std::string> authenticationErrors = {"GENERAL_AUTHENTICATION_ERROR"};
  std::vector<std::string> authorizationErrors = {"GENERAL_AUTHORIZATION_ERROR"};

  /// The same for what another stream may avoid, as long as no audio was sent (protocol section
  /// 11).
  std::vector<std::string> passingErrors = {"PROCESSOR_FAILED_RESERVATION_ERROR",
                                            "PROCESSOR_CORDONED_ERROR", "PULSAR_ERROR",
                                            "STREAM_USAGE_LIMIT_REACHED"};
};

/// Names of the built-in profiles, as in docs/profiles.md; the first is the WS Gateway's, `vatis`.
WSFERRY_API const std::vector<std::string>& profileNames();

/// A built-in profile. @throws Error with Errc::invalidOption for any other name.
[[nodiscard]] WSFERRY_API Profile profileNamed(const std::string& name);

/// Reads a profile from JSON text, as profileText() writes it. Omitted members are empty or off,
/// not the WS Gateway's. @throws Error with Errc::invalidOption, which names line and member: for
/// text that is not JSON, an unknown member, a malformed path, a rule that can never match, a
/// placeholder that its message does not support, a profile without an end. A stream refuses the
/// same in a profile built in code.
[[nodiscard]] WSFERRY_API Profile parseProfile(const std::string& text);

/// The profile as JSON text, with every member that differs from an empty profile.
[[nodiscard]] WSFERRY_API std::string profileText(const Profile& profile);

}  // namespace wsferry::gateway
