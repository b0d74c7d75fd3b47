#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/message_type.hpp"

namespace wsferry::testing {

/// What a gateway server does at one moment of a stream, in place of what it should.
struct GatewayFault {
  enum class Moment {
    upgrade,           ///< In place of the 101; close is disconnect then, silence is freeze, and
                       ///< endOfStream nothing.
    metadata,          ///< In place of the stream's metadata.
    audio,             ///< Once afterBytes of audio have come, before the results of it.
    endOfStream,       ///< When the client's end of stream has come, before the last results.
    serverEndOfStream  ///< After the server's, in place of its close frame.
  };
  enum class Kind {
    none,
    error,  ///< An ERROR message with `error`, and a close frame; at the upgrade, an HTTP answer
            ///< with `httpStatus` and `error` (or `httpBody`) as its body.
    close,  ///< A close frame with closeCode.
    reset,  ///< The TCP connection is reset.
    disconnect,  ///< The TCP connection ends without a close frame.
    silence,     ///< Nothing more is said, pings apart.
    freeze,      ///< Nothing more is read or answered, pings included.
    endOfStream  ///< The server ends the stream by itself, as after the client's end. Nothing
                 ///< new after that.
  };
  Moment moment = Moment::upgrade;
  Kind kind = Kind::none;
  std::uint64_t afterBytes = 0;
  std::uint16_t closeCode = 1000;  ///< One that may be sent: not 1005, 1006 and the like.
  /// An ErrorResponse (protocol section 6.7) as JSON text.
  std::string error =
      R"({"statusCode":500,"title":"Stream failed","message":"played by the testing server",)"
      R"("internalErrorName":"PROCESSOR_GENERAL_ERROR","nestedErrors":[]})";
  int httpStatus = 401;
  std::string httpBody;  ///< In place of `error`, sent as HTML.
};

struct GatewayServerOptions {
  std::uint16_t port = 0;  ///< 0 picks a free one.
  std::string address = "127.0.0.1";

  // Who is let in (protocol section 3), whichever way it is shown; others get a 401 with an
  // ErrorResponse. With all of them empty everybody is.
  std::string clientId = "testing-id";
  std::string clientSecret = "testing-secret";
  std::string apiKey = "testing-key";  ///< As given behind `Basic `.
  std::string bearerToken = "testing-token";
  /// The subprotocol to answer with: one that was offered, or another as a fault. Empty: none.
  std::string subprotocol;

  /// The query parameter that carries the egress format. Its real name is not published.
  std::string formatParameter = "format";

  // Limits, as in protocol section 8; the connection ends without a close frame.
  Duration inactivityLimit{10'000};
  Duration idleLimit{1'800'000};

  /// A second of audio: a final result for each, and for the rest at the end; a partial one for
  /// each audio message between them, unless the format is raw or the client does not keep up.
  /// Default 32,000: 16 kHz mono.
  std::uint64_t bytesPerResult = 32'000;
  Duration metadataDelay{0};
  Duration drainDelay{0};          ///< From the client's end of stream to the server's.
  Duration resultDelay{0};         ///< Before each result.
  unsigned fragments = 1;          ///< Messages go out in so many frames, with pings between them.
  bool integerTimestamps = false;  ///< publishTimestamp as microseconds; else as a date-time.
  bool nullMembers = false;        ///< What a result can do without is null; else it is there.
  /// Texts sent before each result, such as a KEEP_ALIVE or what no client knows.
  std::vector<std::string> extraMessages;
  /// With egress off: what follows the client's end of stream.
  enum class UploadEnd { endOfStream, close, silence };
  UploadEnd uploadEnd = UploadEnd::close;
  GatewayFault fault;

  bool logMessages = true;  ///< Keep what clients send, for log(). Off for a server that runs long.
};

/// What a gateway server saw, for a test to look at.
struct GatewayServerLog {
  struct Message {
    MessageType type = MessageType::text;
    std::string payload;
  };
  std::vector<Message> received;     ///< Of all clients, in order.
  std::vector<std::string> targets;  ///< Path and query of every upgrade, also refused ones.
  std::uint64_t audioBytes = 0;
  unsigned connections = 0;
  unsigned openConnections = 0;
  unsigned pings = 0;
  unsigned keepAlives = 0;      ///< KEEP_ALIVE messages.
  unsigned results = 0;         ///< Results sent.
  unsigned errors = 0;          ///< ERROR messages sent.
  unsigned completed = 0;       ///< Streams whose client ended them and got all that it should.
  unsigned disconnected = 0;    ///< Streams that their client's connection ended.
  unsigned timedOut = 0;        ///< Streams that a limit ended.
  unsigned closesAnswered = 0;  ///< Close frames of the server that the client answered.
};

/// A streaming gateway on this machine, which answers audio with made-up transcriptions: for tests
/// of this library and of programs that use it. Written from the protocol's description, not from
/// the client. Runs on a thread of its own; destruction ends it. A client that does not read what
/// it is sent gets no further results meanwhile: what is queued for it is bounded.
class GatewayServer {
 public:
  /// @throws Error when the address is none or cannot be listened on, or when a text or a close
  /// code in the options cannot be sent.
  explicit GatewayServer(GatewayServerOptions options = {});
  ~GatewayServer();

  std::uint16_t port() const;
  std::string url() const;  ///< ws://127.0.0.1:PORT/ws-gateway/api/v1/
  GatewayServerLog log() const;

  /// Blocks until the condition holds, or the limit passes; says which. The condition is asked at
  /// every change and must not call the server.
  [[nodiscard]] bool waitUntil(const std::function<bool(const GatewayServerLog&)>& condition,
                               Duration limit) const;

  /// The same for: no connection is open.
  [[nodiscard]] bool waitUntilIdle(Duration limit) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::testing
