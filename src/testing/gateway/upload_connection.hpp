#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "testing/gateway/gateway_log.hpp"
#include "testing/gateway/stream_store.hpp"
#include "testing/server/websocket_session.hpp"
#include "wsferry/testing/gateway_server.hpp"

namespace wsferry::testing {

inline constexpr std::string_view uploadPath = "/http-gateway/api/v1/upload";

bool isUploadRequest(const HttpRequest& request);

/// The stream that an upload becomes, with results as a gateway makes them of audio. It may outlive
/// the connection.
class UploadedStream {
 public:
  UploadedStream(const GatewayServerOptions& options, const RequestedStream& settings,
                 StreamStore& store)
      : options_(options), store_(store), kept_(store.begin(settings)) {}

  const KeptStream& kept() const { return *kept_; }
  void take(std::uint64_t bytes);

  /// The results that are left, and the end; nothing for a stream that has ended.
  void finish();
  void fail() { store_.end(*kept_, "FAILED"); }

 private:
  void makeResults(bool isEnd);

  const GatewayServerOptions& options_;
  StreamStore& store_;
  const std::shared_ptr<KeptStream> kept_;
  std::uint64_t bytes_ = 0;
  std::uint64_t finals_ = 0;
};

/// One upload to the HTTP Gateway (protocol section 9.5): its body becomes a stream of the store.
/// Not thread-safe.
class UploadConnection final : public HttpSession {
 public:
  /// `options`, `store`, `log` and `peer` outlive it; `fault` is what this one does wrong.
  UploadConnection(const GatewayServerOptions& options, const UploadFault& fault,
                   RequestedStream settings, StreamStore& store, GatewayLog& log,
                   WebSocketPeer& peer)
      : options_(options),
        fault_(fault),
        settings_(std::move(settings)),
        store_(store),
        log_(log),
        peer_(peer) {}
  ~UploadConnection() override;
  UploadConnection(const UploadConnection&) = delete;
  UploadConnection& operator=(const UploadConnection&) = delete;

  void onOpen() override {}
  void onBody(std::string_view bytes) override;
  void onBodyEnd() override;

 private:
  void begin();
  void playFault();
  void answer(std::string_view response);

  const GatewayServerOptions& options_;
  const UploadFault fault_;
  const RequestedStream settings_;
  StreamStore& store_;
  GatewayLog& log_;
  WebSocketPeer& peer_;
  std::shared_ptr<UploadedStream> stream_;
  std::uint64_t bytes_ = 0;
  bool isOver_ = false;
};

std::string tooLongAnswer();

/// The answer to an upload with a fault that is an answer; else empty.
std::string faultyUploadAnswer(const UploadFault& fault);

}  // namespace wsferry::testing
