#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "wsferry/gateway/stream.hpp"
#include "wsferry/testing/scripted_transport.hpp"

namespace support {

using namespace wsferry;
using namespace wsferry::gateway;

constexpr const char* metadataMessage =
    R"({"type":"STREAM_METADATA","stream":{"streamId":"s-1","state":"READY"}})";
constexpr const char* endMessage = R"({"type":"END_OF_STREAM"})";
constexpr const char* keepAliveMessage = R"({"type":"KEEP_ALIVE"})";

inline std::string errorMessage(const std::string& name = "PROCESSOR_GENERAL_ERROR",
                                int status = 500) {
  return R"({"type":"ERROR","error":{"statusCode":)" + std::to_string(status) +
         R"(,"title":"Stream failed","message":"the reason","internalErrorName":")" + name +
         R"("}})";
}

/// A result of `processor` on `channel`.
inline std::string resultMessage(const std::string& frameType, const std::string& text,
                                 int channel = 0, const std::string& processor = "p") {
  return R"({"type":"RESPONSE","response":{"messageId":"m","frameType":")" + frameType +
         R"(","processorId":")" + processor + R"(","payloadSchema":"a.TranscriptionResponseDto",)" +
         R"("payload":{"transcription":")" + text + R"(","channel":)" + std::to_string(channel) +
         "}}}";
}

inline std::string responseMessage(const std::string& id) {
  return R"({"type":"RESPONSE","response":{"messageId":")" + id + R"(","frameType":"final"}})";
}

/// What one call completed with, and how often.
template <class... Args>
struct Call {
  int completions = 0;
  std::tuple<Args...> result;

  auto handler() {
    return [this](Args... args) {
      ++completions;
      result = std::tuple<Args...>(std::move(args)...);
    };
  }
};
using ConnectCall = Call<std::error_code, ErrorInfo>;
using SendCall = Call<std::error_code>;
using FinishCall = Call<Verdict>;

/// A stream over a scripted transport: the test plays the server, and moves the time.
struct StreamFixture {
  asio::io_context context;
  std::shared_ptr<testing::ScriptedTransport> peer =
      std::make_shared<testing::ScriptedTransport>(context);
  StreamOptions options;
  StreamEvents handlers;
  std::vector<std::string> events;  ///< All of them, in order.
  std::vector<Verdict> verdicts;
  ConnectCall connected;
  std::optional<Stream> stream;

  StreamFixture() {
    options.templateId = "template";
    handlers.onMetadata = [this](const StreamMetadata& value) {
      events.push_back("metadata " + value.streamId);
    };
    handlers.onResponse = [this](const Response& value) {
      events.push_back("response " + value.messageId);
    };
    handlers.onBinary = [this](std::string_view value) { note("binary", value); };
    handlers.onRawText = [this](std::string_view value) { note("raw", value); };
    handlers.onUnknown = [this](std::string_view value) { note("unknown", value); };
    handlers.onProtocolError = [this](std::string_view problem, std::string_view text) {
      note(problem.empty() ? "no problem" : "problem", text);
    };
    handlers.onWarning = [this](StreamWarning warning, std::string_view) {
      events.push_back(warning == StreamWarning::idle ? "idle" : "keep-alive too slow");
    };
    handlers.onVerdict = [this](const Verdict& value) {
      events.push_back("verdict");
      verdicts.push_back(value);
    };
  }

  void note(std::string_view what, std::string_view text) {
    events.push_back(std::string(what) + " " + std::string(text));
  }

  Stream& make() { return stream.emplace(peer, options, handlers); }

  /// A stream that is connected and waits for its metadata, if it does.
  Stream& connect() {
    make().connect(connected.handler());
    peer->run();
    return *stream;
  }

  /// A stream that audio flows on.
  Stream& open() {
    connect();
    if (stream->state() == StreamState::awaitingMetadata) {
      peer->receive(metadataMessage);
    }
    return *stream;
  }

  void send(const std::string& bytes) {
    stream->sendAudio(bytes, sent.handler());
    peer->run();
  }

  /// Our end of stream is sent.
  void finish() {
    stream->finish(finished.handler());
    peer->run();
  }

  void closeByPeer(std::uint16_t code = 1000) {
    ErrorInfo info;
    info.closeCode = code;
    info.message = "The server closed the connection";
    peer->lose(Errc::connectionClosed, std::move(info));
  }

  void loseConnection() {
    ErrorInfo info;
    info.message = "The connection was lost";
    peer->lose(Errc::connectionLost, std::move(info));
  }

  /// The one verdict; fails where there is none, or more.
  const Verdict& verdict() {
    peer->run();
    if (verdicts.size() != 1) {
      throw std::logic_error(std::to_string(verdicts.size()) + " verdicts");
    }
    return verdicts.front();
  }

  std::error_code sendResult() const { return std::get<0>(sent.result); }
  const Verdict& finishResult() const { return std::get<0>(finished.result); }
  std::error_code connectResult() const { return std::get<0>(connected.result); }

  SendCall sent;
  FinishCall finished;
};

}  // namespace support
