#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/websocket_options.hpp"
#include "wsferry/gateway/profile.hpp"

namespace wsferry {

template <class... Args>
class Completion;

}  // namespace wsferry

namespace wsferry::gateway {

/// Who the client is (protocol section 3.1), and where that is shown.
struct Credentials {
  enum class Kind {
    none,
    basic,      ///< `Basic ` and the base64 of `id:secret`.
    apiKey,     ///< `Basic ` and the key as given: it is not encoded again.
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

  enum class Placement {
    header,       ///< Authorization, or the two headers.
    subprotocol,  ///< Entries of Sec-WebSocket-Protocol (protocol section 3.2).
    query         ///< `access_token`; for basic `client_id` and `client_secret`.
  };
  Placement placement = Placement::header;

  /// For Placement::subprotocol, as no form of it is published: entries with the placeholders
  /// `{scheme}` (Basic or Bearer) and `{token}` (what follows it in an Authorization header). There
  /// is no default. @see WebSocketOptions::rawSubprotocols
  std::vector<std::string> subprotocols;
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

Patch setPatch(std::string path, std::string value);
Patch addPatch(std::string path, std::string value);
Patch removePatch(std::string path);

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
std::string configurationMessage(const Configuration& configuration);

enum class KeepAliveMode {
  ping,     ///< WebSocket pings.
  message,  ///< Profile::keepAliveMessage. A dead link is noticed only by what cannot be sent.
  both,
  off
};

enum class EgressFormat { events, raw };

/// What sendAudio() does when the queue is full.
enum class WhenFull {
  block,      ///< It completes when the audio has a place in the queue.
  reject,     ///< It completes with Errc::queueFull, and the audio is not taken.
  dropOldest  ///< Audio that waits longest is dropped for it.
};

/// How to run one stream. The defaults are the protocol's (section 12). What has no value is not
/// sent: nothing goes into the URL that was not asked for.
struct StreamOptions {
  StreamOptions();

  Profile profile;
  std::string baseUrl;     ///< Its path and query are kept as given. Default: the profile's.
  std::string templateId;  ///< Required where the profile has a parameter for it.
  std::string streamId;    ///< Empty: the server makes one.
  Credentials credentials;

  /// Timeouts, TLS, proxy, further headers, the largest incoming message (here 16 MiB), the wait
  /// for the transport's part of a close. bearerToken and subprotocols are the credentials' here:
  /// Errc::invalidOption if they are set.
  WebSocketOptions connection;

  std::optional<bool> egress;   ///< False: the socket carries no results.
  std::optional<bool> persist;  ///< True: the server keeps results for some hours.
  std::vector<Patch> patches;   ///< In the URL, with `+`, `-` and `\` escaped.
  /// Webhooks in the URL: `webhook`, `webhook.stream` and the like, and an http or https URL. Not
  /// together with webhooks in the configuration message.
  std::vector<std::pair<std::string, std::string>> webhooks;
  std::vector<std::pair<std::string, std::string>>
      query;  ///< Anything else; order and repeats kept.

  /// The first message: JSON text of one object, announced in the URL when and only when there is
  /// one. @see configurationMessage()
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
  Duration sendTimeout{30'000};  ///< The network takes nothing of what waits for so long: lost.

  /// Holds audio until the server announces the stream; not without egress, where it is not known
  /// whether a server does (protocol section 9.2).
  bool waitForMetadata = true;
  Duration metadataTimeout{10'000};
  Duration drainTimeout{1'800'000};  ///< From finish(), and again from our end of stream, to the
                                     ///< server's.
  Duration uploadTimeout{5'000};     ///< The same without egress: silence for so long is success.
  Duration closeTimeout{5'000};      ///< From the server's last word to its close frame.

  std::size_t sendQueueBytes = std::size_t{4}
                               << 20;  ///< Audio that waits; an empty queue takes any.
  WhenFull whenFull = WhenFull::block;

  /// Events that the program has not taken yet; beyond it nothing is read from the socket, so that
  /// the server is held back. Default 16 MiB.
  std::size_t eventQueueBytes = std::size_t{16} << 20;
};

}  // namespace wsferry::gateway
