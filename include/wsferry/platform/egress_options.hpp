#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/export.hpp"
#include "wsferry/gateway/stream_options.hpp"
#include "wsferry/http/client_options.hpp"

namespace wsferry::platform {

/// The platform's own Egress Service (stream-gateway protocol section 9.4).
inline constexpr const char* defaultEgressUrl =
    "https://egress-service.vatis.tech/egress-service/api/v1/egress/live";

/// A reader's position in one topic: the last result that it has.
struct EgressPosition {
  std::string sinkTopicName;
  std::string messageId;
};

/// Whether a processor must have all of the tags, or any.
enum class TagMatch { all, any };

/// What to read from the Egress Service. Options without a value are not sent.
struct EgressOptions {
  WSFERRY_API EgressOptions();

  std::string url = defaultEgressUrl;

  /// As for a stream; Placement::subprotocol is Errc::invalidOption. Providers are asked once for
  /// each connection, within ClientOptions::connectTimeout.
  gateway::Credentials credentials;

  /// How to reach the service. bearerToken must be empty, because it belongs to the credentials:
  /// Errc::invalidOption. A result may take long: stallTimeout is 30 min by default.
  http::ClientOptions connection;

  std::vector<std::string> streams;  ///< Ids of streams; these, or
  std::string group;                 ///< the id of a group. One of both is required.

  std::optional<std::uint64_t> count;  ///< End after this many results.
  std::vector<std::string> tags;  ///< Of the processors to read; the service's default is main.
  std::optional<TagMatch> matchTags;
  gateway::EgressFormat format = gateway::EgressFormat::events;
  bool finalOnly = false;  ///< No partial results.
  /// The service's own parameter `timeout`, in milliseconds.
  std::optional<Duration> timeout;
  bool omitPayload = false;                                ///< Results without their payload.
  bool excludeNoPayload = false;                           ///< No results that have none.
  std::vector<EgressPosition> resume;                      ///< Positions of an earlier reader.
  std::vector<std::pair<std::string, std::string>> query;  ///< Anything else.

  /// A longer line is not kept, but reported. Default 16 MiB.
  std::size_t longestLine = std::size_t{16} << 20;

  /// Reading is given up after this many connections in a row without a new result. Default 5.
  unsigned retries = 5;
  Duration firstPause{500};       ///< Before the first of them; doubled for each further one,
  Duration longestPause{30'000};  ///< up to this, and to what Retry-After asks for.
};

}  // namespace wsferry::platform
