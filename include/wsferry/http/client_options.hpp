#pragma once

#include <cstddef>
#include <cstdint>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/connection_options.hpp"

namespace wsferry::http {

/// How to reach servers by HTTP. A proxy is asked for a tunnel for https URLs; it forwards plain
/// http.
struct ClientOptions : ConnectionOptions {
  /// From the last byte sent of a request to the complete head of its response, or an interim
  /// answer. Default 60 s.
  Duration responseTimeout{60'000};

  /// How long a body, the request's or the response's, may stall while it is wanted. Default 30 s.
  Duration stallTimeout{30'000};

  /// Bytes of a response's body that must arrive within `stallTimeout`: fewer count as a stall.
  /// Default 1; more sets a minimum speed.
  std::uint64_t stallBytes = 1;

  /// Connections to one host at a time; further exchanges wait for one, which counts as connecting.
  /// Default 8.
  unsigned connectionsPerHost = 8;

  /// Redirects that one GET or HEAD follows; other methods follow none. Default 5. A redirect goes
  /// to an https URL, or stays with the server; credentials stay with the server; and a server in
  /// a public network cannot redirect into a private one. Any other is
  /// HttpErrc::redirectRefused.
  unsigned redirectLimit = 5;

  /// A longer body ends Client::fetch() with Errc::messageTooBig. Default 16 MiB.
  std::size_t bodyLimit = std::size_t{16} << 20;

  /// Bytes of a body that may wait for Exchange::read(); beyond that nothing is read from the
  /// socket. Default 256 KiB.
  std::size_t readAhead = std::size_t{256} << 10;

  /// Lets an https server choose HTTP/2, in which exchanges share one connection. Default true.
  bool http2 = true;
};

}  // namespace wsferry::http
