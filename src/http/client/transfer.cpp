#include "http/client/transfer.hpp"

#include <asio/error.hpp>
#include <asio/post.hpp>
#include <utility>

#include "http/client/curl_failure.hpp"
#include "wsferry/core/detail/error/thrown.hpp"
#include "wsferry/core/detail/request/proxy_address.hpp"
#include "wsferry/core/detail/request/request_headers.hpp"
#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/http/detail/client/public_address.hpp"

namespace wsferry::http {
Transfer::Transfer(std::shared_ptr<Session> session, Request request)
    : session_(std::move(session)),
      request_(std::move(request)),
      url_(request_.url),
      withoutCredentials_(request_.withoutCredentials),
      allowPrivateAddress_(request_.allowPrivateAddress),
      redirects_(session_->options().redirectLimit),
      deadline_(session_->executor()),
      mayMove_(session_->executor()) {}

Transfer::~Transfer() {
  curl_slist_free_all(headers_);
  curl_slist_free_all(addresses_);
  if (easy_ != nullptr) {
    session_->multi().destroy(easy_);
  }
}

void Transfer::start(CallId id, HeadCompletion completion) {
  if (phase_ != Phase::idle) {
    ErrorInfo info;
    info.message = "This exchange was started before";
    completion(Errc::invalidState, std::move(info), {});
    return;
  }
  start_.emplace(TransferCall<HeadCompletion>{id, std::move(completion)});
  begin();
}

void Transfer::fetch(CallId id, FetchCompletion completion) {
  isWhole_ = true;
  fetch_.emplace(TransferCall<FetchCompletion>{id, std::move(completion)});
  if (begin() && request_.streamsBody) {
    fail(Errc::invalidOption, "A request that streams its body is sent by an Exchange");
  }
}

bool Transfer::begin() {
  if (session_->hasEnded()) {
    giveUp();
    return false;
  }
  session_->add(shared_from_this());
  phase_ = Phase::connecting;
  const bool hasBody = request_.streamsBody || !request_.body.empty();
  if (hasBody && (request_.method == "GET" || request_.method == "HEAD")) {
    fail(Errc::invalidOption, "A " + request_.method + " has no body: send it by POST or PUT");
  } else {
    connect();
  }
  return phase_ != Phase::ended;
}

// From here once for the request and once for each redirect.
void Transfer::connect() {
  try {
    moved();
    if (!allowPrivateAddress_ && isProxied() && isPrivateHost(url_)) {
      fail(HttpErrc::privateAddress, privateAddressWords());
      return;
    }
    makeHeaders();
    findAddress();
  } catch (const Error& error) {
    end(error.code(), error.info());
  } catch (...) {
    fail(std::current_exception());
  }
}

void Transfer::findAddress() {
  std::string host = url_.host;
  std::uint16_t port = url_.port;
  if (!session_->options().proxy.empty()) {
    const ProxyAddress proxy = ProxyAddress::parse(session_->options().proxy);
    host = proxy.url.host;
    port = proxy.url.port;
  }
  session_->resolve(host, port,
                    [weak = weak_from_this(), host, port](const std::error_code& error,
                                                          const std::string& addresses) {
                      const auto self = weak.lock();
                      if (!self || self->phase_ != Phase::connecting) {
                        return;
                      }
                      if (error) {
                        self->onNoAddress(host, error);
                      } else {
                        self->send(host, port, addresses);
                      }
                    });
}

void Transfer::onNoAddress(const std::string& host, const std::error_code& error) {
  TransferEnd failed;
  failed.result = CURLE_COULDNT_RESOLVE_HOST;
  failed.words = "the name " + host + " has no address (" + error.message() + ")";
  failed.url = url_;
  failed.proxy = proxyName();
  auto [code, info] = describeFailure(failed);
  info.cause = error == asio::error::host_not_found ? ErrorCause::noSuchName : ErrorCause::unknown;
  end(code, std::move(info));
}

void Transfer::read(CallId id, ReadCompletion completion) {
  if (read_ || isWhole_ || phase_ == Phase::idle) {
    ErrorInfo info;
    info.message = read_ ? "Another read() waits" : "There is no body to read yet: start() first";
    completion(Errc::invalidState, std::move(info), {});
    return;
  }
  read_.emplace(TransferCall<ReadCompletion>{id, std::move(completion)});
  deliverBlock();
}

void Transfer::write(CallId id, std::string block, WriteCompletion completion) {
  if (!request_.streamsBody || isUploadEnded_ || phase_ == Phase::idle) {
    completion(Errc::invalidState);
    return;
  }
  if (phase_ == Phase::ended) {
    completion(error_ ? error_ : make_error_code(Errc::connectionClosed));
    return;
  }
  if (write_ || uploaded_ < upload_.size()) {
    completion(Errc::invalidState);
    return;
  }
  if (request_.bodySize && block.size() > *request_.bodySize - uploadBytes_) {
    completion(Errc::invalidState);
    return;
  }
  uploadBytes_ += block.size();
  upload_ = std::move(block);
  uploaded_ = 0;
  write_.emplace(TransferCall<WriteCompletion>{id, std::move(completion)});
  if (upload_.empty()) {
    std::exchange(write_, std::nullopt)->completion({});
  } else if (std::exchange(isUploadPaused_, false)) {
    moved();
    session_->multi().resume(easy_);
  }
}

void Transfer::endBody() {
  isUploadEnded_ = true;
  const bool isRunning = phase_ != Phase::ended && phase_ != Phase::idle;
  if (isRunning && !isUploadUnwanted_ && uploadBytes_ < request_.bodySize.value_or(0)) {
    stop();
    fail(Errc::invalidState, "The body of the request ended after " + std::to_string(uploadBytes_) +
                                 " of its " + std::to_string(*request_.bodySize) + " bytes");
    return;
  }
  if (phase_ != Phase::ended && std::exchange(isUploadPaused_, false)) {
    moved();
    session_->multi().resume(easy_);
  }
}

void Transfer::cancelCall(CallId id, asio::cancellation_type type) {
  if (isOf(start_, id) || isOf(fetch_, id)) {
    if (!wasSent_ || endsBegunCall(type)) {
      giveUp();
    }
  } else if (isOf(read_, id)) {
    ErrorInfo info;
    info.message = "Reading was cancelled";
    std::exchange(read_, std::nullopt)->completion(Errc::cancelled, std::move(info), {});
  } else if (isOf(write_, id) && endsBegunCall(type)) {
    std::exchange(write_, std::nullopt)->completion(Errc::cancelled);
  }
}

void Transfer::giveUp() {
  if (phase_ != Phase::ended) {
    stop();
    fail(Errc::cancelled, "The request to " + url_.display() + " was cancelled");
  }
}

// Whatever becomes of telling it, without memory for instance: nothing goes on.
void Transfer::stop() {
  phase_ = Phase::ended;
  deadline_.cancel();
  mayMove_.cancel();
  if (easy_ != nullptr) {
    session_->multi().remove(easy_);
  }
  session_->remove(this);
}

void Transfer::fail(const std::exception_ptr& thrown) {
  fail(exceptionCode(thrown),
       "The request to " + url_.display() + " failed" + exceptionText(thrown));
}

void Transfer::fail(const std::error_code& error, std::string message) {
  ErrorInfo info;
  info.message = std::move(message);
  info.address = url_.display();
  info.peer = ErrorPeer::remote;
  end(error, std::move(info));
}

void Transfer::end(const std::error_code& error, ErrorInfo info) {
  const auto self = shared_from_this();
  stop();
  error_ = error;
  info_ = withoutSecrets(std::move(info), secrets());
  if (start_) {
    std::exchange(start_, std::nullopt)->completion(error_, info_, {});
  }
  if (fetch_) {
    std::exchange(fetch_, std::nullopt)
        ->completion(error_, info_, {std::move(head_), std::move(body_)});
  }
  if (write_) {
    std::exchange(write_, std::nullopt)
        ->completion(error_ ? error_ : make_error_code(Errc::connectionClosed));
  }
  deliverBlock();
}

// Gives read() what there is: a block, or the end behind the last one.
void Transfer::deliverBlock() {
  const bool hasEnded = phase_ == Phase::ended;
  if (!read_ || (body_.empty() && !hasEnded)) {
    return;
  }
  auto call = std::exchange(read_, std::nullopt);
  if (body_.empty()) {
    call->completion(error_, info_, {});
    return;
  }
  call->completion({}, {}, std::exchange(body_, std::string()));
  if (!hasEnded && std::exchange(isReadPaused_, false)) {
    moved();
    session_->multi().resume(easy_);
  }
}

void Transfer::onDone(CURLcode result) {
  if (thrown_) {
    // Who waited may have been lost with it: the executor is told as well.
    const std::exception_ptr thrown = std::exchange(thrown_, nullptr);
    fail(thrown);
    std::rethrow_exception(thrown);
  }
  if (redirect_ && !refusal_) {
    followRedirect();
    return;
  }
  if (refusal_) {
    fail(refusal_, std::move(refusalWords_));
    return;
  }
  if (isHeadAll_) {
    end({}, {});
    return;
  }
  if (result == CURLE_OK && !hasHead_) {
    fail(Errc::protocolViolation, url_.display() + " ended the connection after an interim answer");
    return;
  }
  if (result == CURLE_OK && head_.status < 300 && !isBodySent()) {
    fail(Errc::connectionLost, url_.display() + " answered " + std::to_string(head_.status) +
                                   " before it had all of the request's body");
    return;
  }
  if (result == CURLE_OK) {
    end({}, {});
    return;
  }
  TransferEnd failed;
  failed.result = result;
  failed.words = words_.data();
  curl_easy_getinfo(easy_, CURLINFO_SSL_VERIFYRESULT, &failed.verifyResult);
  failed.url = url_;
  failed.proxy = proxyName();
  failed.isConnected = phase_ == Phase::sending || phase_ == Phase::receiving;
  failed.hasHead = hasHead_;
  failed.bodyBytes = bodyBytes_;
  auto [code, info] = describeFailure(failed);
  end(code, std::move(info));
}

// The server has refused what is still being sent. libcurl sends no more of it, but waits for its
// end if it is paused.
void Transfer::onUploadUnwanted() {
  isUploadUnwanted_ = true;
  if (std::exchange(isUploadPaused_, false)) {
    moved();  // Nobody is waited for any more but the server.
    asio::post(session_->executor(), [self = shared_from_this()] {
      if (self->phase_ != Phase::ended) {
        self->session_->multi().resume(self->easy_);
      }
    });
  }
}

void Transfer::moved() {
  lastMove_ = Clock::now();
  sinceMove_ = 0;
  armDeadline();
}

// Whether the rate limit has the transfer pause; it then goes on by itself.
bool Transfer::mustWait() {
  const auto& limit = session_->options().rateLimit;
  if (!limit || limit->due() <= Clock::now()) {
    return false;
  }
  if (!std::exchange(isLimited_, true)) {
    mayMove_.expires_at(limit->due());
    // No deadline holds the transfer meanwhile.
    mayMove_.async_wait([self = shared_from_this()](const asio::error_code& error) {
      if (!error) {
        self->onMayMove();
      }
    });
  }
  return true;
}

void Transfer::countMoved(std::size_t bytes) {
  if (const auto& limit = session_->options().rateLimit) {
    limit->moved(bytes, Clock::now());
  }
}

void Transfer::onMayMove() {
  isLimited_ = false;
  if (phase_ != Phase::ended) {
    moved();
    session_->multi().resume(easy_);
  }
}

bool Transfer::isUploading() const {
  return uploaded_ < upload_.size() || (request_.streamsBody && !isUploadEnded_);
}

// A server that has enough of it need not take the rest: libcurl is content with that.
bool Transfer::isBodySent() const {
  if (uploaded_ < upload_.size()) {
    return false;
  }
  if (!request_.streamsBody) {
    return true;
  }
  return request_.bodySize ? uploadBytes_ == *request_.bodySize : isUploadEndSent_;
}

bool Transfer::isProxied() const {
  return !session_->options().proxy.empty();
}

std::string Transfer::proxyName() const {
  const std::string& proxy = session_->options().proxy;
  return proxy.empty() ? "" : ProxyAddress::parse(proxy).url.authority();
}

std::vector<std::string> Transfer::secrets() const {
  wsferry::ConnectionOptions shown = session_->options();
  shown.headers.insert(shown.headers.end(), request_.headers.begin(), request_.headers.end());
  std::vector<std::string> result = secretsOf(url_, shown);
  for (std::string& secret : credentialsInQuery(request_.url.target)) {
    result.push_back(std::move(secret));
  }
  if (!session_->options().proxy.empty()) {
    for (std::string& secret : ProxyAddress::parse(session_->options().proxy).secrets()) {
      result.push_back(std::move(secret));
    }
  }
  return result;
}

}  // namespace wsferry::http
