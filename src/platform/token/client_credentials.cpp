#include "wsferry/platform/client_credentials.hpp"

#include <algorithm>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/dispatch.hpp>
#include <asio/steady_timer.hpp>
#include <asio/strand.hpp>
#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/thread/io_thread.hpp"
#include "wsferry/core/detail/error/thrown.hpp"
#include "wsferry/core/detail/request/request_headers.hpp"
#include "wsferry/core/detail/text/seconds_text.hpp"
#include "wsferry/core/detail/thread/last_post.hpp"
#include "wsferry/core/detail/thread/start_call.hpp"
#include "wsferry/http/client.hpp"
#include "wsferry/platform/detail/token/token_answer.hpp"
#include "wsferry/platform/detail/token/token_cache.hpp"

namespace wsferry::platform {
namespace {

// An answer is some hundred bytes, and a token a few thousand at most.
constexpr std::size_t longestTokenAnswer = std::size_t{256} << 10;

[[noreturn]] void refuseTokenOption(const char* option, std::string message) {
  throw Error(Errc::invalidOption, std::move(message)).ofOption(option);
}

http::ClientOptions tokenClientOptions(const ClientCredentialsOptions& options) {
  http::ClientOptions client = options.connection;
  client.secrets.push_back(options.secret);
  client.bodyLimit = longestTokenAnswer;
  return client;
}

Url checkedTokenUrl(const ClientCredentialsOptions& options) {
  if (options.id.empty()) {
    refuseTokenOption("id", "The client credentials lack a client id");
  }
  if (options.secret.empty()) {
    refuseTokenOption("secret", "The client credentials lack a secret");
  }
  if (!options.connection.bearerToken.empty()) {
    refuseTokenOption("connection.bearerToken",
                      "A token endpoint gets the client id and its secret, not a bearer token");
  }
  Url url = Url::parse(options.tokenUrl);
  if (url.scheme != "http" && url.scheme != "https") {
    throw Error(Errc::invalidUrl, url.display() + ": a token endpoint has an https URL");
  }
  requireGuardedCredentials(url, tokenClientOptions(options));
  return url;
}

}  // namespace

/// On its executor, but for what says otherwise.
class ClientCredentials::Impl : public std::enable_shared_from_this<Impl> {
 public:
  using TokenCompletion = Completion<std::error_code, ErrorInfo, std::string>;

  Impl(std::shared_ptr<IoThread> thread, asio::any_io_executor executor,
       ClientCredentialsOptions options)
      : thread_(std::move(thread)),
        executor_(std::move(executor)),
        url_(checkedTokenUrl(options)),
        options_(std::move(options)),
        cache_(options_.margin),
        client_(std::in_place, executor_, tokenClientOptions(options_)),
        overdue_(executor_) {}

  const asio::any_io_executor& executor() const { return executor_; }  // any thread
  std::uint64_t newId() { return nextId_++; }                          // any thread

  void start(std::uint64_t id, TokenCompletion completion) {
    if (hasEnded_ || completion.isCancelled()) {
      completion(Errc::cancelled, cancelledInfo(), {});
    } else if (auto token = cache_.find(Clock::now())) {
      completion({}, {}, std::move(*token));
    } else {
      waiting_.push_back({id, std::move(completion)});
      if (!isFetching_) {
        fetch();
      }
    }
  }

  void cancel(std::uint64_t id) {
    const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                    [id](const Waiting& waiting) { return waiting.id == id; });
    if (found == waiting_.end()) {
      return;
    }
    TokenCompletion completion = std::move(found->completion);
    waiting_.erase(found);
    if (waiting_.empty()) {
      stop_->emit(asio::cancellation_type::terminal);
    }
    completion(Errc::cancelled, cancelledInfo(), {});
  }

  void drop(const std::string& token) { cache_.drop(token); }

  void end() {
    hasEnded_ = true;
    overdue_.cancel();
    client_.reset();
    completeAll(Errc::cancelled, cancelledInfo(), {});
  }

  /// What was thrown on a thread of ours, as for want of memory.
  void onException(const std::exception_ptr& thrown) {
    isFetching_ = false;
    ErrorInfo info;
    info.message = "Fetching an access token failed" + exceptionText(thrown);
    completeAll(exceptionCode(thrown), info, {});
  }

  /// The owner is gone. Any thread.
  void leave() {
    if (thread_ && thread_->isOfOtherProcess()) {
      keepForEver(shared_from_this());
      return;
    }
    const bool isPosted = postLast(executor_, [self = shared_from_this()] { self->end(); });
    if (thread_) {
      if (!isPosted) {
        thread_->stop();
      }
      thread_->end();
    }
  }

 private:
  struct Waiting {
    std::uint64_t id;
    TokenCompletion completion;
  };

  void fetch() {
    isOverdue_ = false;
    asked_ = Clock::now();
    overdue_.expires_after(options_.timeout);
    overdue_.async_wait([weak = weak_from_this()](const asio::error_code& error) {
      const auto self = weak.lock();
      if (!error && self && self->isFetching_) {
        self->isOverdue_ = true;
        self->stop_->emit(asio::cancellation_type::terminal);
      }
    });
    http::Request request;
    request.method = "POST";
    request.url = url_;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                       {"Accept", "application/json"}};
    request.body = tokenForm(options_.id, options_.secret);
    client_->fetch(std::move(request), asio::bind_cancellation_slot(
                                           stop_->slot(),
                                           // The signal must live as long as what is bound to it.
                                           [weak = weak_from_this(), stop = stop_](
                                               const std::error_code& error, ErrorInfo info,
                                               const http::Response& response) {
                                             if (const auto self = weak.lock()) {
                                               self->onAnswer(error, std::move(info), response);
                                             }
                                           }));
    isFetching_ = true;  // Last: what throws above leaves it to the next call.
  }

  void onAnswer(const std::error_code& error, ErrorInfo info, const http::Response& response) {
    isFetching_ = false;
    overdue_.cancel();
    if (hasEnded_) {
      return;
    }
    if (error == Errc::cancelled) {
      onGivenUp();
    } else if (error) {
      info.message = "There is no access token: " + info.message;
      completeAll(error, info, {});
    } else {
      onResponse(response);
    }
  }

  // By the deadline, or when nobody waited any more; somebody may wait again.
  void onGivenUp() {
    if (isOverdue_) {
      ErrorInfo info;
      info.address = url_.display();
      info.peer = ErrorPeer::remote;
      info.message = info.address + " gave no access token within " + secondsText(options_.timeout);
      completeAll(Errc::timedOut, info, {});
    } else if (!waiting_.empty()) {
      fetch();
    }
  }

  void onResponse(const http::Response& response) {
    const std::string place = "The token endpoint " + url_.display();
    TokenAnswer answer =
        readTokenAnswer(response.head.status, response.body, place, {options_.secret});
    if (answer.error) {
      answer.info.httpStatus = response.head.status;
      answer.info.address = url_.display();
      answer.info.peer = ErrorPeer::remote;
    } else if (answer.lifetime) {
      cache_.keep(answer.token, *answer.lifetime, asked_);
    }
    completeAll(answer.error, answer.info, answer.token);
  }

  void completeAll(const std::error_code& error, const ErrorInfo& info, const std::string& token) {
    for (Waiting& waiting : std::exchange(waiting_, {})) {
      waiting.completion(error, info, token);
    }
  }

  static ErrorInfo cancelledInfo() {
    ErrorInfo info;
    info.message = "Waiting for an access token was cancelled";
    return info;
  }

  const std::shared_ptr<IoThread> thread_;  ///< Null: the program's context.
  const asio::any_io_executor executor_;
  const Url url_;
  const ClientCredentialsOptions options_;
  std::atomic<std::uint64_t> nextId_{1};
  TokenCache cache_;
  std::optional<http::Client> client_;
  asio::steady_timer overdue_;
  const std::shared_ptr<asio::cancellation_signal> stop_ =
      std::make_shared<asio::cancellation_signal>();
  std::vector<Waiting> waiting_;
  TimePoint asked_{};
  bool isFetching_ = false;
  bool isOverdue_ = false;
  bool hasEnded_ = false;
};

ClientCredentials::ClientCredentials(ClientCredentialsOptions options) {
  const auto thread = std::make_shared<IoThread>();
  impl_ = std::make_shared<Impl>(thread, asio::make_strand(thread->context()), std::move(options));
  thread->onException([weak = std::weak_ptr(impl_)](const std::exception_ptr& thrown) {
    if (const auto impl = weak.lock()) {
      impl->onException(thrown);
    }
  });
}

ClientCredentials::ClientCredentials(asio::io_context& context, ClientCredentialsOptions options)
    : impl_(std::make_shared<Impl>(nullptr, asio::make_strand(context), std::move(options))) {}

ClientCredentials::~ClientCredentials() {
  impl_->leave();
}

asio::any_io_executor ClientCredentials::executor() const {
  return impl_->executor();
}

void ClientCredentials::startToken(const std::shared_ptr<Impl>& impl,
                                   Completion<std::error_code, ErrorInfo, std::string> completion) {
  const std::uint64_t id = impl->newId();
  startCall(
      impl->executor(), impl, std::move(completion),
      [id](Impl& held, Impl::TokenCompletion begun) { held.start(id, std::move(begun)); },
      [id](Impl& held, asio::cancellation_type) { held.cancel(id); });
}

void ClientCredentials::provideToken(
    Completion<std::error_code, ErrorInfo, std::string> completion) {
  startToken(impl_, std::move(completion));
}

void ClientCredentials::dropToken(const std::string& token) {
  asio::dispatch(impl_->executor(), [impl = impl_, token] { impl->drop(token); });
}

}  // namespace wsferry::platform
