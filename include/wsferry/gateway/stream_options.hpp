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

/// Who the client is (protocol section 3.1), and where that is shown.
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

  /// Gives the secret in place of `secret`, once for each connection, such as a token that expires
  /// soon. Called on the stream's executor; completes from any thread, with an error to refuse.
  /// WebSocketOptions::connectTimeout bounds it.
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

  /// For Placement::subprotocol, as no form of it is published: entries with the placeholders
  /// `{scheme}` (Basic or Bearer) and `{token}` (what follows it in an Authorization header).
  /// Default: Profile::subprotocols. @see WebSocketOptions::rawSubprotocols
  std::vector<std::string> subprotocols;

  // Those of each kind, in the header.
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

  /// Those in the process's environment, of which the first that is set counts: the token in
  /// `WS_GATEWAY_BEARER`, the API key in `WS_GATEWAY_API_KEY`, or `WS_GATEWAY_CLIENT_ID` and
  /// `WS_GATEWAY_CLIENT_SECRET`, which make basic ones. A variable that is empty is not set. White
  /// space around a value is left out. Not while another thread changes the environment.
  /// @throws Error with Errc::invalidOption if none is set, or one of the last two.
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
  /// URLs and the names of events that are told to them; `stream.*` and `*` are wildcards.
  std::vector<std::pair<std::string, std::vector<std::string>>> webhooks;
};

/// The text of such a message, for StreamOptions::configuration.
/// @throws Error with Errc::invalidOption for a patch without a path or with the wrong number of
/// values, for what is given twice, for more than three webhooks, and for one that is no http or
/// https URL.
[[nodiscard]] WSFERRY_API std::string configurationMessage(const Configuration& configuration);

enum class EgressFormat { events, raw };

/// What sendAudio() does when the queue is full.
enum class WhenFull {
  block,      ///< It completes when the audio has a place in the queue.
  reject,     ///< It completes with Errc::queueFull, and the audio is not taken.
  dropOldest  ///< Audio that waits longest is dropped for it.
};

/// What audio without a header is.
struct RawAudio {
  std::string encoding;  ///< linear16, mulaw, alaw, flac, opus
  unsigned sampleRate = 0;
  unsigned channels = 0;

  /// How much a second of it takes; 0 for what cannot be told, as of a compressed encoding.
  std::size_t bytesPerSecond() const {
    const std::size_t samples = std::size_t{sampleRate} * channels;
    return encoding == "linear16" ? 2 * samples
                                  : (encoding == "mulaw" || encoding == "alaw" ? samples : 0);
  }
};

/// How to run one stream. The defaults are the protocol's (section 12). What has no value is not
/// sent: nothing goes into the URL that was not asked for.
struct StreamOptions {
  WSFERRY_API StreamOptions();

  /// With the profile's keep-alive and limits; a limit that it has none of is ten years.
  WSFERRY_API explicit StreamOptions(Profile profile);

  Profile profile;
  /// Its path and query are kept as given. Default: the profile's. Where that has a sessionRequest:
  /// an http or https URL is for the request, in place of the profile's; a ws or wss URL has come
  /// of such a request, and none is made.
  std::string baseUrl;
  std::string templateId;  ///< Required where the profile has a parameter for it.
  std::string streamId;    ///< Empty: the server makes one.
  Credentials credentials;

  /// Performs the profile's sessionRequest; required where there is one to make.
  /// WebSocketOptions::connectTimeout bounds it. The URL that comes has to be wss, or ws and this
  /// machine's. The further headers of `connection` go with this request then, and to no other URL.
  std::shared_ptr<UrlProvider> urlProvider;

  /// Timeouts, TLS, proxy, further headers, the largest incoming message (here 16 MiB), the wait
  /// for the transport's part of a close. bearerToken and subprotocols are the credentials' here:
  /// Errc::invalidOption if they are set.
  WebSocketOptions connection;

  std::string language;              ///< As the gateway names it. Empty: its default.
  std::optional<RawAudio> rawAudio;  ///< What the audio is, where no header in it says so.

  std::optional<bool> egress;   ///< False: the socket carries no results.
  std::optional<bool> persist;  ///< True: the server keeps results for some hours.
  std::vector<Patch> patches;   ///< In the URL, with `+`, `-` and `\` escaped.
  /// Webhooks in the URL: `webhook`, `webhook.stream` and the like, and an http or https URL. Not
  /// together with webhooks in the configuration message.
  std::vector<std::pair<std::string, std::string>> webhooks;
  std::vector<std::pair<std::string, std::string>>
      query;  ///< Anything else; order and repeats kept.

  /// The first message, in place of the profile's: JSON text of one object, announced in the URL
  /// when and only when there is one. With a sessionRequest that request's body.
  /// @see configurationMessage()
  std::string configuration;

  EgressFormat format = EgressFormat::events;
  /// The query parameter that carries the format, `EVENTS` or `RAW`. Its name is not published:
  /// needed for raw; for events the format is sent only if there is one.
  std::string formatParameter;

  KeepAliveMode keepAlive = KeepAliveMode::ping;
  Duration keepAliveInterval{5'000};  ///< Below inactivityLimit, or StreamEvents::onWarning tells.
  Duration pongTimeout{10'000};       ///< A ping not answered for so long ends the stream as lost.
                                      ///< 0: it does not.
  Duration inactivityLimit{10'000};   ///< The server's, to tell why a stream was lost.
  Duration idleLimit{1'800'000};      ///< The server's, for a client that sends only keep-alive.
  Duration idleWarning{1'500'000};    ///< onWarning after so long without anything else. 0: none.
  /// The network takes nothing of what waits for so long, or the server acknowledges nothing of
  /// Profile::acknowledgementWindow: lost.
  Duration sendTimeout{30'000};

  /// Holds audio until the server announces the stream; not without egress, where it is not known
  /// whether a server does (protocol section 9.2).
  bool waitForMetadata = true;
  Duration metadataTimeout{10'000};
  Duration drainTimeout{1'800'000};  ///< From finish(), and again from our end of stream, to the
                                     ///< server's.
  /// Without egress, from our end of stream: silence is success where the server has answered a
  /// ping sent behind the end, or keepAlive sends none.
  Duration uploadTimeout{5'000};
  Duration closeTimeout{5'000};  ///< From the server's last word to its close frame.

  std::size_t sendQueueBytes = std::size_t{4}
                               << 20;  ///< Audio that waits; an empty queue takes any.
  WhenFull whenFull = WhenFull::block;

  /// Results wait for Stream::readResult(), and are no events: onResponse, onPartial and onFinal
  /// have to be empty. Those of EgressFormat::raw stay events.
  bool pullResults = false;

  /// Events and results that the program has not taken yet; beyond it nothing is read from the
  /// socket, so that the server is held back. Default 16 MiB.
  std::size_t eventQueueBytes = std::size_t{16} << 20;
};

}  // namespace wsferry::gateway
