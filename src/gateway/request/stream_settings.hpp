#pragma once

#include "gateway/session/line_watch.hpp"
#include "gateway/session/verdict_rule.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway {

/// What a stream needs of its options while it runs: less than they are, as there may be many.
struct StreamSettings {
  Profile profile;
  VerdictRules rules;
  LineWatch::Options line;
  EgressFormat format = EgressFormat::events;
  bool awaitsMetadata = true;
  Duration metadataTimeout{0};
  Duration drainTimeout{0};
  Duration uploadTimeout{0};
  Duration closeTimeout{0};
};

/// @throws Error with Errc::invalidOption for a time limit without meaning.
StreamSettings makeStreamSettings(const StreamOptions& options);

}  // namespace wsferry::gateway
