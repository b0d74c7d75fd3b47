#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/whole_number.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry {

/// Reads an HTTP/1.x response from bytes as they come, without I/O: the head, and the start of the
/// body for a message to the user.
class HttpResponse {
 public:
  enum class State { head, body, complete, invalid };

  static constexpr std::size_t maxHeadSize = std::size_t{15} << 10;
  static constexpr std::size_t maxBodySize = std::size_t{64} << 10;

  HttpResponse() = default;
  /// @param toConnect whether CONNECT is answered, where a 2xx has no body (RFC 9110, 9.3.6).
  explicit HttpResponse(bool toConnect) : toConnect_(toConnect) {}

  /// Returns what was not consumed: bytes after the response's end. Interim answers (100, 103) are
  /// skipped.
  std::string_view feed(std::string_view bytes);

  /// Nothing more comes: the peer has ended its stream, or time has run out. Completes a body.
  void feedEnd();

  State state() const { return state_; }

  /// It is not known to be complete: in its head, if that is `invalid`, or in its body, if more was
  /// announced or consumed, or its length is unknown.
  bool isCut() const { return isCut_; }

  /// No byte of a response has come.
  bool isEmpty() const { return head_.empty(); }

  /// The head as received, to its empty line, or what came if it is `invalid`; once state() is past
  /// `head`.
  const std::string& head() const { return head_; }
  /// If the head is `invalid`, 0 or what its first line says.
  int status() const { return status_; }
  /// Whether it is HTTP/1.0, which has no upgrades.
  bool isVersion10() const { return head_.compare(0, 8, "HTTP/1.0") == 0; }
  /// The status line's words without the `secrets`, made printable: `404 Not Found`.
  std::string statusText(const std::vector<std::string>& secrets) const;
  const std::vector<std::pair<std::string, std::string>>& headers() const { return headers_; }
  /// The first header of that name, whatever its case; empty if there is none.
  std::string_view header(std::string_view name) const;
  /// What came of the body so far, transfer coding removed, at most maxBodySize bytes.
  const std::string& body() const { return body_; }

 private:
  bool parseHead();
  bool parseStatusLine(std::string_view line);
  void beginBody();
  void endBody();
  std::string_view feedHead(std::string_view bytes);
  std::string_view feedBody(std::string_view bytes);
  void feedChunked(std::string_view bytes);
  void appendBody(std::string_view bytes);

  enum class Framing { length, chunked, untilEnd };

  bool toConnect_ = false;
  State state_ = State::head;
  bool isCut_ = false;
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

/// What is known about a refusal, without credentials: cookies are left out, and any of the
/// `secrets` that the peer repeats is blanked.
void describeAnswer(const HttpResponse& answer, const std::vector<std::string>& secrets,
                    ErrorInfo& info);

/// An answer's headers as they may be shown: without `secrets`, the password of a redirect, and
/// sessions, which are credentials too.
std::vector<std::pair<std::string, std::string>> shownHeaders(
    const std::vector<std::pair<std::string, std::string>>& headers,
    const std::vector<std::string>& secrets);

/// Whether this begins what a TLS server says to a client that does not speak TLS.
bool isTlsAlert(std::string_view bytes);

/// When to try again, in words to follow "Try again", by a Retry-After header's value; `later`
/// where that is empty.
std::string retryTime(std::string_view retryAfter);

/// The first header of that name that describeAnswer() has kept, whatever its case; empty if none.
std::string_view headerOf(const ErrorInfo& info, std::string_view name);

namespace detail {

inline constexpr std::string_view headEnd = "\r\n\r\n";
inline constexpr std::string_view protocol = "HTTP/1.";

using Headers = std::vector<std::pair<std::string, std::string>>;

inline std::string_view find(const Headers& headers, std::string_view name) {
  const auto found = std::find_if(headers.begin(), headers.end(), [name](const auto& header) {
    return equalsIgnoringCase(header.first, name);
  });
  return found != headers.end() ? std::string_view(found->second) : std::string_view();
}

}  // namespace detail

inline bool isTlsAlert(std::string_view bytes) {
  constexpr std::string_view alertOfVersion3 = "\x15\x03";
  return bytes.substr(0, 2) == alertOfVersion3;
}

inline std::string retryTime(std::string_view retryAfter) {
  const std::string value = printable(retryAfter, 100);
  if (value.empty()) {
    return "later";
  }
  const bool isNumber = value.find_first_not_of("0123456789") == std::string::npos;
  return isNumber ? "in " + value + " s" : "after " + value;
}

inline std::string_view headerOf(const ErrorInfo& info, std::string_view name) {
  return detail::find(info.httpHeaders, name);
}

inline std::vector<std::pair<std::string, std::string>> shownHeaders(
    const detail::Headers& headers, const std::vector<std::string>& secrets) {
  detail::Headers shown;
  for (const auto& [name, value] : headers) {
    if (equalsIgnoringCase(name, "Location")) {
      shown.emplace_back(name, blankSecrets(withoutUserInfo(value), secrets));
    } else if (!equalsIgnoringCase(name, "Set-Cookie")) {
      shown.emplace_back(name, blankSecrets(value, secrets));
    }
  }
  return shown;
}

inline void describeAnswer(const HttpResponse& answer, const std::vector<std::string>& secrets,
                           ErrorInfo& info) {
  info.httpStatus = answer.status();
  info.httpHeaders = shownHeaders(answer.headers(), secrets);
  info.httpBody = answer.isCut() ? blankSecretsInStart(answer.body(), secrets)
                                 : blankSecrets(answer.body(), secrets);
}

inline std::string_view HttpResponse::feed(std::string_view bytes) {
  switch (state_) {
    case State::head:
      return feedHead(bytes);
    case State::body:
      return feedBody(bytes);
    case State::complete:
    case State::invalid:
      break;
  }
  return bytes;
}

inline void HttpResponse::feedEnd() {
  if (state_ == State::head) {
    state_ = State::invalid;
    isCut_ = true;
  } else if (state_ == State::body) {
    endBody();
  }
}

// Before the end that was announced.
inline void HttpResponse::endBody() {
  state_ = State::complete;
  isCut_ = true;
}

inline std::string_view HttpResponse::feedHead(std::string_view bytes) {
  const std::size_t before = head_.size();
  head_.append(bytes.substr(0, maxHeadSize + 1 - std::min(before, maxHeadSize)));
  const std::size_t known = std::min(head_.size(), detail::protocol.size());
  if (head_.compare(0, known, detail::protocol, 0, known) != 0) {
    state_ = State::invalid;
    return {};
  }
  const auto end = head_.find(detail::headEnd, before < 3 ? 0 : before - 3);
  if (end == std::string::npos) {
    if (head_.size() > maxHeadSize) {
      state_ = State::invalid;
      parseStatusLine(std::string_view(head_).substr(0, head_.find("\r\n")));
    }
    return {};
  }
  head_.resize(end + detail::headEnd.size());
  bytes.remove_prefix(head_.size() - before);
  if (!parseHead()) {
    state_ = State::invalid;
    return {};
  }
  if (status_ >= 100 && status_ < 200 && status_ != 101) {
    head_.clear();
    headers_.clear();
    status_ = 0;
    return bytes.empty() ? bytes : feedHead(bytes);
  }
  beginBody();
  return state_ == State::body ? feedBody(bytes) : bytes;
}

inline bool HttpResponse::parseHead() {
  std::string_view rest = head_;
  const auto nextLine = [&rest] {
    const auto end = rest.find("\r\n");
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    return line;
  };
  if (!parseStatusLine(nextLine())) {
    return false;
  }
  for (auto line = nextLine(); !line.empty(); line = nextLine()) {
    const auto colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos) {
      return false;
    }
    headers_.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  }
  return true;
}

// `HTTP/1.1 404 Not Found`; the words may be missing.
inline bool HttpResponse::parseStatusLine(std::string_view line) {
  constexpr std::size_t statusAt = 9;
  if (line.size() < statusAt + 3 || line[statusAt - 2] < '0' || line[statusAt - 2] > '9' ||
      line[statusAt - 1] != ' ' || (line.size() > statusAt + 3 && line[statusAt + 3] != ' ')) {
    return false;
  }
  const char* const digits = line.data() + statusAt;
  const auto [end, error] = std::from_chars(digits, digits + 3, status_);
  if (error != std::errc() || end != digits + 3 || status_ < 100) {
    status_ = 0;
    return false;
  }
  reason_ = trimmed(line.substr(statusAt + 3));
  return true;
}

inline void HttpResponse::beginBody() {
  state_ = State::body;
  if (status_ < 200 || status_ == 204 || status_ == 304 || (toConnect_ && status_ < 300)) {
    state_ = State::complete;
    return;
  }
  if (equalsIgnoringCase(header("Transfer-Encoding"), "chunked")) {
    framing_ = Framing::chunked;
    return;
  }
  if (const auto length = wholeNumber(header("Content-Length"))) {
    bodyLeft_ = *length;
    framing_ = Framing::length;
    if (bodyLeft_ == 0) {
      state_ = State::complete;
    }
  }
}

inline std::string_view HttpResponse::feedBody(std::string_view bytes) {
  if (framing_ == Framing::chunked) {
    feedChunked(bytes);
    return {};
  }
  std::size_t taken = bytes.size();
  if (framing_ == Framing::length) {
    taken = static_cast<std::size_t>(std::min<std::uint64_t>(taken, bodyLeft_));
    bodyLeft_ -= taken;
    if (bodyLeft_ == 0) {
      state_ = State::complete;
    }
  }
  appendBody(bytes.substr(0, taken));
  return bytes.substr(taken);
}

inline void HttpResponse::feedChunked(std::string_view bytes) {
  while (!bytes.empty() && state_ == State::body) {
    if (bodyLeft_ > 0) {
      const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), bodyLeft_));
      appendBody(bytes.substr(0, taken));
      bytes.remove_prefix(taken);
      bodyLeft_ -= taken;
      chunkEnd_ = bodyLeft_ == 0;
      continue;
    }
    const char c = bytes.front();
    bytes.remove_prefix(1);
    if (c != '\n') {
      chunkLine_ += c;
      // A line of that length is not a chunk size: what arrived so far must suffice.
      if (chunkLine_.size() > 100) {
        endBody();
      }
      continue;
    }
    if (!chunkEnd_) {
      const char* const end = chunkLine_.data() + chunkLine_.size();
      const auto parsed = std::from_chars(chunkLine_.data(), end, bodyLeft_, 16);
      if (parsed.ec != std::errc()) {
        endBody();
      } else if (bodyLeft_ == 0) {
        state_ = State::complete;
      }
    }
    chunkEnd_ = false;
    chunkLine_.clear();
  }
}

inline void HttpResponse::appendBody(std::string_view bytes) {
  const std::size_t room = maxBodySize - body_.size();
  body_.append(bytes.substr(0, room));
  // The rest would only be discarded.
  if (bytes.size() > room || (bytes.size() == room && state_ == State::body)) {
    endBody();
  }
}

inline std::string_view HttpResponse::header(std::string_view name) const {
  return detail::find(headers_, name);
}

inline std::string HttpResponse::statusText(const std::vector<std::string>& secrets) const {
  const std::string words = printable(blankSecrets(reason_, secrets), 100);
  return words.empty() ? std::to_string(status_) : std::to_string(status_) + " " + words;
}

}  // namespace wsferry
