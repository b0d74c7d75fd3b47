#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/error_of.hpp"
#include "support/scripted_server.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/stream.hpp"
#include "wsferry/testing/gateway_server.hpp"

namespace support {

using namespace wsferry;
using namespace wsferry::testing;

/// What a stream told.
struct StreamRecord {
  std::vector<std::string> order;  ///< Every event's name.
  std::vector<gateway::StreamMetadata> metadata;
  std::vector<gateway::Response> responses;
  std::vector<std::string> binary;
  std::vector<std::string> rawTexts;
  std::vector<std::string> unknown;
  std::vector<std::string> notMessages;
  std::vector<gateway::StreamWarning> warnings;
  std::optional<gateway::Verdict> verdict;

  /// The text of the final transcriptions.
  std::string transcript() const {
    std::string text;
    for (const auto& response : responses) {
      const auto transcription = gateway::transcriptionOf(response);
      text += response.isFinal() && transcription ? transcription->text : "";
    }
    return text;
  }
};

/// Notes what a stream tells and lets a test wait for it. Outlives the stream.
class StreamRecorder {
 public:
  gateway::StreamEvents events() {
    gateway::StreamEvents events;
    events.onMetadata = [this](const auto& metadata) {
      note("metadata", [&](StreamRecord& record) { record.metadata.push_back(metadata); });
    };
    events.onResponse = [this](const auto& response) {
      note("response", [&](StreamRecord& record) { record.responses.push_back(response); });
    };
    events.onBinary = [this](std::string_view bytes) {
      note("binary", [&](StreamRecord& record) { record.binary.emplace_back(bytes); });
    };
    events.onRawText = [this](std::string_view text) {
      note("raw text", [&](StreamRecord& record) { record.rawTexts.emplace_back(text); });
    };
    events.onUnknown = [this](std::string_view json) {
      note("unknown", [&](StreamRecord& record) { record.unknown.emplace_back(json); });
    };
    events.onProtocolError = [this](std::string_view, std::string_view text) {
      note("protocol error", [&](StreamRecord& record) { record.notMessages.emplace_back(text); });
    };
    events.onWarning = [this](gateway::StreamWarning warning, std::string_view) {
      note("warning", [&](StreamRecord& record) { record.warnings.push_back(warning); });
    };
    events.onVerdict = [this](const auto& verdict) {
      note("verdict", [&](StreamRecord& record) { record.verdict = verdict; });
    };
    return events;
  }

  StreamRecord record() const {
    const std::lock_guard lock(mutex_);
    return record_;
  }

  bool waitUntil(const std::function<bool(const StreamRecord&)>& condition) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return condition(record_); });
  }

  /// The verdict, or a failure of the test if there is none.
  gateway::Verdict verdict() const {
    if (!waitUntil([](const StreamRecord& record) { return record.verdict.has_value(); })) {
      throw std::runtime_error("a verdict is overdue");
    }
    return *record().verdict;
  }

 private:
  template <class Change>
  void note(std::string_view name, Change change) {
    {
      const std::lock_guard lock(mutex_);
      record_.order.emplace_back(name);
      change(record_);
    }
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  StreamRecord record_;
};

/// A stream to the server, with a key that it takes.
inline gateway::StreamOptions optionsFor(const GatewayServer& server) {
  gateway::StreamOptions options;
  options.baseUrl = server.url();
  options.templateId = "template";
  options.credentials.kind = gateway::Credentials::Kind::apiKey;
  options.credentials.secret = "testing-key";
  return options;
}

/// Connects, sends audio and finishes, as far as it goes.
inline gateway::Verdict transcribe(gateway::Stream& stream, std::size_t audioBytes) {
  if (!errorOf([&] { stream.connect(); })) {
    errorOf([&] { stream.sendAudio(std::string(audioBytes, 'a')); });
  }
  return stream.finish();
}

}  // namespace support
