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
  warning,   ///< Words about a stream that goes on; before the metadata they fail it all the same.
  refusal,   ///< The same of something that the server did not take: once audio was sent, results
             ///< may be missing, and the verdict is `incomplete`.
  end,       ///< All results are there.
  acknowledgement,  ///< Audio has arrived: Profile::acknowledgedMember.
  ignored,          ///< Nothing, as a keep-alive.
  unknown           ///< For the program to look at.
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
  /// A response that is the end as well; or a refusal of what should have brought it, which misses
  /// nothing where no audio was sent for that.
  bool ends = false;
};

/// Where a word has what: paths from the word's object on.
struct WordMembers {
  std::vector<std::string> text;  ///< The first that is there.
  std::string start;
  std::string end;
  std::string speaker;
  std::string language;
  std::string confidence;
  std::string finality;  ///< A word is final where this is `true`; empty: the result says.
};

/// Where a result has what: paths from what the result is about on, names and indexes with dots
/// between them, such as `channel.alternatives.0.transcript`. An empty path: there is none.
struct ResultMembers {
  /// The first that is there. Where it is empty, or each word has a finality: the words, joined,
  /// with spaces between them where there are paths here.
  std::vector<std::string> text;
  std::string words;  ///< An array.
  WordMembers word;
  /// Texts that are no words, as `<end>`. Where each word has a finality, a sentence ends there.
  std::vector<std::string> markers;

  std::string finality;             ///< Of a result whose rule does not say it.
  std::string finalValue = "true";  ///< A result is final where the member has this value.
  std::string turn;                 ///< What a partial result and the final one have in common.
  bool partialsAppend = false;      ///< A partial result goes on where the last of its turn ended.

  std::string start;
  std::string end;
  std::string duration;  ///< Where there is no end.
  std::string speaker;
  std::string language;
  std::string confidence;
  std::string channel;
  bool inSeconds = false;  ///< Times are seconds; else milliseconds.

  bool isEmpty() const { return text.empty() && words.empty(); }
};

/// Where an error has what: paths from what the error is about on, the first that is there.
struct ErrorMembers {
  std::vector<std::string> message = {"message"};
  std::vector<std::string> code = {"internalErrorName"};
  std::vector<std::string> title = {"title"};
  std::vector<std::string> status = {"statusCode"};  ///< As of HTTP: 401 and 403 are known.
};

enum class KeepAliveMode {
  ping,     ///< WebSocket pings.
  message,  ///< Profile::keepAliveMessage. A dead link is noticed only by what cannot be sent.
  both,
  off
};

/// A request by HTTP that comes before the connection: its answer, a JSON object, holds the URL to
/// connect to. Its body is a template as a first message is; in the headers `{token}` stands for
/// the credentials' secret, which are shown nowhere else. What goes into a query is in that of
/// `url`.
struct SessionRequest {
  std::string method = "POST";  ///< POST, PUT or GET.
  std::string url;              ///< Empty: there is no such request.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;       ///< Where StreamOptions::configuration is empty. Empty: there is none.
  std::string urlMember;  ///< A path in the answer.
  std::string streamIdMember;  ///< The same, of the stream's id. Empty: there is none.
};

/// What one streaming gateway does otherwise than another, as data. The defaults are the WS
/// Gateway's (protocol sections 2, 4, 6, 10). What else is its own is code, which a program leaves
/// unused for another gateway: how patches and webhooks are written, configurationMessage(), the
/// values of the egress format, and the types in messages.hpp but Transcript.
///
/// Messages that the client sends are templates. A placeholder in one of their strings is replaced:
/// in the first message `{language}`, `{encoding}`, `{sampleRate}`, `{channels}`,
/// `{bitDepth}` (of a sample; StreamOptions::rawAudio), `{raw}` (the word raw where that is set)
/// and `{token}` (the credentials'), and the same in SessionRequest::body; in the one for audio
/// `{audio}` (base64); in that of the end `{messages}` and
/// `{bytes}` (of the audio that was sent). `{name:text}` has `text` where there is no value. A
/// string that is one placeholder for a number becomes a number; a member whose value has a
/// placeholder without a value is left out.
struct Profile {
  std::string baseUrl = "wss://ws-gateway.vatis.tech/ws-gateway/api/v1/";
  SessionRequest sessionRequest;  ///< In place of baseUrl.

  // Names of query parameters; what StreamOptions sets and the gateway has no name for is refused.
  std::string templateParameter = "streamConfigurationTemplateId";
  std::string streamIdParameter = "id";
  std::string announcementParameter = "configurationMessage";  ///< `true`: a first message follows.
  std::string egressParameter = "egress";
  std::string persistParameter = "persist";
  std::string languageParameter = "language";
  std::string encodingParameter = "encoding";
  std::string sampleRateParameter = "sampleRate";
  std::string channelsParameter = "channels";
  /// Parameters beside these and those of credentials: a patch of such a name in the URL would be
  /// taken for one, and is refused. One that ends in a dot stands for all that begin with it.
  std::vector<std::string> otherParameters = {
      "name", "groupId", "persistTags", "matchPersistTags", "webhook", "webhook."};
  bool takesPatches = true;  ///< Parameters that it does not know are patches.
  /// What parameters have to be, where the URL has them: results would be read wrongly otherwise.
  std::vector<std::pair<std::string, std::string>> queryNeeds;

  // Credentials. Parameters are in the query; an empty one: it takes none there.
  std::string apiKeyHeader = "Basic {token}";   ///< Authorization, for an API key. Empty: none.
  std::string tokenParameter = "access_token";  ///< Of the kinds apiKey and bearer.
  std::string clientIdParameter = "client_id";  ///< Of the kind basic, as the next.
  std::string clientSecretParameter = "client_secret";
  std::vector<std::string> subprotocols;  ///< Where Credentials::subprotocols has none.

  /// The type a first message must have; it is added where the message has none. Empty: the
  /// gateway's first message has no type.
  std::string configurationType = "CONFIGURATION";

  /// What a first message in place of the profile's has to have: paths, and the text of values
  /// there, null included. Results could be lost otherwise, or the end be taken for another.
  std::vector<std::pair<std::string, std::string>> configurationNeeds;

  // What the client sends, as text messages.
  std::string firstMessage;  ///< Where StreamOptions::configuration is empty. Empty: there is none.
  std::string keepAliveMessage = R"({"type":"KEEP_ALIVE"})";  ///< Empty: there is none, only pings.
  std::string endMessage = R"({"type":"END_OF_STREAM"})";  ///< Empty: an empty binary message ends.
  std::string flushMessage;  ///< For Stream::flush(). Empty: there is none.
  /// Each flush and the end have an answer, which look the same: the end is the last of them. A
  /// flush message that Stream::sendText() sends is not counted: use Stream::flush().
  bool flushIsAnswered = false;

  // Keep-alive, and the server's limits, as they are the defaults of StreamOptions.
  KeepAliveMode keepAlive = KeepAliveMode::ping;
  Duration keepAliveInterval{5'000};
  Duration pongTimeout{10'000};      ///< StreamOptions::pongTimeout.
  bool keepAliveUntilEnd = false;    ///< Its message must not follow the end message.
  Duration inactivityLimit{10'000};  ///< 0: there is none, or it is not known.
  Duration idleLimit{1'800'000};     ///< The same.

  // Audio.
  std::string audioMessage;  ///< A text message with `{audio}`. Empty: binary messages.
  /// Names of encodings that --raw-audio and RawAudio know, and the gateway's. Empty: its names are
  /// not known, and are sent as they are given.
  std::vector<std::pair<std::string, std::string>> encodings;
  /// It reads no container, and has to know what the audio is; not where a URL is given that a
  /// sessionRequest has brought.
  bool needsRawAudio = false;
  unsigned onlySampleRate = 0;  ///< Of raw audio. 0: any.
  bool realTime = false;        ///< Audio must not come faster than it plays.
  // How much audio one message holds, where RawAudio says how long it takes. 0: any.
  Duration leastAudio{0};
  Duration mostAudio{0};
  /// How many messages with audio may wait for their acknowledgements; beyond it audio is held
  /// back. StreamOptions::sendTimeout bounds that. 0: any number.
  unsigned acknowledgementWindow = 0;
  /// A path, in an acknowledgement, to the number of the last message with audio that has arrived,
  /// the first being 1. Empty: each is about one more.
  std::string acknowledgedMember;

  /// The string member that a message of the server must have; empty: none has to.
  std::string typeMember = "type";
  std::vector<MessageRule> rules = {{MessageKind::metadata, "STREAM_METADATA", {}},
                                    {MessageKind::response, "RESPONSE", {}},
                                    {MessageKind::error, "ERROR", {}},
                                    {MessageKind::end, "END_OF_STREAM", {}},
                                    {MessageKind::ignored, "KEEP_ALIVE", {}}};  ///< First match.
  bool jsonInBinary = false;  ///< Binary messages are read as text ones.

  // The member that holds what such a message is about; empty: the message itself does.
  std::string metadataMember = "stream";
  std::string responseMember = "response";
  std::string errorMember = "error";

  std::string streamIdMember = "streamId";  ///< A path, in the metadata.
  /// Empty: results are those of the WS Gateway (protocol section 6.4).
  ResultMembers results;
  ErrorMembers errors;

  /// Whether the server announces the stream, so that audio is held until then.
  bool sendsMetadata = true;

  /// Whether a close frame with code 1000, or without a code (1005), after the client's end, with
  /// neither error nor end before it, means that all results are there. The verdict rule (protocol
  /// section 10).
  bool closeCompletes = false;

  /// Whether this side closes the connection once the end, or an error, has come.
  bool clientCloses = false;

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

/// Names of the profiles that are built in, as docs/profiles.md has them; the first is the WS
/// Gateway's, `vatis`.
WSFERRY_API const std::vector<std::string>& profileNames();

/// A profile that is built in. @throws Error with Errc::invalidOption for another name.
[[nodiscard]] WSFERRY_API Profile profileNamed(const std::string& name);

/// Reads a profile from JSON text, as profileText() writes it. What it does not name is empty or
/// off, not the WS Gateway's.
/// @throws Error with Errc::invalidOption, which names line and member: for what is no JSON, for an
/// unknown member, a malformed path, a rule that can never match, a placeholder that its message
/// does not have, a profile without an end. A stream refuses the same of a profile made in code.
[[nodiscard]] WSFERRY_API Profile parseProfile(const std::string& text);

/// The profile as JSON text, with what differs from an empty one.
[[nodiscard]] WSFERRY_API std::string profileText(const Profile& profile);

}  // namespace wsferry::gateway
