#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "testing/gateway/gateway_messages.hpp"
#include "testing/gateway/gateway_request.hpp"

namespace wsferry::testing {

/// A stream as its readers see it.
struct KeptStream {
  RequestedStream settings;
  std::deque<MadeUpResult> results;
  std::uint64_t forgotten = 0;  ///< Results before those.
  bool hasEnded = false;
  std::string state = "READY";
};

/// The results of streams, for the readers of the Egress Service; the latest streams, and of each
/// the latest results. Of one thread, but for close().
class StreamStore {
 public:
  std::shared_ptr<KeptStream> begin(const RequestedStream& settings) {
    if (streams_.size() == mostStreams) {
      streams_.pop_front();
    }
    streams_.push_back(std::make_shared<KeptStream>());
    streams_.back()->settings = settings;
    return streams_.back();
  }

  void add(KeptStream& stream, const MadeUpResult& result) {
    if (stream.results.size() == mostResults) {
      stream.results.pop_front();
      ++stream.forgotten;
    }
    stream.results.push_back(result);
    tell();
  }

  void end(KeptStream& stream, const std::string& state = "COMPLETED") {
    if (!stream.hasEnded) {
      stream.hasEnded = true;
      stream.state = state;
      tell();
    }
  }

  /// The latest with this id; null without one.
  std::shared_ptr<KeptStream> findOne(std::string_view id) const {
    const auto found = std::find_if(streams_.rbegin(), streams_.rend(), [id](const auto& kept) {
      return kept->settings.streamId == id;
    });
    return found == streams_.rend() ? nullptr : *found;
  }

  /// The streams with these ids, or of this group; of an id that came again the latest.
  std::vector<std::shared_ptr<const KeptStream>> find(const std::vector<std::string>& ids,
                                                      std::string_view group) const {
    std::vector<std::shared_ptr<const KeptStream>> found;
    for (const std::string& id : ids) {
      if (auto stream = findOne(id)) {
        found.push_back(std::move(stream));
      }
    }
    for (const auto& kept : streams_) {
      if (!group.empty() && kept->settings.groupId == group) {
        found.push_back(kept);
      }
    }
    return found;
  }

  /// `told` is called with every change, as long as `owner` lives.
  void listen(std::weak_ptr<void> owner, std::function<void()> told) {
    listeners_.emplace_back(std::move(owner), std::move(told));
  }

  /// Nobody is told any more: what listens goes, and its executor.
  void close() { isClosed_ = true; }

 private:
  static constexpr std::size_t mostStreams = 100;
  static constexpr std::size_t mostResults = 100'000;

  void tell() {
    if (isClosed_) {
      return;
    }
    listeners_.erase(std::remove_if(listeners_.begin(), listeners_.end(),
                                    [](const auto& listener) { return listener.first.expired(); }),
                     listeners_.end());
    for (const auto& listener : listeners_) {
      listener.second();
    }
  }

  std::atomic<bool> isClosed_{false};
  std::deque<std::shared_ptr<KeptStream>> streams_;
  std::vector<std::pair<std::weak_ptr<void>, std::function<void()>>> listeners_;
};

}  // namespace wsferry::testing
