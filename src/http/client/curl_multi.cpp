#include "http/client/curl_multi.hpp"

#include <unistd.h>

#include <asio/error.hpp>
#include <exception>
#include <new>
#include <utility>

#include "http/client/sigpipe_block.hpp"

namespace wsferry::http {
namespace {

CURLM* newMulti() {
  // Initialised once, by whoever comes first, and for as long as the process lives.
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM* const multi = initialised == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi == nullptr) {
    throw std::bad_alloc();
  }
  return multi;
}

}  // namespace

CurlMulti::CurlMulti(asio::any_io_executor executor, unsigned connectionsPerHost)
    : executor_(std::move(executor)), multi_(newMulti()), timer_(executor_) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::onSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::onTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(connectionsPerHost));
}

CurlMulti::~CurlMulti() {
  if (isBroken_) {
    return;  // and its memory is lost
  }
  const SigpipeBlock block;
  for (const auto& [easy, done] : transfers_) {
    curl_multi_remove_handle(multi_, easy);
  }
  curl_multi_cleanup(multi_);  // closes the kept connections, by closeSocket()
  for (const auto& [socket, watch] : watches_) {
    watch->descriptor.release();  // not ours to close
  }
}

void CurlMulti::add(CURL* easy, Done done) {
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlMulti::closeSocket);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
  if (isBroken_) {
    throw std::bad_alloc();
  }
  const auto added = transfers_.emplace(easy, std::move(done)).first;
  if (curl_multi_add_handle(multi_, easy) != CURLM_OK) {  // asks for the timer
    transfers_.erase(added);
    throw std::bad_alloc();
  }
  if (hasThrown_) {
    transfers_.erase(added);
    breakDown();
    throw std::bad_alloc();
  }
}

void CurlMulti::remove(CURL* easy) noexcept {
  if (transfers_.erase(easy) != 0 && !isBroken_) {
    const SigpipeBlock block;
    curl_multi_remove_handle(multi_, easy);
  }
}

void CurlMulti::destroy(CURL* easy) noexcept {
  if (!isBroken_) {
    remove(easy);
    curl_easy_cleanup(easy);
  }
}

void CurlMulti::resume(CURL* easy) {
  if (isBroken_) {
    return;  // It is about to be told so.
  }
  CURLcode result = CURLE_OK;
  {
    const SigpipeBlock block;
    result = curl_easy_pause(easy, CURLPAUSE_CONT);
  }
  if (result == CURLE_OUT_OF_MEMORY || hasThrown_) {
    breakDown();
    return;
  }
  // What a callback refuses of the bytes that waited does not end the transfer by itself.
  if (const auto found = transfers_.find(easy); result != CURLE_OK && found != transfers_.end()) {
    const Done done = std::move(found->second);
    remove(easy);
    done(result);
  }
  finishTransfers();
}

int CurlMulti::onSocket(CURL* /*easy*/, curl_socket_t socket, int what, void* self,
                        void* /*watch*/) {
  auto& multi = *static_cast<CurlMulti*>(self);
  try {
    return multi.watch(socket, what) ? 0 : -1;
  } catch (...) {
    multi.hasThrown_ = true;  // An exception may not pass through libcurl.
    return 0;
  }
}

int CurlMulti::onTimer(CURLM* /*multi*/, long milliseconds, void* self) {
  auto& multi = *static_cast<CurlMulti*>(self);
  try {
    multi.setTimer(milliseconds);
  } catch (...) {
    multi.hasThrown_ = true;
  }
  return 0;
}

void CurlMulti::setTimer(long milliseconds) {
  if (milliseconds < 0) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(std::chrono::milliseconds(milliseconds));
  timer_.async_wait([weak = weak_from_this()](const asio::error_code& error) {
    const auto held = weak.lock();
    if (held && !error) {
      held->onExpired();
    }
  });
}

int CurlMulti::closeSocket(void* self, curl_socket_t socket) {
  auto& watches = static_cast<CurlMulti*>(self)->watches_;
  if (const auto found = watches.find(socket); found != watches.end()) {
    found->second->wanted = CURL_POLL_NONE;
    found->second->descriptor.release();
    watches.erase(found);
  }
  return ::close(socket);
}

// False where the system does not let one more be watched, which ends the transfer.
bool CurlMulti::watch(curl_socket_t socket, int what) {
  auto found = watches_.find(socket);
  if (found == watches_.end()) {
    const auto made = std::make_shared<Watch>(executor_);
    asio::error_code error;
    made->descriptor.assign(socket, error);
    if (error) {
      return what == CURL_POLL_REMOVE;
    }
    try {
      found = watches_.emplace(socket, made).first;
    } catch (...) {
      made->descriptor.release();  // not ours to close
      throw;
    }
  }
  const std::shared_ptr<Watch> slot = found->second;
  slot->wanted = what == CURL_POLL_REMOVE ? CURL_POLL_NONE : what;
  if (what == CURL_POLL_REMOVE) {
    // Kept open it may be used again, and watched anew; or be closed by others than closeSocket().
    slot->descriptor.release();
    watches_.erase(socket);
  } else {
    wait(socket, slot);
  }
  return true;
}

void CurlMulti::wait(curl_socket_t socket, const std::shared_ptr<Watch>& watch) {
  const auto handler = [&](int event) {
    return [weak = weak_from_this(), socket, watch, event](const asio::error_code& error) {
      (event == CURL_CSELECT_IN ? watch->isReading : watch->isWriting) = false;
      const auto held = weak.lock();
      if (held && error != asio::error::operation_aborted) {
        held->onReady(socket, watch, event, static_cast<bool>(error));
      }
    };
  };
  if ((watch->wanted & CURL_POLL_IN) != 0 && !watch->isReading) {
    watch->isReading = true;
    watch->descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                 handler(CURL_CSELECT_IN));
  }
  if ((watch->wanted & CURL_POLL_OUT) != 0 && !watch->isWriting) {
    watch->isWriting = true;
    watch->descriptor.async_wait(asio::posix::stream_descriptor::wait_write,
                                 handler(CURL_CSELECT_OUT));
  }
}

void CurlMulti::onReady(curl_socket_t socket, const std::shared_ptr<Watch>& watch, int event,
                        bool hasFailed) {
  const auto isWatched = [&] {
    const auto found = watches_.find(socket);
    return found != watches_.end() && found->second == watch;
  };
  if (!isWatched()) {
    return;
  }
  const int wanted = event == CURL_CSELECT_IN ? CURL_POLL_IN : CURL_POLL_OUT;
  if ((watch->wanted & wanted) != 0) {
    drive(socket, hasFailed ? CURL_CSELECT_ERR : event);
  }
  if (isWatched()) {
    wait(socket, watch);
  }
}

void CurlMulti::onExpired() {
  // The timer may have been set anew meanwhile; then this comes early, which does no harm.
  drive(CURL_SOCKET_TIMEOUT, 0);
}

void CurlMulti::drive(curl_socket_t socket, int events) {
  if (isBroken_) {
    return;
  }
  CURLMcode result = CURLM_OK;
  {
    const SigpipeBlock block;
    int running = 0;
    result = curl_multi_socket_action(multi_, socket, events, &running);
  }
  if (result == CURLM_OUT_OF_MEMORY || result == CURLM_INTERNAL_ERROR || hasThrown_) {
    breakDown();
  } else if (result == CURLM_ABORTED_BY_CALLBACK) {
    failAll(CURLE_ABORTED_BY_CALLBACK);
  } else {
    finishTransfers();
  }
}

// libcurl divides by zero when it goes on with what it could not set up for want of memory, and
// crashes after a callback that says so (7.88): nothing of it is touched any more.
void CurlMulti::breakDown() {
  isBroken_ = true;
  timer_.cancel();
  for (const auto& [socket, watch] : watches_) {
    watch->wanted = CURL_POLL_NONE;
    watch->descriptor.release();
  }
  watches_.clear();
  failAll(CURLE_OUT_OF_MEMORY);
}

// Each is told, whatever one of them throws.
void CurlMulti::failAll(CURLcode result) {
  std::exception_ptr thrown;
  while (!transfers_.empty()) {
    CURL* const easy = transfers_.begin()->first;
    const Done done = std::move(transfers_.begin()->second);
    remove(easy);
    try {
      done(result);
    } catch (...) {
      thrown = std::current_exception();
    }
  }
  if (thrown) {
    std::rethrow_exception(thrown);
  }
}

void CurlMulti::finishTransfers() {
  std::exception_ptr thrown;
  int left = 0;
  while (const CURLMsg* const message = isBroken_ ? nullptr : curl_multi_info_read(multi_, &left)) {
    CURL* const easy = message->easy_handle;
    const CURLcode result = message->data.result;
    const auto found = transfers_.find(easy);
    if (message->msg != CURLMSG_DONE || found == transfers_.end()) {
      continue;
    }
    const Done done = std::move(found->second);
    remove(easy);
    try {
      done(result);
    } catch (...) {
      thrown = std::current_exception();
    }
  }
  if (thrown) {
    std::rethrow_exception(thrown);
  }
}

}  // namespace wsferry::http
