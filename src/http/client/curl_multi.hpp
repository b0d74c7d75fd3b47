#pragma once

#include <curl/curl.h>

#include <asio/any_io_executor.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>

namespace wsferry::http {

/// libcurl's transfers on an Asio executor: its sockets and its timer are waited for there. To be
/// used on the executor only, and not from inside a callback of libcurl.
class CurlMulti : public std::enable_shared_from_this<CurlMulti> {
 public:
  using Done = std::function<void(CURLcode)>;

  CurlMulti(asio::any_io_executor executor, unsigned connectionsPerHost);
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;
  ~CurlMulti();

  /// Begins a transfer. `done` is called once, at its end, when `easy` has been taken out; not from
  /// inside this call, and not after remove(). @throws std::bad_alloc where it cannot be begun.
  void add(CURL* easy, Done done);

  /// Gives a transfer up, if it is under way.
  void remove(CURL* easy) noexcept;

  /// remove(), and the end of `easy` itself.
  void destroy(CURL* easy) noexcept;

  /// Goes on with a transfer whose callbacks had it pause.
  void resume(CURL* easy);

 private:
  struct Watch {
    explicit Watch(const asio::any_io_executor& executor) : descriptor(executor) {}
    asio::posix::stream_descriptor descriptor;
    int wanted = CURL_POLL_NONE;
    bool isReading = false;  ///< A wait is under way.
    bool isWriting = false;
  };

  static int onSocket(CURL* easy, curl_socket_t socket, int what, void* self, void* watch);
  static int onTimer(CURLM* multi, long milliseconds, void* self);
  static int closeSocket(void* self, curl_socket_t socket);

  void setTimer(long milliseconds);
  [[nodiscard]] bool watch(curl_socket_t socket, int what);
  void wait(curl_socket_t socket, const std::shared_ptr<Watch>& watch);
  void onReady(curl_socket_t socket, const std::shared_ptr<Watch>& watch, int event,
               bool hasFailed);
  void onExpired();
  void drive(curl_socket_t socket, int events);
  void finishTransfers();
  void breakDown();
  void failAll(CURLcode result);

  const asio::any_io_executor executor_;
  CURLM* const multi_;
  asio::steady_timer timer_;
  std::map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  std::map<CURL*, Done> transfers_;
  bool hasThrown_ = false;  ///< A callback, for lack of memory: to be broken down.
  bool isBroken_ = false;   ///< Ran out of memory: libcurl is not to be called again for any of it.
};

}  // namespace wsferry::http
