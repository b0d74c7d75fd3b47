#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "wsferry/core/detail/text/query_string.hpp"
#include "wsferry/gateway/detail/request/refuse_option.hpp"
#include "wsferry/platform/detail/request/service_request.hpp"
#include "wsferry/platform/egress_options.hpp"

namespace wsferry::platform {

/// The request that continues from `positions` (stream-gateway protocol section 9.4). An empty
/// secret is not known yet: the request is then only good for checking. @throws Error with
/// Errc::invalidOption, invalidUrl, plaintextCredentials.
ServiceRequest makeEgressRequest(const EgressOptions& options, const std::string& secret,
                                 const std::vector<EgressPosition>& positions);

namespace detail {

inline void requireEgressOptions(const EgressOptions& options) {
  using gateway::refuse;
  if (options.streams.empty() == options.group.empty()) {
    refuse("streams", "Give the ids of streams to read, or the id of a group");
  }
  const auto isEmpty = [](const std::string& text) { return text.empty(); };
  if (std::any_of(options.streams.begin(), options.streams.end(), isEmpty)) {
    refuse("streams", "The id of a stream is empty");
  }
  for (const EgressPosition& position : options.resume) {
    if (position.sinkTopicName.empty() || position.messageId.empty()) {
      refuse("resume", "A position to resume from lacks its topic or its message id");
    }
  }
  if (options.count == 0) {
    refuse("count", "No results are wanted: give a count of 1 or more, or none");
  }
  const bool isRaw = options.format == gateway::EgressFormat::raw;
  if (isRaw && (options.count || !options.resume.empty())) {
    refuse("format", "Raw results cannot be counted or resumed: leave out count and resume");
  }
  if (options.longestLine == 0) {
    refuse("longestLine", "The longest line has no bytes");
  }
}

inline QueryParameters egressParameters(const EgressOptions& options,
                                        const std::vector<EgressPosition>& positions) {
  QueryParameters query;
  const auto flag = [&query](const char* name, bool isSet) {
    if (isSet) {
      query.emplace_back(name, "true");
    }
  };
  for (const std::string& stream : options.streams) {
    query.emplace_back("streams", stream);
  }
  if (!options.group.empty()) {
    query.emplace_back("group", options.group);
  }
  // A service that resumes may also count repeated results.
  if (options.count && positions.empty()) {
    query.emplace_back("count", std::to_string(*options.count));
  }
  for (const std::string& tag : options.tags) {
    query.emplace_back("tags", tag);
  }
  if (options.matchTags) {
    query.emplace_back("matchTags", *options.matchTags == TagMatch::all ? "ALL" : "ANY");
  }
  if (options.format == gateway::EgressFormat::raw) {
    query.emplace_back("format", "RAW");
  }
  if (options.finalOnly) {
    query.emplace_back("acceptFrameType", "final");
  }
  if (options.timeout) {
    query.emplace_back("timeout", std::to_string(options.timeout->count()));
  }
  flag("omitPayload", options.omitPayload);
  flag("excludeNoPayload", options.excludeNoPayload);
  for (const EgressPosition& position : positions) {
    query.emplace_back("resume", position.sinkTopicName + "=" + position.messageId);
  }
  query.insert(query.end(), options.query.begin(), options.query.end());
  return query;
}

}  // namespace detail

inline ServiceRequest makeEgressRequest(const EgressOptions& options, const std::string& secret,
                                        const std::vector<EgressPosition>& positions) {
  detail::requireEgressOptions(options);
  ServiceRequest made =
      makeServiceRequest(options.url, detail::egressParameters(options, positions),
                         options.credentials, options.connection, secret);
  made.request.headers.emplace_back("Accept", options.format == gateway::EgressFormat::raw
                                                  ? "application/octet-stream"
                                                  : "application/x-ndjson");
  return made;
}

}  // namespace wsferry::platform
