#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/websocket_options.hpp"
#include "wsferry/export.hpp"
#include "wsferry/gateway/profile.hpp"

namespace wsferry {

template <class... Args>
class Completion;

}  // namespace wsferry

namespace wsferry::gateway {

class TokenProvider;
class UrlProvider;

/// Who the client is (protocol section 3.1), and where the credentials are sent.
struct Credentials {
  enum class Kind {
    none,
    basic,      ///< `Basic ` and the base64 of `id:secret`.
    apiKey,     ///< Profile::apiKeyHeader: `Basic ` and the key as given, not encoded again.
    bearer,     ///< `Bearer ` and the token.
    twoHeaders  ///< X-Client-Id and X-Client-Secret; no other placement than the header.
  };
  Kind kind = Kind::none;
  std::string id;      ///< For basic and twoHeaders.
  std::string secret;  ///< The secret, the key or the token.

  /// Supplies the secret instead of `secret`, once for each connection, such as a token that
  /// expires soon. Called on the stream's executor; completes from any thread, with an error to
  /// refuse. WebSocketOptions::connectTimeout bounds it.
  std::function<void(Completion<std::error_code, std::string>)> secretProvider;

  /// The same for access tokens, which streams may share; for bearer only, and not together with
  /// secretProvider.
  std::shared_ptr<TokenProvider> tokenProvider;

  /// Whether the secret comes from one of the two.
  bool isProvided() const { return secretProvider || tokenProvider; }

  enum class Placement {
    header,       ///< Authorization, or the two headers.
    subprotocol,  ///< Entries of Sec-WebSocket-Protocol (protocol section 3.2).
    query,        ///< Profile::tokenParameter; for basic its clientIdParameter and the next.
    firstMessage  ///< `{token}` in Profile::firstMessage; not for basic.
  };
  Placement placement = Placement::header;

  /// For Placement::subprotocol, whose form is not published: entries with the placeholders
  /// `{scheme}` (Basic or Bearer) and `{token}` (what follows it in an Authorization header).
  /// Default: Profile::subprotocols. @see WebSocketOptions::rawSubprotocols
  std::vector<std::string> subprotocols;

  // Credentials of each kind, in the header.
  static Credentials apiKey(std::string key) { return make(Kind::apiKey, {}, std::move(key)); }
  static Credentials bearer(std::string token) { return make(Kind::bearer, {}, std::move(token)); }
  static Credentials bearer(std::shared_ptr<TokenProvider> provider) {
    Credentials credentials = make(Kind::bearer, {}, {});
    credentials.tokenProvider = std::move(provider);
    return credentials;
  }
  static Credentials basic(std::string id, std::string secret) {
    return make(Kind::basic, std::move(id), std::move(secret));
  }
  static Credentials twoHeaders(std::string id, std::string secret) {
    return make(Kind::twoHeaders, std::move(id), std::move(secret));
  }

  /// Credentials from the process's environment, the first that is set: the token in
  /// `WS_GATEWAY_BEARER`, the API key in `WS_GATEWAY_API_KEY`, or `WS_GATEWAY_CLIENT_ID` and
  /// `WS_GATEWAY_CLIENT_SECRET`, which make basic ones. An empty variable counts as unset. White
  /// space around a value is removed. Must not be called while another thread changes the
  /// environment. @throws Error with Errc::invalidOption if none is set, or only one of the last
  /// two.
  [[nodiscard]] WSFERRY_API static Credentials fromEnvironment();

 private:
  static Credentials make(Kind kind, std::string id, std::string secret) {
    Credentials credentials;
    credentials.kind = kind;
    credentials.id = std::move(id);
    credentials.secret = std::move(secret);
    return credentials;
  }
};

/// A change of the template's configuration (protocol section 4.3).
struct Patch {
  enum class Operation {
    set,    ///< Replaces, or adds what is absent.
    add,    ///< Adds.
    remove  ///< Removes; has no value.
  };
  Operation operation = Operation::set;
  std::string path;                 ///< A path or an alias, such as `language`.
  std::vector<std::string> values;  ///< Unescaped. Several make an array.
};

[[nodiscard]] WSFERRY_API Patch setPatch(std::string path, std::string value);
[[nodiscard]] WSFERRY_API Patch addPatch(std::string path, std::string value);
[[nodiscard]] WSFERRY_API Patch removePatch(std::string path);

/// The parts of a CONFIGURATION message (protocol section 6.2).
struct Configuration {
  std::vector<Patch> patches;  ///< Values go out as JSON strings, arrays of them for several.
  /// URLs and the names of events that are sent to them; `stream.*` and `*` are wildcards.
  std::vector<std::pair<std::string, std::vector<std::string>>> webhooks;
};

/// The text of such a message, for StreamOptions::configuration. @throws Error with
/// Errc::invalidOption for a patch without a path or with the wrong number of values, for
/// duplicates, for more than three webhooks, and for one that is not an http or https URL.
[[nodiscard]] WSFERRY_API std::string configurationMessage(const Configuration& configuration);

enum class EgressFormat { events, raw };

/// What sendAudio() does when the queue is full.
enum class WhenFull {
  block,      ///< It completes when the queue has room for the audio.
  reject,     ///< It completes with Errc::queueFull, and the audio is not accepted.
  dropOldest  ///< The audio that has waited longest is dropped.
};

/// What audio without a header is.
struct RawAudio {
  std::string encoding;  ///< linear16, mulaw, alaw, flac, opus
  unsigned sampleRate = 0;
  unsigned channels = 0;

  /// Bytes per second; 0 if unknown, as for a compressed encoding.
  std::size_t bytesPerSecond() const {
    const std::size_t samples = std::size_t{sampleRate} * channels;
    return encoding == "linear16" ? 2 * samples
                                  : (encoding == "mulaw" || encoding == "alaw" ? samples : 0);
  }
};

/// How to run one stream. The defaults are the protocol's (section 12). Options without a value are
/// not sent: the URL contains only what was requested.
struct StreamOptions {
  WSFERRY_API StreamOptions();

  /// With the profile's keep-alive and limits; a limit that it lacks is ten years.
  WSFERRY_API explicit StreamOptions(Profile profile);

  Profile profile;
  /// Its path and query are kept as given. Default: the profile's. If that has a sessionRequest, an
  /// http or https URL replaces the profile's URL of the request; a ws or wss URL is the result of
  /// such a request, and none is made.
  std::string baseUrl;
  std::string templateId;  ///< Required if the profile has a parameter for it.
  std::string streamId;    ///< Empty: the server makes one.
  Credentials credentials;

  /// Performs the profile's sessionRequest; required if there is one to make.
  /// WebSocketOptions::connectTimeout bounds it. The resulting URL must be wss, or ws on this
  /// machine. The additional headers of `connection` then go with this request only, and to no
  /// other URL.
  std::shared_ptr<UrlProvider> urlProvider;

  /// Timeouts, TLS, proxy, further headers, the largest incoming message (here 16 MiB), the wait
  /// for the transport's part of a close. bearerToken and subprotocols are the credentials' here:
  /// Errc::invalidOption if they are set.
  WebSocketOptions connection;

  std::string language;              ///< As the gateway names it. Empty: its default.
  std::optional<RawAudio> rawAudio;  ///< Describes the audio if it has no header.

  std::optional<bool> egress;   ///< False: the socket carries no results.
  std::optional<bool> persist;  ///< True: the server keeps results for some hours.
  std::vector<Patch> patches;   ///< In the URL, with `+`, `-` and `\` escaped.
  /// Webhooks in the URL: `webhook`, `webhook.stream` and the like, and an http or https URL. Not
  /// together with webhooks in the configuration message.
  std::vector<std::pair<std::string, std::string>> webhooks;
  std::vector<std::pair<std::string, std::string>>
      query;  ///< Anything else; order and repeats kept.

  /// The first message, instead of the profile's: JSON text of one object, announced in the URL if
  /// and only if there is one. With a sessionRequest it is that request's body. @see
  /// configurationMessage()
  std::string configuration;

  EgressFormat format = EgressFormat::events;
  /// The query parameter that carries the format, `EVENTS` or `RAW`. Its name is not published:
  /// needed for raw; for events the format is sent only if there is one.
  std::string formatParameter;

  KeepAliveMode keepAlive = KeepAliveMode::ping;
  Duration keepAliveInterval{5'000};  ///< Should be below inactivityLimit; otherwise
                                      ///< StreamEvents::onWarning is called.
  Duration pongTimeout{10'000};       ///< A ping unanswered for this long ends the stream as lost.
                                      ///< 0: it does not.
  Duration inactivityLimit{10'000};   ///< The server's, to explain why a stream was lost.
  Duration idleLimit{1'800'000};      ///< The server's, for a client that sends only keep-alive.
  Duration idleWarning{1'500'000};    ///< onWarning after this long without anything else. 0: none.
  /// The stream is lost if for this long the network accepts nothing of what waits, or the server
  /// acknowledges nothing of Profile::acknowledgementWindow.
  Duration sendTimeout{30'000};

  /// Holds audio until the server announces the stream; not without egress, because it is unknown
  /// whether a server then does (protocol section 9.2).
  bool waitForMetadata = true;
  Duration metadataTimeout{10'000};
  Duration drainTimeout{1'800'000};  ///< From finish(), and again from our end of stream, to the
                                     ///< server's.
  /// Without egress, from our end of stream: silence is success if the server has answered a ping
  /// sent after the end, or keepAlive sends no pings.
  Duration uploadTimeout{5'000};
  Duration closeTimeout{5'000};  ///< From the server's last word to its close frame.

  std::size_t sendQueueBytes = std::size_t{4}
                               << 20;  ///< Audio that waits; an empty queue accepts any amount.
  WhenFull whenFull = WhenFull::block;

  /// Results wait for Stream::readResult() instead of being events: onResponse, onPartial and
  /// onFinal must be empty. Results of EgressFormat::raw remain events.
  bool pullResults = false;

  /// Events and results that the program has not taken yet; beyond this nothing is read from the
  /// socket, which holds the server back. Default 16 MiB.
  std::size_t eventQueueBytes = std::size_t{16} << 20;
};

}  // namespace wsferry::gateway
