#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/message_type.hpp"
#include "wsferry/export.hpp"

namespace wsferry::testing {

/// What a gateway server does wrong at one moment of a stream.
struct GatewayFault {
  enum class Moment {
    upgrade,           ///< Instead of the 101; close then means disconnect, silence means freeze,
                       ///< and endOfStream nothing.
    metadata,          ///< Instead of the stream's metadata.
    audio,             ///< Once afterBytes of audio have arrived, before its results.
    endOfStream,       ///< When the client's end of stream has come, before the last results.
    serverEndOfStream  ///< After the server's own, instead of its close frame.
  };
  enum class Kind {
    none,
    error,  ///< An ERROR message with `error`, and a close frame; at the upgrade, an HTTP answer
            ///< with `httpStatus` and `error` (or `httpBody`) as its body.
    close,  ///< A close frame with closeCode.
    reset,  ///< The TCP connection is reset.
    disconnect,  ///< The TCP connection ends without a close frame.
    silence,     ///< Nothing more is sent, except pongs.
    freeze,      ///< Nothing more is read or answered, pings included.
    endOfStream  ///< The server ends the stream by itself, as after the client's end. Nothing new
                 ///< follows.
  };
  Moment moment = Moment::upgrade;
  Kind kind = Kind::none;
  unsigned times = 0;  ///< For the first so many upgrades; 0: for all.
  std::uint64_t afterBytes = 0;
  std::uint16_t closeCode = 1000;  ///< A code that may be sent: not 1005, 1006 and the like.
  /// An ErrorResponse (protocol section 6.7) as JSON text.
  std::string error =
      R"({"statusCode":500,"title":"Stream failed","message":"played by the testing server",)"
      R"("internalErrorName":"PROCESSOR_GENERAL_ERROR","nestedErrors":[]})";
  int httpStatus = 401;
  std::string httpBody;  ///< Instead of `error`, sent as HTML.
};

/// What the token endpoint does wrong (protocol section 3.3).
struct TokenFault {
  enum class Kind {
    none,
    refusal,    ///< `httpStatus`, with `error` as an endpoint's JSON.
    html,       ///< `httpStatus` and a page of HTML.
    answer,     ///< 200 and `answer`.
    silence,    ///< Nothing, forever.
    disconnect  ///< The TCP connection ends.
  };
  Kind kind = Kind::none;
  int httpStatus = 400;
  std::string error = R"({"error":"invalid_client","error_description":"Played by the server"})";
  std::string answer = "{}";
};

/// What an answer of the Egress Service does wrong (protocol section 9.4).
struct EgressFault {
  enum class Kind {
    none,
    refusal,      ///< `httpStatus` and `error`.
    html,         ///< 200 and a page of HTML.
    cut,          ///< The connection ends in the middle of a line.
    reset,        ///< It is reset.
    silence,      ///< Nothing more comes.
    unmarkedEnd,  ///< The answer ends with the connection.
    repeat,       ///< `resume` is ignored: the results start again.
    badLine,      ///< `line`.
    longLine      ///< A line of `lineBytes`.
  };
  Kind kind = Kind::none;
  std::uint64_t afterResults = 0;  ///< Of the answer; for faults within it.
  unsigned times = 1;              ///< For the first so many requests; 0: for all.
  int httpStatus = 503;
  std::string error = R"({"statusCode":503,"title":"Busy","message":"played by the server"})";
  std::string line = "<html>";
  std::size_t lineBytes = 20'000'000;
};

/// What the HTTP Gateway does wrong (protocol section 9.5).
struct UploadFault {
  enum class Kind {
    none,
    refusal,     ///< `httpStatus` and `error`.
    html,        ///< 200 and a page of HTML.
    answer,      ///< 200 and `answer`, which is not a stream.
    disconnect,  ///< The TCP connection ends.
    reset,       ///< It is reset.
    silence,     ///< Nothing is answered.
    freeze       ///< Nothing more is read or answered.
  };
  Kind kind = Kind::none;
  std::uint64_t afterBytes = 0;  ///< Of the body; 0: at its head, before the server asks for the
                                 ///< body. A shorter body has no fault.
  unsigned times = 0;            ///< For the first so many requests; 0: for all.
  int httpStatus = 503;
  std::string error = R"({"statusCode":503,"title":"Busy","message":"played by the server"})";
  std::string answer = "{}";
};

struct GatewayServerOptions {
  std::uint16_t port = 0;  ///< 0 picks a free one.
  std::string address = "127.0.0.1";

  // Accepted credentials (protocol section 3), whichever way they are sent; others get a 401 with
  // an ErrorResponse. If all are empty, everybody is accepted.
  std::string clientId = "testing-id";
  std::string clientSecret = "testing-secret";
  std::string apiKey = "testing-key";  ///< As given after `Basic `.
  std::string bearerToken = "testing-token";
  /// The token endpoint issues bearerToken to the client with this id and secret, with this
  /// lifetime. The token remains valid afterwards.
  Duration tokenLifetime{600'000};
  TokenFault tokenFault;
  EgressFault egressFault;
  UploadFault uploadFault;
  /// A longer upload is refused with 413, by its Content-Length or when this much has arrived.
  /// Default: no limit.
  std::uint64_t longestUpload = UINT64_MAX;
  /// The state that uploaded streams end with: COMPLETED, or FAILED and the like as a fault.
  std::string uploadState = "COMPLETED";
  /// The subprotocol to answer with: an offered one, or another as a fault. Empty: none.
  std::string subprotocol;

  /// The query parameter that carries the egress format. Its real name is not published.
  std::string formatParameter = "format";

  // Limits, as in protocol section 8; the connection ends without a close frame.
  Duration inactivityLimit{10'000};
  Duration idleLimit{1'800'000};

  /// The bytes of a second of audio: each gets a final result, and so does the rest at the end;
  /// each audio message between gets a partial one, unless the format is raw or the client does not
  /// keep up. Default 32,000: 16 kHz mono.
  std::uint64_t bytesPerResult = 32'000;
  Duration metadataDelay{0};
  Duration drainDelay{0};   ///< From the client's end of stream to the server's; for an upload,
                            ///< from the answer to the last result.
  Duration resultDelay{0};  ///< Before each result.
  unsigned fragments = 1;   ///< Messages go out in this many frames, with pings between them.
  bool integerTimestamps = false;  ///< publishTimestamp as microseconds; otherwise as a date-time.
  bool nullMembers = false;        ///< Optional members of a result are null; otherwise they are
                                   ///< present.
  /// Texts sent before each result, such as a KEEP_ALIVE or an unknown message.
  std::vector<std::string> extraMessages;
  /// With egress off: what follows the client's end of stream.
  enum class UploadEnd { endOfStream, close, silence };
  UploadEnd uploadEnd = UploadEnd::close;
  GatewayFault fault;

  bool logMessages = true;  ///< Keep what clients send, for log(). Switch off for a server that
                            ///< runs for long.
};

/// What a gateway server saw, for a test to inspect.
struct GatewayServerLog {
  struct Message {
    MessageType type = MessageType::text;
    std::string payload;
  };
  std::vector<Message> received;           ///< Of all clients, in order.
  std::vector<std::string> targets;        ///< Path and query of every upgrade, including refused
                                           ///< ones.
  unsigned tokenRequests = 0;              ///< To the token endpoint, including refused ones.
  std::vector<std::string> egressTargets;  ///< The same for requests to the Egress Service.
  unsigned egressRequests = 0;
  unsigned egressResults = 0;              ///< Results that it sent, to all readers.
  std::vector<std::string> uploadTargets;  ///< The same for requests to the HTTP Gateway.
  unsigned uploads = 0;                    ///< Made into streams.
  std::uint64_t uploadBytes = 0;           ///< Of all bodies.
  std::vector<std::string> cancelled;      ///< Ids of streams that the Stream Service cancelled.
  std::uint64_t audioBytes = 0;
  unsigned connections = 0;
  unsigned openConnections = 0;
  unsigned pings = 0;
  unsigned keepAlives = 0;      ///< KEEP_ALIVE messages.
  unsigned results = 0;         ///< Results sent.
  unsigned errors = 0;          ///< ERROR messages sent.
  unsigned completed = 0;       ///< Streams that their client ended and that got everything they
                                ///< should.
  unsigned disconnected = 0;    ///< Streams that their client's connection ended.
  unsigned timedOut = 0;        ///< Streams that a limit ended.
  unsigned closesAnswered = 0;  ///< Close frames of the server that the client answered.
};

/// A streaming gateway on this machine, which answers audio with made-up transcriptions: for tests
/// of this library and of programs that use it. Written from the protocol's description, not from
/// the client. Runs on a thread of its own; destruction ends it. A client that does not read gets
/// no further results meanwhile: its queue is bounded.
class WSFERRY_API GatewayServer {
 public:
  /// @throws Error if the address is not valid or cannot be listened on, or if a text or a close
  /// code in the options cannot be sent.
  explicit GatewayServer(GatewayServerOptions options = {});
  ~GatewayServer();

  std::uint16_t port() const;
  std::string url() const;  ///< ws://127.0.0.1:PORT/ws-gateway/api/v1/
  /// The URL of the Egress Service, at the same port. It has the results of the last 100 streams,
  /// including those without egress, for any number of readers, however long the real one keeps
  /// them.
  std::string egressUrl() const;
  std::string tokenUrl() const;  ///< Of the token endpoint, at the same port.
  /// The URL of the HTTP Gateway, at the same port: an upload becomes a stream, whose results the
  /// Egress Service has.
  std::string uploadUrl() const;
  /// The URL of the Stream Service, at the same port: it gives the state of these streams, and
  /// cancels them.
  std::string streamServiceUrl() const;
  GatewayServerLog log() const;

  /// Blocks until the condition holds, or the limit passes; returns which. The condition is checked
  /// at every change and must not call the server.
  [[nodiscard]] bool waitUntil(const std::function<bool(const GatewayServerLog&)>& condition,
                               Duration limit) const;

  /// The same for the condition that no connection is open.
  [[nodiscard]] bool waitUntilIdle(Duration limit) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::testing
