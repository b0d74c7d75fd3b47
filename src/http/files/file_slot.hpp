#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/files/file_fetcher.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/http/detail/files/fetch_retry.hpp"

namespace wsferry::http {

/// A file on its way, over all attempts.
struct FileFetcher::Slot {
  /// Up to here a file is handed out only as a whole.
  static constexpr std::uint64_t wholeSize = std::uint64_t{1} << 20;
  static constexpr const char* notTried = "not tried";  ///< A kind of mismatch.

  Slot(MediaFile of, const asio::any_io_executor& executor)
      : file(std::move(of)), pause(executor) {}

  MediaFile file;
  std::string server;  ///< That is asked for it.
  asio::steady_timer pause;
  std::optional<Exchange> exchange;
  unsigned attempt = 0;  ///< The one under way: what comes of an earlier one is old.
  FetchRetry retry;
  std::uint64_t furthest = 0;  ///< The most that was ever received.
  std::uint64_t toSkip = 0;    ///< Of this attempt, as an earlier one brought it.
  TimePoint asked;             ///< When this attempt was begun, and
  TimePoint answered;          ///< when the head of its answer had come.
  std::string version;         ///< What tells the file from another one at its place.
  bool isOpen = false;         ///< The body of this attempt may be read.
  bool isReading = false;
  bool isRefused = false;  ///< The server had no time for the last attempt, or wants to have peace.

  // Under the mutex.
  std::uint64_t received = 0;         ///< Of the file, over all attempts.
  std::optional<std::uint64_t> size;  ///< Known with the head.
  std::string lastModified;           ///< Likewise.
  std::deque<std::string> blocks;
  std::size_t buffered = 0;
  bool hasBegun = false;  ///< Handed out.
  bool isDone = false;
  std::string failed;   ///< Why the last attempt did; for a person.
  bool isHeld = false;  ///< Its server wants to be asked later.
  std::optional<FileMismatch> mismatch;

  /// By a file's entity tag, or the time of its last change, one is told from another of its size.
  static std::string versionOf(const ResponseHead& head) {
    const std::string_view tag = head.header("ETag");
    const bool isWeak = tag.empty() || startsWith(tag, "W/");  // Such versions may differ in bytes.
    return std::string(isWeak ? head.header("Last-Modified") : tag);
  }

  /// Whether an answer is known to be of the same file as the attempts before.
  bool isSame(const ResponseHead& head) const {
    return !version.empty() && version == versionOf(head);
  }

  /// Whether an answer goes on where the last attempt ended.
  bool resumes(const ResponseHead& head) const {
    const std::string wanted = "bytes " + std::to_string(received) + "-" +
                               std::to_string(*size - 1) + "/" + std::to_string(*size);
    return head.status == 206 && head.header("Content-Range") == wanted && isSame(head);
  }

  /// What is waited for, and why.
  std::string waitingText(const std::string& howLong) const {
    const std::string came =
        size ? std::to_string(received) + " of its " + std::to_string(*size) + " bytes have arrived"
             : "no answer has arrived";
    return file.name + " by HTTP, for " + howLong + ": " + came +
           (isHeld ? "; the server wants to be asked later" : "") +
           (failed.empty() ? "" : "; it is requested again, because an attempt failed: " + failed);
  }
};

}  // namespace wsferry::http
