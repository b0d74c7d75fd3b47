#pragma once

#include <system_error>

#include "wsferry/http/client_options.hpp"
#include "wsferry/http/detail/client/public_address.hpp"
#include "wsferry/http/detail/files/file_address.hpp"
#include "wsferry/http/request.hpp"
#include "wsferry/http/response.hpp"

namespace wsferry::http {

/// How files are fetched, of a server that is reached with `connection`: without credentials in
/// headers, as these go with the requests to the server itself.
inline ClientOptions fileClientOptions(const ClientOptions& connection) {
  ClientOptions client = connection;
  client.bearerToken.clear();
  client.headers.clear();
  client.http2 = false;  // Connections of their own are what a long way needs.
  return client;
}

/// Whether the server of the files is taken for one in a public network, by what it answered:
/// unless it is known to be in none.
inline bool countsAsPublic(const Url& server, const ClientOptions& connection,
                           const std::error_code& error, const ResponseHead& head) {
  if (!connection.proxy.empty()) {  // It alone knows the addresses of names.
    return !isPrivateHost(server);
  }
  return error || head.isPublicPeer;
}

/// The request for a file. `isServerPublic`: the server is in a public network, so that the files
/// that it names elsewhere have to be, too, but for the host that the user gave.
inline Request fileRequest(const FileAddress& address, const ClientOptions& connection,
                           bool isServerPublic) {
  Request request;
  request.url = address.url;
  request.headers = {{"Accept-Encoding", "identity"}};
  if (address.isServers) {
    request.headers.insert(request.headers.end(), connection.headers.begin(),
                           connection.headers.end());
  } else {
    request.withoutCredentials = true;  // Of the client there is the certificate.
    request.allowPrivateAddress = address.isGiven || !isServerPublic;
  }
  return request;
}

}  // namespace wsferry::http
