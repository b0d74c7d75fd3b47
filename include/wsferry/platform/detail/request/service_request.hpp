#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "wsferry/core/detail/request/request_headers.hpp"
#include "wsferry/core/detail/text/query_string.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/gateway/detail/request/credentials_placement.hpp"
#include "wsferry/gateway/detail/request/refuse_option.hpp"
#include "wsferry/http/client_options.hpp"
#include "wsferry/http/request.hpp"

namespace wsferry::platform {

/// A request to one of the platform's services, and its secret parts.
struct ServiceRequest {
  http::Request request;
  std::vector<std::string> secrets;
};

/// With the credentials in their place (stream-gateway protocol section 3.1). An empty secret is
/// not known yet: the request is then only good for checking. @throws Error with
/// Errc::invalidOption, invalidUrl, plaintextCredentials.
inline ServiceRequest makeServiceRequest(const std::string& url, QueryParameters query,
                                         const gateway::Credentials& credentials,
                                         const http::ClientOptions& options,
                                         const std::string& secret) {
  if (credentials.placement == gateway::Credentials::Placement::subprotocol) {
    gateway::refuse("credentials.placement",
                    "There are no subprotocols by HTTP: place credentials elsewhere");
  }
  if (!options.bearerToken.empty()) {
    gateway::refuse("connection",
                    "The connection has a bearer token of its own; it is part of the credentials");
  }
  WebSocketOptions shown;
  static_cast<ConnectionOptions&>(shown) = options;
  gateway::placeCredentials(gateway::Profile(), credentials, secret, shown, query);
  ServiceRequest made;
  made.request.url = Url::parse(appendQuery(url, query));
  if (made.request.url.scheme != "http" && made.request.url.scheme != "https") {
    throw Error(Errc::invalidUrl,
                made.request.url.display() + ": the platform's services have https URLs");
  }
  ConnectionOptions guarded = shown;
  if (credentials.kind != gateway::Credentials::Kind::none) {
    guarded.secrets.emplace_back("a secret");
  }
  requireGuardedCredentials(made.request.url, guarded);
  made.secrets = secretsOf(made.request.url, shown);
  // The client itself adds those of the options.
  made.request.headers.assign(
      shown.headers.begin() + static_cast<std::ptrdiff_t>(options.headers.size()),
      shown.headers.end());
  return made;
}

}  // namespace wsferry::platform
