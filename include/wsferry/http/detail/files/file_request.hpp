#pragma once

#include <system_error>

#include "wsferry/http/client_options.hpp"
#include "wsferry/http/detail/client/public_address.hpp"
#include "wsferry/http/detail/files/file_address.hpp"
#include "wsferry/http/request.hpp"
#include "wsferry/http/response.hpp"

namespace wsferry::http {

/// How files of a server are fetched that is reached with `connection`: without credentials in
/// headers, because these go with requests to the server itself.
inline ClientOptions fileClientOptions(const ClientOptions& connection) {
  ClientOptions client = connection;
  client.bearerToken.clear();
  client.headers.clear();
  client.http2 = false;  // A long round trip needs separate connections.
  return client;
}

/// Whether the files' server counts as one in a public network, by its answer: unless it is known
/// not to be.
inline bool countsAsPublic(const Url& server, const ClientOptions& connection,
                           const std::error_code& error, const ResponseHead& head) {
  if (!connection.proxy.empty()) {  // Only the proxy knows the addresses of names.
    return !isPrivateHost(server);
  }
  return error || head.isPublicPeer;
}

/// The request for a file. `isServerPublic`: the server is in a public network, so files that it
/// names elsewhere must be as well, except on the host given by the user.
inline Request fileRequest(const FileAddress& address, const ClientOptions& connection,
                           bool isServerPublic) {
  Request request;
  request.url = address.url;
  request.headers = {{"Accept-Encoding", "identity"}};
  if (address.isServers) {
    request.headers.insert(request.headers.end(), connection.headers.begin(),
                           connection.headers.end());
  } else {
    request.withoutCredentials = true;  // Otherwise the client certificate would be sent.
    request.allowPrivateAddress = address.isGiven || !isServerPublic;
  }
  return request;
}

}  // namespace wsferry::http
