#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text/ascii.hpp"
#include "core/text/printable.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry {

/// Reads an HTTP/1.x response from bytes as they come, without I/O: the head, and the start of the
/// body for a message to the user.
class HttpResponse {
 public:
  enum class State { head, body, complete, invalid };

  static constexpr std::size_t maxHeadSize = 15 * 1024;
  static constexpr std::size_t maxBodySize = 64 * 1024;

  /// Takes bytes up to the end of the head and stops there, or adds to the body. Returns what was
  /// not taken: bytes behind the head, or behind the response's end. Interim answers (100, 103) are
  /// skipped.
  std::string_view feed(std::string_view bytes);

  /// The peer has ended its stream: completes a body without a stated length.
  void feedEnd();

  State state() const { return state_; }

  /// No byte of a response has come.
  bool isEmpty() const { return head_.empty(); }

  /// The head as received, to its empty line, or what came where that is `invalid`; once state() is
  /// past `head`.
  const std::string& head() const { return head_; }
  int status() const { return status_; }
  /// Whether it is HTTP/1.0, which knows no upgrades.
  bool isVersion10() const { return head_.compare(0, 8, "HTTP/1.0") == 0; }
  /// The status line's words, made printable: `404 Not Found`.
  std::string statusText() const;
  const std::vector<std::pair<std::string, std::string>>& headers() const { return headers_; }
  /// The first header of that name, whatever its case; empty if there is none.
  std::string_view header(std::string_view name) const;
  /// What came of the body so far, transfer coding removed, at most maxBodySize bytes.
  const std::string& body() const { return body_; }

 private:
  bool parseHead();
  bool parseStatusLine(std::string_view line);
  void beginBody();
  std::string_view feedHead(std::string_view bytes);
  std::string_view feedBody(std::string_view bytes);
  void feedChunked(std::string_view bytes);
  void appendBody(std::string_view bytes);

  enum class Framing { length, chunked, untilEnd };

  State state_ = State::head;
  std::string head_;
  int status_ = 0;
  std::string reason_;
  std::vector<std::pair<std::string, std::string>> headers_;
  Framing framing_ = Framing::untilEnd;
  std::uint64_t bodyLeft_ = 0;
  std::string chunkLine_;
  bool chunkEnd_ = false;  // the line end behind a chunk's data is due
  std::string body_;
};

/// What is known of a refusal, without credentials: cookies are left out, and where the peer
/// repeats one of the `secrets` it is blanked.
void describeAnswer(const HttpResponse& answer, const std::vector<std::string>& secrets,
                    ErrorInfo& info);

/// Whether this is the beginning of what a TLS server says to somebody who does not speak TLS.
bool isTlsAlert(std::string_view bytes);

/// When to try again, in words to follow "Try again", by a Retry-After header's value; `later`
/// where that is empty.
std::string retryTime(std::string_view retryAfter);

/// The first header of that name that describeAnswer() has kept, whatever its case; empty if none.
std::string_view headerOf(const ErrorInfo& info, std::string_view name);

}  // namespace wsferry
