#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "wsferry/core/clock.hpp"
#include "wsferry/gateway/messages.hpp"

namespace wsferry::gateway {

/// The position up to which final results cover the audio: among the processors and channels that
/// have given any, the slowest one. Must be given the results in order. Not thread-safe.
class CoveredAudio {
 public:
  /// For a server that invents processors and channels.
  static constexpr std::size_t most = 64;

  void note(const Response& response) {
    if (!response.transcripts) {
      const auto said = response.isFinal() ? transcriptionOf(response) : std::nullopt;
      if (said) {
        note({response.processorId, said->channel}, said->endMilliseconds);
      }
      return;
    }
    for (const Transcript& transcript : *response.transcripts) {
      if (transcript.isFinal && transcript.endMilliseconds) {
        note({response.processorId, transcript.channel}, *transcript.endMilliseconds);
      }
    }
  }

  /// From the beginning of the stream's audio.
  Duration position() const {
    const auto last = std::min_element(
        ends_.begin(), ends_.end(),
        [](const auto& left, const auto& right) { return left.second < right.second; });
    return Duration(last == ends_.end() ? 0 : last->second);
  }

 private:
  using Key = std::pair<std::string, std::int32_t>;

  void note(Key key, std::int64_t end) {
    const auto found = ends_.find(key);
    if (found != ends_.end()) {
      found->second = std::max(found->second, end);
    } else if (ends_.size() < most) {
      ends_.emplace(std::move(key), std::max<std::int64_t>(end, 0));
    }
  }

  std::map<Key, std::int64_t> ends_;
};

}  // namespace wsferry::gateway
