#include "core/websocket/http_response.hpp"

#include <algorithm>
#include <charconv>

#include "core/text/ascii.hpp"
#include "core/text/redaction.hpp"

namespace wsferry {
namespace {

constexpr std::string_view headEnd = "\r\n\r\n";
constexpr std::string_view protocol = "HTTP/1.";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

using Headers = std::vector<std::pair<std::string, std::string>>;

std::string_view find(const Headers& headers, std::string_view name) {
  const auto found = std::find_if(headers.begin(), headers.end(), [name](const auto& header) {
    return equalsIgnoringCase(header.first, name);
  });
  return found != headers.end() ? std::string_view(found->second) : std::string_view();
}

}  // namespace

bool isTlsAlert(std::string_view bytes) {
  constexpr std::string_view alertOfVersion3 = "\x15\x03";
  return bytes.substr(0, 2) == alertOfVersion3;
}

std::string retryTime(std::string_view retryAfter) {
  const std::string value = printable(retryAfter, 100);
  if (value.empty()) {
    return "later";
  }
  const bool isNumber = value.find_first_not_of("0123456789") == std::string::npos;
  return isNumber ? "in " + value + " s" : "after " + value;
}

std::string_view headerOf(const ErrorInfo& info, std::string_view name) {
  return find(info.httpHeaders, name);
}

void describeAnswer(const HttpResponse& answer, const std::vector<std::string>& secrets,
                    ErrorInfo& info) {
  info.httpStatus = answer.status();
  for (const auto& [name, value] : answer.headers()) {
    // A session is a credential too.
    if (!equalsIgnoringCase(name, "Set-Cookie")) {
      info.httpHeaders.emplace_back(name, blankSecrets(value, secrets));
    }
  }
  info.httpBody = blankSecrets(answer.body(), secrets);
}

std::string_view HttpResponse::feed(std::string_view bytes) {
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

void HttpResponse::feedEnd() {
  if (state_ == State::head) {
    state_ = State::invalid;
  } else if (state_ == State::body) {
    state_ = State::complete;
  }
}

std::string_view HttpResponse::feedHead(std::string_view bytes) {
  const std::size_t before = head_.size();
  head_.append(bytes.substr(0, maxHeadSize + 1 - std::min(before, maxHeadSize)));
  const std::size_t known = std::min(head_.size(), protocol.size());
  if (head_.compare(0, known, protocol, 0, known) != 0) {
    state_ = State::invalid;
    return {};
  }
  const auto end = head_.find(headEnd, before < 3 ? 0 : before - 3);
  if (end == std::string::npos) {
    if (head_.size() > maxHeadSize) {
      state_ = State::invalid;
    }
    return {};
  }
  head_.resize(end + headEnd.size());
  bytes.remove_prefix(head_.size() - before);
  if (!parseHead()) {
    state_ = State::invalid;
    return {};
  }
  if (status_ >= 100 && status_ < 200 && status_ != 101) {
    head_.clear();
    headers_.clear();
    return bytes.empty() ? bytes : feedHead(bytes);
  }
  beginBody();
  return bytes;
}

bool HttpResponse::parseHead() {
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
bool HttpResponse::parseStatusLine(std::string_view line) {
  constexpr std::size_t statusAt = 9;
  if (line.size() < statusAt + 3 || line[statusAt - 2] < '0' || line[statusAt - 2] > '9' ||
      line[statusAt - 1] != ' ' || (line.size() > statusAt + 3 && line[statusAt + 3] != ' ')) {
    return false;
  }
  const char* const digits = line.data() + statusAt;
  const auto [end, error] = std::from_chars(digits, digits + 3, status_);
  if (error != std::errc() || end != digits + 3 || status_ < 100) {
    return false;
  }
  reason_ = printable(trimmed(line.substr(statusAt + 3)), 100);
  return true;
}

void HttpResponse::beginBody() {
  state_ = State::body;
  if (status_ < 200 || status_ == 204 || status_ == 304) {
    state_ = State::complete;
    return;
  }
  if (equalsIgnoringCase(header("Transfer-Encoding"), "chunked")) {
    framing_ = Framing::chunked;
    return;
  }
  const auto length = header("Content-Length");
  const auto [end, error] =
      std::from_chars(length.data(), length.data() + length.size(), bodyLeft_);
  if (!length.empty() && error == std::errc() && end == length.data() + length.size()) {
    framing_ = Framing::length;
    if (bodyLeft_ == 0) {
      state_ = State::complete;
    }
  }
}

std::string_view HttpResponse::feedBody(std::string_view bytes) {
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

void HttpResponse::feedChunked(std::string_view bytes) {
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
      // A line of that length is no chunk size: what came so far has to do.
      if (chunkLine_.size() > 100) {
        state_ = State::complete;
      }
      continue;
    }
    if (!chunkEnd_) {
      const char* const end = chunkLine_.data() + chunkLine_.size();
      const auto parsed = std::from_chars(chunkLine_.data(), end, bodyLeft_, 16);
      if (parsed.ec != std::errc() || bodyLeft_ == 0) {
        state_ = State::complete;
      }
    }
    chunkEnd_ = false;
    chunkLine_.clear();
  }
}

void HttpResponse::appendBody(std::string_view bytes) {
  body_.append(bytes.substr(0, maxBodySize - body_.size()));
  // The rest would only be thrown away.
  if (body_.size() == maxBodySize) {
    state_ = State::complete;
  }
}

std::string_view HttpResponse::header(std::string_view name) const {
  return find(headers_, name);
}

std::string HttpResponse::statusText() const {
  return reason_.empty() ? std::to_string(status_) : std::to_string(status_) + " " + reason_;
}

}  // namespace wsferry
