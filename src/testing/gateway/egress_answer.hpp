#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "testing/gateway/egress_query.hpp"
#include "testing/gateway/gateway_log.hpp"
#include "testing/gateway/stream_store.hpp"
#include "testing/server/websocket_session.hpp"
#include "wsferry/testing/gateway_server.hpp"

namespace wsferry::testing {

/// One answer of the Egress Service: the results of some streams, as they come, to their end. A
/// reader that does not read is not written to. Not thread-safe.
class EgressAnswer {
 public:
  /// `options`, `log` and `peer` outlive the answer; `fault` is what this one does wrong.
  EgressAnswer(const GatewayServerOptions& options, const EgressFault& fault, EgressQuery query,
               std::vector<std::shared_ptr<const KeptStream>> streams, GatewayLog& log,
               WebSocketPeer& peer);

  void onOpen();

  /// There may be more, or room for more.
  void proceed();

 private:
  struct Reading {
    std::shared_ptr<const KeptStream> stream;
    std::uint64_t next = 0;  ///< The index of the next result.
  };

  bool hasRoom() const;
  bool sendNext();
  bool sendNextOf(Reading& reading);
  void sendResult(const KeptStream& stream, const MadeUpResult& result);
  void send(std::string_view bytes);
  bool playFault();
  bool playEnd(std::string_view line);
  bool hasAllEnded() const;
  void end();

  const GatewayServerOptions& options_;
  const EgressFault fault_;
  const EgressQuery query_;
  std::vector<Reading> readings_;
  GatewayLog& log_;
  WebSocketPeer& peer_;
  std::uint64_t sent_ = 0;
  std::size_t longLineLeft_ = 0;
  bool hasPlayed_ = false;
  bool isOver_ = false;
};

}  // namespace wsferry::testing
