#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "testing/server/http_request.hpp"
#include "wsferry/core/detail/text/ascii.hpp"

namespace wsferry::testing {

/// The body of a request as it comes, by its length or in chunks (RFC 9112 section 7.1). Not
/// thread-safe.
class StreamedBody {
 public:
  explicit StreamedBody(const HttpRequest& request)
      : isChunked_(asciiLowerCase(request.header("Transfer-Encoding")) == "chunked"),
        left_(isChunked_ ? 0 : request.contentLength()) {}

  bool isWhole() const { return isChunked_ ? isEnded_ : left_ == 0; }

  /// Calls `give(piece)` for what of the bytes is content. False for chunks that are none; what
  /// comes behind the end is left.
  template <class Give>
  [[nodiscard]] bool take(std::string_view bytes, Give give) {
    while (!bytes.empty() && !isWhole()) {
      if (left_ > 0) {
        const std::string_view piece =
            bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
        left_ -= piece.size();
        bytes.remove_prefix(piece.size());
        give(piece);
        continue;
      }
      line_ += bytes.front();
      bytes.remove_prefix(1);
      if (endsWith(line_, "\r\n") && !onLine()) {
        return false;
      }
      if (line_.size() > longestLine) {
        return false;
      }
    }
    return true;
  }

 private:
  static constexpr std::size_t longestLine = 1000;

  // A size, the empty line behind a chunk, or a trailer.
  bool onLine() {
    const std::string line = line_.substr(0, line_.size() - 2);
    line_.clear();
    if (isTrailer_) {
      isEnded_ = line.empty();
      return true;
    }
    if (isBehindChunk_) {
      isBehindChunk_ = false;
      return line.empty();
    }
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), left_, 16);
    isTrailer_ = left_ == 0;
    isBehindChunk_ = left_ > 0;
    return error == std::errc() && end != line.data();
  }

  const bool isChunked_;
  std::uint64_t left_;
  std::string line_;
  bool isBehindChunk_ = false;
  bool isTrailer_ = false;
  bool isEnded_ = false;
};

}  // namespace wsferry::testing
