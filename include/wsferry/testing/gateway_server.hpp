#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/transport.hpp"

namespace wsferry::testing {

/// What a gateway server does at one moment of a stream, in place of what it should.
struct GatewayFault {
  enum class Moment {
    upgrade,           ///< In place of the 101.
    metadata,          ///< In place of the stream's metadata.
    audio,             ///< Once afterBytes of audio have come.
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
    endOfStream  ///< The server ends the stream by itself, as after the client's end.
  };
  Moment moment = Moment::upgrade;
  Kind kind = Kind::none;
  std::uint64_t afterBytes = 0;
  std::uint16_t closeCode = 1000;
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

  // Limits, as in protocol section 8; the connection ends without a close frame.
  Duration inactivityLimit{10'000};
  Duration idleLimit{1'800'000};

  /// A final result per so many bytes of audio, and a partial one per audio message between them.
  /// Default 32,000: a second of 16 kHz mono.
  std::uint64_t bytesPerResult = 32'000;
  Duration metadataDelay{0};
  Duration drainDelay{0};   ///< From the client's end of stream to the server's.
  Duration resultDelay{0};  ///< Before each result.
  unsigned fragments = 1;   ///< Text messages go out in so many frames, with a ping between them.
  bool integerTimestamps = false;  ///< publishTimestamp as microseconds; else as a date-time.
  bool nullMembers = false;        ///< Optional members are null; else they are left out.
  /// Sent before each result, as they are, such as a KEEP_ALIVE or what no client knows.
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
  std::vector<std::string> targets;  ///< Path and query of every upgrade.
  std::uint64_t audioBytes = 0;
  unsigned connections = 0;
  unsigned openConnections = 0;
  unsigned pings = 0;
  unsigned keepAlives = 0;      ///< KEEP_ALIVE messages.
  unsigned completed = 0;       ///< Streams whose end of stream was answered.
  unsigned disconnected = 0;    ///< Streams that ended with the client's connection.
  unsigned timedOut = 0;        ///< Streams that a limit ended.
  unsigned closesAnswered = 0;  ///< Close frames of the server that the client answered.
};

/// A streaming gateway on this machine, which answers audio with made-up transcriptions: for tests
/// of this library and of programs that use it. Written from the protocol's description, not from
/// the client. Runs on a thread of its own; destruction ends it.
class GatewayServer {
 public:
  /// @throws Error when the address is none or cannot be listened on.
  explicit GatewayServer(GatewayServerOptions options = {});
  ~GatewayServer();

  std::uint16_t port() const;
  std::string url() const;  ///< ws://127.0.0.1:PORT/ws-gateway/api/v1/
  GatewayServerLog log() const;

  /// Blocks until no connection is open, or the limit passes; says which.
  bool waitUntilIdle(Duration limit) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::testing
