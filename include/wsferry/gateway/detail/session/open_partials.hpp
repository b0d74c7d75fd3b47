#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "wsferry/gateway/messages.hpp"

namespace wsferry::gateway {

/// The partial results that no final one has followed: for each processor and channel the last.
/// Must be given all results, in order. Not thread-safe.
class OpenPartials {
 public:
  /// For a server that invents processors and channels.
  static constexpr std::size_t most = 64;

  void note(Response response);

  /// Returns all of them, and forgets them.
  [[nodiscard]] std::vector<Response> take();

 private:
  std::map<std::pair<std::string, std::int32_t>, Response> open_;
};

namespace detail {

using PartialKey = std::pair<std::string, std::int32_t>;

inline PartialKey partialKeyOf(const Response& response) {
  if (response.transcripts) {
    const auto& all = *response.transcripts;
    return all.empty() ? PartialKey() : PartialKey(all.back().turn, all.back().channel);
  }
  const auto transcription = transcriptionOf(response);
  return {response.processorId, transcription ? transcription->channel : 0};
}

// Whether text of it may still change.
inline bool hasOpenText(const Response& response) {
  if (response.transcripts) {
    const auto& all = *response.transcripts;
    return !all.empty() && !all.back().isFinal && !all.back().text.empty();
  }
  if (response.frameType != "partial") {
    return false;
  }
  const auto transcription = transcriptionOf(response);
  return transcription ? !transcription->text.empty()
                       : !rawPayloadOf(response).value_or("").empty();
}

}  // namespace detail

// A final result is what became of the partial ones before it.
inline void OpenPartials::note(Response response) {
  const bool isPartial = response.frameType == "partial" || response.transcripts;
  if (!isPartial && (!response.isFinal() || open_.empty())) {
    return;
  }
  const auto key = detail::partialKeyOf(response);
  open_.erase(key);
  if (detail::hasOpenText(response) && open_.size() < most) {
    open_.emplace(key, std::move(response));
  }
}

inline std::vector<Response> OpenPartials::take() {
  std::vector<Response> partials;
  for (auto& partial : std::exchange(open_, {})) {
    partials.push_back(std::move(partial.second));
  }
  return partials;
}

}  // namespace wsferry::gateway
