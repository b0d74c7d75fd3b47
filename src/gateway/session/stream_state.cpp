#include "wsferry/gateway/stream_state.hpp"

namespace wsferry::gateway {

std::string_view toString(StreamState value) noexcept {
  switch (value) {
    case StreamState::idle:
      return "idle";
    case StreamState::connecting:
      return "connecting";
    case StreamState::awaitingMetadata:
      return "awaiting metadata";
    case StreamState::streaming:
      return "streaming";
    case StreamState::draining:
      return "draining";
    case StreamState::closing:
      return "closing";
    case StreamState::closed:
      return "closed";
  }
  return "";
}

}  // namespace wsferry::gateway
