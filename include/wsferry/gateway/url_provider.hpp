#pragma once

#include <asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"

namespace wsferry {

template <class... Args>
class Completion;

}  // namespace wsferry

namespace wsferry::gateway {

/// A SessionRequest with everything filled in.
struct UrlRequest {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;                  ///< JSON; empty: there is none.
  std::vector<std::string> secrets;  ///< Not to be repeated anywhere.
};

/// Performs the requests whose answers hold the URLs of streams (Profile::sessionRequest), for any
/// number of them: for StreamOptions::urlProvider. platform::HttpUrlProvider is one. Called on
/// executors of the streams, several at a time; may not block.
class WSFERRY_API UrlProvider {
 public:
  virtual ~UrlProvider() = default;

  /// Completes, from any thread, with the body of a successful answer; otherwise with the error and
  /// everything known about it, including an answer's status and body. Destroying the returned
  /// object abandons the request. `strand` is the stream's, for implementations that want to run
  /// there.
  [[nodiscard]] virtual std::shared_ptr<void> requestUrl(
      const asio::any_io_executor& strand, UrlRequest request,
      Completion<std::error_code, ErrorInfo, std::string> completion) = 0;
};

}  // namespace wsferry::gateway
