#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio/ip/address.hpp>
#include <cstdio>
#include <cstring>

#include "http/client/transfer.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/http/detail/client/content_range.hpp"
#include "wsferry/http/detail/client/public_address.hpp"

namespace wsferry::http {
namespace {

constexpr std::uint64_t redirectBodyLimit = std::uint64_t{64} << 10;
constexpr std::size_t headerCountLimit = 1000;
constexpr unsigned timelyStatusLines = 2;  // An interim answer's, and the answer's.

bool isPublic(const char* text) {
  asio::error_code error;
  const auto address = asio::ip::make_address(text, error);
  return !error && (address.is_v4() ? isPublicAddress(address.to_v4().to_bytes())
                                    : isPublicAddress(address.to_v6().to_bytes()));
}

bool isPublic(const curl_sockaddr& address) {
  if (address.family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address.addr, sizeof in);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
    return isPublicAddress(bytes);
  }
  if (address.family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address.addr, std::min<std::size_t>(sizeof in, address.addrlen));
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return isPublicAddress(bytes);
  }
  return false;
}

}  // namespace

curl_socket_t Transfer::openSocket(void* self, curlsocktype purpose, curl_sockaddr* address) {
  return guarded<curl_socket_t>(self, CURL_SOCKET_BAD, [&](Transfer& transfer) {
    return transfer.newSocket(purpose, *address);
  });
}

curl_socket_t Transfer::newSocket(curlsocktype purpose, const curl_sockaddr& address) {
  if (purpose != CURLSOCKTYPE_IPCXN ||
      (!allowPrivateAddress_ && !isProxied() && !isPublic(address))) {
    refusal_ = HttpErrc::privateAddress;
    refusalWords_ = privateAddressWords();
    return CURL_SOCKET_BAD;
  }
  int type = address.socktype;
#ifdef SOCK_CLOEXEC
  type |= SOCK_CLOEXEC;
#endif
  return ::socket(address.family, type, address.protocol);
}

std::string Transfer::privateAddressWords() const {
  return url_.display() +
         " has an address of a private network, or of this machine, which is not contacted on "
         "behalf of a public server.";
}

int Transfer::onConnected(void* self, char* peer, char* /*own*/, int /*peerPort*/,
                          int /*ownPort*/) {
  return guarded<int>(self, CURL_PREREQFUNC_ABORT,
                      [&](Transfer& transfer) { return transfer.checkPeer(peer); });
}

// The request is about to go out, by a new connection or a kept one.
int Transfer::checkPeer(const char* peer) {
  head_.isPublicPeer = !isProxied() && isPublic(peer);
  if (!allowPrivateAddress_ && !isProxied() && !head_.isPublicPeer) {
    refusal_ = HttpErrc::privateAddress;
    refusalWords_ = url_.display() + " has the address " + peer +
                    ", which is not public, and is not contacted on behalf of a public server.";
    return CURL_PREREQFUNC_ABORT;
  }
  refusal_.clear();  // Another address of the host may have been refused.
  phase_ = Phase::sending;
  wasSent_ = true;
  moved();
  return CURL_PREREQFUNC_OK;
}

std::size_t Transfer::onHeader(char* data, std::size_t size, std::size_t count, void* self) {
  return guarded<std::size_t>(self, 0, [&](Transfer& transfer) {
    transfer.takeHeaderLine(std::string_view(data, size * count));
    const bool isOver = transfer.refusal_ || transfer.isHeadAll_ ||
                        (transfer.redirect_ && transfer.isExpectRefused_);
    return isOver ? std::size_t{0} : size * count;
  });
}

void Transfer::takeHeaderLine(std::string_view line) {
  if (hasHead_) {
    return;  // trailers, behind a chunked body
  }
  line = line.substr(0, line.find_last_not_of("\r\n") + 1);
  if (startsWith(line, "HTTP/")) {
    // Not each line: a head that drips is none, and neither are hints without end.
    if (statusLines_ < timelyStatusLines) {
      ++statusLines_;
      moved();
    }
    const bool isPublicPeer = head_.isPublicPeer;
    head_ = {};
    head_.isPublicPeer = isPublicPeer;
    return;
  }
  const auto colon = line.find(':');
  if (colon != std::string_view::npos && colon != 0) {
    if (head_.headers.size() == headerCountLimit) {
      refusal_ = Errc::protocolViolation;
      refusalWords_ = url_.display() + " answered with more than " +
                      std::to_string(headerCountLimit) + " headers";
      return;
    }
    head_.headers.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  } else if (trimmed(line).empty()) {
    onHead();
  }
}

void Transfer::onHead() {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  if (status < 200) {
    return;  // an interim answer
  }
  head_.status = static_cast<int>(status);
  head_.url = url_;
  head_.hasMarkedEnd = hasMarkedEnd();
  hasHead_ = true;
  phase_ = Phase::receiving;
  moved();
  if (isRedirectToFollow() || isExpectationRefused() || refusal_) {
    return;
  }
  if (request_.streamsBody && status >= 300) {
    onUploadUnwanted();
  }
  if (request_.range && status == 206) {
    if (!answersRange(*request_.range, head_.header("Content-Range"))) {
      refusal_ = Errc::protocolViolation;
      refusalWords_ = url_.display() + " answered with a range other than the one requested";
      return;
    }
  }
  if (start_) {
    std::exchange(start_, std::nullopt)->completion({}, {}, head_);
  }
}

bool Transfer::hasMarkedEnd() const {
  long version = 0;
  curl_easy_getinfo(easy_, CURLINFO_HTTP_VERSION, &version);
  return version >= CURL_HTTP_VERSION_2_0 || !head_.header("Transfer-Encoding").empty() ||
         head_.contentLength();
}

std::size_t Transfer::onBody(char* data, std::size_t size, std::size_t count, void* self) {
  return guarded<std::size_t>(self, 0, [&](Transfer& transfer) {
    return transfer.takeBody(std::string_view(data, size * count));
  });
}

std::size_t Transfer::takeBody(std::string_view bytes) {
  if (redirect_) {
    // Nobody reads what comes with a redirect, and a server that goes on with it is not waited for.
    bodyBytes_ += bytes.size();
    return bodyBytes_ > redirectBodyLimit ? 0 : bytes.size();
  }
  const ClientOptions& options = session_->options();
  if (mustWait()) {
    return CURL_WRITEFUNC_PAUSE;
  }
  if (!isWhole_ && body_.size() >= options.readAhead) {
    isReadPaused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  if (isWhole_ && body_.size() + bytes.size() > options.bodyLimit) {
    refusal_ = Errc::messageTooBig;
    refusalWords_ =
        url_.display() + " answered with more than " + std::to_string(options.bodyLimit) + " bytes";
    return 0;
  }
  countMoved(bytes.size());
  body_.append(bytes);
  bodyBytes_ += bytes.size();
  sinceMove_ += bytes.size();
  if (sinceMove_ >= options.stallBytes) {
    moved();
  }
  if (read_) {
    auto call = std::exchange(read_, std::nullopt);
    call->completion({}, {}, std::exchange(body_, std::string()));
  }
  return bytes.size();
}

std::size_t Transfer::giveBody(char* out, std::size_t size, std::size_t count, void* self) {
  return guarded<std::size_t>(self, CURL_READFUNC_ABORT, [&](Transfer& transfer) {
    return transfer.takeUpload(out, size * count);
  });
}

// Back to its beginning, where a kept connection was dead.
int Transfer::seekBody(void* self, curl_off_t offset, int origin) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (origin != SEEK_SET || offset < 0 ||
      static_cast<std::uint64_t>(offset) > transfer.upload_.size()) {
    return CURL_SEEKFUNC_FAIL;
  }
  transfer.uploaded_ = static_cast<std::size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

std::size_t Transfer::takeUpload(char* out, std::size_t room) {
  if (mustWait()) {
    return CURL_READFUNC_PAUSE;
  }
  const std::size_t left = upload_.size() - uploaded_;
  const std::size_t given = std::min(left, room);
  if (given == 0) {
    if (isUploadEnded_) {
      isUploadEndSent_ = true;
      return 0;
    }
    isUploadPaused_ = !isUploadUnwanted_;
    return CURL_READFUNC_PAUSE;
  }
  std::memcpy(out, upload_.data() + uploaded_, given);
  uploaded_ += given;
  countMoved(given);
  moved();
  if (given == left && write_) {
    std::exchange(write_, std::nullopt)->completion({});
  }
  return given;
}

}  // namespace wsferry::http
