// Another vendor's gateway, by a profile alone: its first message carries the key, an empty message
// ends the audio, and a flag in a result ends the results (protocol section 13).
#include <memory>
#include <string>
#include <utility>

#include "catch.hpp"
#include "support/other_vendor_profile.hpp"
#include "support/stream_recorder.hpp"
#include "testing/gateway/gateway_log.hpp"
#include "testing/server/json_members.hpp"
#include "testing/server/websocket_server.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::testing;

namespace {

using gateway::Outcome;
using gateway::Stream;
using gateway::StreamOptions;

/// One connection of such a gateway.
class OtherSession final : public WebSocketSession {
 public:
  OtherSession(GatewayLog& log, WebSocketPeer& peer) : log_(log), peer_(peer) {}

  void onMessage(MessageType type, std::string payload) override {
    log_.change([&](auto& log) { log.received.push_back({type, payload}); });
    if (!configured_) {
      configured_ = true;
      if (type != MessageType::text || jsonStringMember(jsonMembers(payload), "api_key") != "key") {
        text(R"({"tokens":[],"error_code":401,"error_message":"Invalid API key"})");
        peer_.close(1000, "");
      }
    } else if (type == MessageType::binary && payload.empty()) {
      text(R"({"tokens":[],"total_audio_proc_ms":20,"finished":true})");
      peer_.close(1000, "");
    } else if (type == MessageType::binary) {
      text(R"({"tokens":[{"text":"word","is_final":true}],"finished":false})");
    }
  }

 private:
  void text(std::string_view payload) { peer_.send(MessageType::text, payload); }

  GatewayLog& log_;
  WebSocketPeer& peer_;
  bool configured_ = false;
};

class OtherGateway {
 public:
  std::string url() const { return "ws://127.0.0.1:" + std::to_string(server_.port()) + "/listen"; }
  GatewayServerLog log() const { return log_.read(); }
  bool waitUntil(const std::function<bool(const GatewayServerLog&)>& condition) const {
    return log_.waitUntil(condition, patience);
  }

 private:
  GatewayLog log_;
  WebSocketServer server_{{}, [this](const HttpRequest& request, WebSocketPeer& peer) {
                            log_.change([&](auto& log) { log.targets.push_back(request.target); });
                            return std::make_shared<OtherSession>(log_, peer);
                          }};
};

StreamOptions optionsFor(const OtherGateway& gateway, const std::string& key) {
  StreamOptions options;
  options.profile = otherVendorProfile();
  options.baseUrl = gateway.url();
  options.configuration = R"({"api_key":")" + key + R"(","model":"m"})";
  return options;
}

}  // namespace

TEST_CASE("another vendor's gateway is served by its profile") {
  const OtherGateway gateway;
  StreamOptions options = optionsFor(gateway, "key");
  options.keepAlive = gateway::KeepAliveMode::message;
  options.keepAliveInterval = Duration(20);
  StreamRecorder recorder;
  Stream stream(options, recorder.events());
  stream.connect();
  CHECK(gateway.waitUntil([](const GatewayServerLog& log) { return log.received.size() >= 3; }));
  stream.sendAudio("first");
  stream.sendAudio("second");
  const auto verdict = stream.finish();
  CHECK(verdict.outcome == Outcome::complete);
  CHECK(verdict.audioBytesSent == 11);
  const auto record = recorder.record();
  REQUIRE_FALSE(record.responses.empty());
  CHECK(record.responses[0].json.find(R"("text":"word")") != std::string::npos);
  CHECK(record.notMessages.empty());

  const auto log = gateway.log();
  CHECK(log.targets == std::vector<std::string>{"/listen"});
  CHECK(log.received.front().payload == options.configuration);
  CHECK(log.received[1].payload == options.profile.keepAliveMessage);
  CHECK(log.received.back().type == MessageType::binary);
  CHECK(log.received.back().payload.empty());
}

TEST_CASE("another vendor's error fails the stream") {
  const OtherGateway gateway;
  StreamRecorder recorder;
  Stream stream(optionsFor(gateway, "wrong"), recorder.events());
  CHECK(transcribe(stream, 100).outcome == Outcome::failed);
  CHECK(recorder.verdict().response.json.find("Invalid API key") != std::string::npos);
}

TEST_CASE("what another vendor has no name for is refused") {
  const OtherGateway gateway;
  StreamOptions options = optionsFor(gateway, "key");
  SECTION("a template") {
    options.templateId = "t";
  }
  SECTION("a stream's id") {
    options.streamId = "00000000-0000-4000-8000-00000000000a";
  }
  SECTION("egress") {
    options.egress = false;
  }
  SECTION("persistence") {
    options.persist = true;
  }
  StreamRecorder recorder;
  CHECK(errorOf([&] { Stream(options, recorder.events()); }) == Errc::invalidOption);
}
