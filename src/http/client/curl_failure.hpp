#pragma once

#include <curl/curl.h>

#include <string>
#include <system_error>
#include <utility>

#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::http {

/// What is known where libcurl ends a transfer.
struct TransferEnd {
  CURLcode result = CURLE_OK;
  std::string words;      ///< libcurl's own.
  long verifyResult = 0;  ///< OpenSSL's, of the certificate.
  Url url;
  std::string proxy;  ///< Its `host:port`; empty for none.
  bool isConnected = false;
  bool hasHead = false;  ///< Of the response.
  std::uint64_t bodyBytes = 0;
};

/// The failure that it means.
std::pair<std::error_code, ErrorInfo> describeFailure(const TransferEnd& end);

}  // namespace wsferry::http
