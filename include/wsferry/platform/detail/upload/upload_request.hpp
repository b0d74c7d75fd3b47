#pragma once

#include <algorithm>
#include <string>

#include "wsferry/core/detail/text/query_string.hpp"
#include "wsferry/gateway/detail/request/refuse_option.hpp"
#include "wsferry/gateway/detail/request/stream_query.hpp"
#include "wsferry/platform/detail/request/service_request.hpp"
#include "wsferry/platform/upload_options.hpp"

namespace wsferry::platform {

namespace detail {

// Parameters for which an upload has an option but a stream has not.
inline void addUploadParameter(const char* name, const std::string& value,
                               const QueryParameters& inUrl, QueryParameters& query) {
  const auto isSame = [name](const auto& other) { return percentDecode(other.first) == name; };
  const auto isWritten = [name](const auto& other) { return other.first == name; };
  if (value.empty()) {
    return;
  }
  if (std::any_of(inUrl.begin(), inUrl.end(), isSame) ||
      std::any_of(query.begin(), query.end(), isWritten)) {
    gateway::refuse("query", std::string("The query parameter \"") + name +
                                 "\" is given as well as its option: leave one out");
  }
  query.emplace_back(name, value);
}

inline QueryParameters uploadParameters(const UploadOptions& options) {
  gateway::StreamOptions stream;
  stream.baseUrl = options.url;
  stream.credentials = options.credentials;
  stream.templateId = options.templateId;
  stream.streamId = options.streamId;
  stream.persist = options.persist;
  stream.patches = options.patches;
  stream.query = options.query;
  const QueryParameters inUrl = queryOf(options.url);
  addUploadParameter("groupId", options.groupId, inUrl, stream.query);
  addUploadParameter("name", options.name, inUrl, stream.query);
  return gateway::makeStreamQuery(stream);
}

}  // namespace detail

/// The request of an upload (stream-gateway protocol section 9.5), whose body is streamed. An empty
/// secret is not known yet: the request is then only good for checking. @throws Error with
/// Errc::invalidOption, invalidUrl, plaintextCredentials.
inline ServiceRequest makeUploadRequest(const UploadOptions& options, const std::string& secret) {
  if (options.templateId.empty()) {
    gateway::refuse("templateId", "A template is needed: the id of the one for the stream to run");
  }
  ServiceRequest made = makeServiceRequest(options.url, detail::uploadParameters(options),
                                           options.credentials, options.connection, secret);
  made.request.method = "POST";
  made.request.streamsBody = true;
  made.request.bodySize = options.size;
  made.request.headers.emplace_back("Accept", "application/json");
  if (!options.contentType.empty()) {
    made.request.headers.emplace_back("Content-Type", options.contentType);
  }
  return made;
}

}  // namespace wsferry::platform
