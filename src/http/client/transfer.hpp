#pragma once

#include <curl/curl.h>

#include <array>
#include <asio/ssl/context.hpp>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "http/client/session.hpp"
#include "wsferry/core/completion.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/http/detail/client/redirect_rule.hpp"
#include "wsferry/http/http_error.hpp"
#include "wsferry/http/request.hpp"
#include "wsferry/http/response.hpp"

namespace wsferry::http {

/// A call that waits, under the id by which it is cancelled.
template <class Completed>
struct TransferCall {
  std::uint64_t id = 0;
  Completed completion;
};

template <class Completed>
bool isOf(const std::optional<TransferCall<Completed>>& call, std::uint64_t id) {
  return call && call->id == id;
}

/// One exchange: a request, the redirects it follows, and the response. To be used on the session's
/// executor only, unless said otherwise.
class Transfer : public std::enable_shared_from_this<Transfer> {
 public:
  using CallId = std::uint64_t;
  using HeadCompletion = Completion<std::error_code, ErrorInfo, ResponseHead>;
  using FetchCompletion = Completion<std::error_code, ErrorInfo, Response>;
  using ReadCompletion = Completion<std::error_code, ErrorInfo, std::string>;
  using WriteCompletion = Completion<std::error_code>;

  Transfer(std::shared_ptr<Session> session, Request request);  // any thread
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer();

  const std::shared_ptr<Session>& session() const { return session_; }  // any thread

  void start(CallId id, HeadCompletion completion);
  void fetch(CallId id, FetchCompletion completion);
  void read(CallId id, ReadCompletion completion);
  void write(CallId id, std::string block, WriteCompletion completion);
  void endBody();
  void cancelCall(CallId id, asio::cancellation_type type);

  /// Ends it with Errc::cancelled, unless it has ended.
  void giveUp();

 private:
  enum class Phase { idle, connecting, sending, receiving, ended };

  bool begin();
  void connect();
  void findAddress();
  void onNoAddress(const std::string& host, const std::error_code& error);
  void send(const std::string& host, std::uint16_t port, const std::string& addresses);
  void makeHeaders();
  void prepare(const std::string& host, std::uint16_t port, const std::string& addresses);
  void addHeader(const std::string& line);
  template <class Value>
  void set(CURLoption option, Value value);
  void prepareRequest();
  void prepareSecurity();
  void prepareProxy();
  void prepareBody();

  // Callbacks of libcurl: no call of a user is completed inside of them, only on the executor. An
  // exception may not pass through libcurl: it ends the transfer.
  template <class Result, class Callback>
  static Result guarded(void* self, Result failed, Callback callback) {
    auto& transfer = *static_cast<Transfer*>(self);
    try {
      return callback(transfer);
    } catch (...) {
      transfer.thrown_ = std::current_exception();
      return failed;
    }
  }
  static std::size_t onHeader(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t onBody(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t giveBody(char* out, std::size_t size, std::size_t count, void* self);
  static int seekBody(void* self, curl_off_t offset, int origin);
  static int onConnected(void* self, char* peer, char* own, int peerPort, int ownPort);
  static curl_socket_t openSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static CURLcode addRoots(CURL* easy, void* sslContext, void* self);

  curl_socket_t newSocket(curlsocktype purpose, const curl_sockaddr& address);
  std::string privateAddressWords() const;
  int checkPeer(const char* peer);
  std::size_t takeUpload(char* out, std::size_t room);
  bool mustWait();
  void countMoved(std::size_t bytes);
  void onMayMove();
  void takeHeaderLine(std::string_view line);
  void onHead();
  bool hasMarkedEnd() const;
  bool isRedirectToFollow();
  bool isExpectationRefused();
  void onUploadUnwanted();
  std::size_t takeBody(std::string_view bytes);
  void onDone(CURLcode result);
  void followRedirect();
  void deliverBlock();
  void stop();
  void fail(const std::error_code& error, std::string message);
  void fail(const std::exception_ptr& thrown);
  void end(const std::error_code& error, ErrorInfo info);
  void moved();
  void armDeadline();
  void onDeadline();
  std::optional<Duration> timeLimit() const;
  bool isUploading() const;
  bool isBodySent() const;
  bool isProxied() const;
  std::string proxyName() const;
  std::vector<std::string> secrets() const;

  const std::shared_ptr<Session> session_;
  Request request_;
  Url url_;  ///< Of the request under way, behind redirects another one.
  bool withoutCredentials_;
  bool allowPrivateAddress_;
  RedirectRule redirects_;
  std::optional<Url> redirect_;

  CURL* easy_ = nullptr;
  curl_slist* headers_ = nullptr;
  curl_slist* addresses_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> words_{};
  std::shared_ptr<asio::ssl::context> tls_;

  Phase phase_ = Phase::idle;
  bool wasSent_ = false;  ///< A request went out, if only one that was redirected.
  asio::steady_timer deadline_;
  asio::steady_timer mayMove_;  ///< Within the rate limit.
  bool isLimited_ = false;      ///< Paused until then.
  TimePoint lastMove_;
  std::uint64_t sinceMove_ = 0;     ///< Bytes of the body, too few to count.
  std::optional<TimePoint> alarm_;  ///< What the timer is set to.
  std::error_code refusal_;         ///< Why one of our callbacks ended the transfer, with words.
  std::string refusalWords_;
  std::exception_ptr thrown_;  ///< By one of our callbacks.

  ResponseHead head_;
  bool hasHead_ = false;
  unsigned statusLines_ = 0;  ///< Of it and what came before it, as far as they are counted.
  bool isWhole_ = false;      ///< The body is for fetch().
  std::string body_;
  std::uint64_t bodyBytes_ = 0;
  bool isReadPaused_ = false;

  std::string upload_;
  std::size_t uploaded_ = 0;       ///< Of that block.
  std::uint64_t uploadBytes_ = 0;  ///< Of all blocks.
  bool isExpectRefused_ = false;   ///< To be asked before the body comes.
  bool isHeadAll_ = false;         ///< Of the answer no more is read.
  bool isUploadEnded_ = false;
  bool isUploadEndSent_ = false;
  bool isUploadPaused_ = false;
  bool isUploadUnwanted_ = false;  ///< By an answer that came before its end.

  std::optional<TransferCall<HeadCompletion>> start_;
  std::optional<TransferCall<FetchCompletion>> fetch_;
  std::optional<TransferCall<ReadCompletion>> read_;
  std::optional<TransferCall<WriteCompletion>> write_;
  std::error_code error_;
  ErrorInfo info_;
};

}  // namespace wsferry::http
