#include "gateway/session/stream_opener.hpp"

#include <asio/execution.hpp>
#include <asio/post.hpp>
#include <mutex>
#include <utility>

#include "gateway/messages/incoming_message.hpp"
#include "gateway/request/stream_request.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::gateway {

/// Where a secret is delivered to, as long as somebody waits for it: the program may keep the
/// completion for ever, and complete it when stream and context are long gone.
class SecretLink {
 public:
  explicit SecretLink(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  template <class Function>
  void post(Function&& function) {
    const std::lock_guard lock(mutex_);
    if (executor_) {
      asio::post(executor_, std::forward<Function>(function));
    }
  }

  void close() {
    const std::lock_guard lock(mutex_);
    executor_ = {};
  }

 private:
  std::mutex mutex_;
  asio::any_io_executor executor_;
};

/// An executor that counts as no work of the one behind it.
class LinkExecutor {
 public:
  LinkExecutor(std::shared_ptr<SecretLink> link, asio::execution_context& context)
      : link_(std::move(link)), context_(&context) {}

  template <class Function>
  void execute(Function&& function) const {
    link_->post(std::forward<Function>(function));
  }

  asio::execution_context& query(asio::execution::context_t) const noexcept { return *context_; }
  static constexpr asio::execution::blocking_t query(asio::execution::blocking_t) noexcept {
    return asio::execution::blocking.never;
  }
  LinkExecutor require(asio::execution::blocking_t::never_t) const { return *this; }

  friend bool operator==(const LinkExecutor& a, const LinkExecutor& b) noexcept {
    return a.link_ == b.link_;
  }
  friend bool operator!=(const LinkExecutor& a, const LinkExecutor& b) noexcept {
    return !(a == b);
  }

 private:
  std::shared_ptr<SecretLink> link_;
  asio::execution_context* context_;
};

namespace {

// Its own words may hold a secret that is not known here.
constexpr const char* providerThrew =
    "The secretProvider threw an exception, which is in the verdict. No connection was made.";

}  // namespace

StreamOpener::StreamOpener(asio::any_io_executor executor, StreamOptions options)
    : executor_(std::move(executor)), options_(std::move(options)), timer_(executor_) {}

StreamOpener::~StreamOpener() {
  if (link_) {
    link_->close();
  }
}

void StreamOpener::start(std::function<void(Result)> done) {
  done_ = std::move(done);
  const Credentials& credentials = options_.credentials;
  if (credentials.secretProvider) {
    askForSecret();
  } else {
    connect(credentials.secret);
  }
}

void StreamOpener::cancel() {
  done_ = nullptr;
  timer_.cancel();
  if (link_) {
    link_->close();
  }
  client_.reset();
}

void StreamOpener::askForSecret() {
  timer_.expires_after(options_.connection.connectTimeout);
  timer_.async_wait([weak = weak_from_this()](const asio::error_code& error) {
    const auto self = weak.lock();
    if (!error && self && !self->client_) {
      self->fail(Errc::connectTimedOut,
                 "The secretProvider gave no secret within " +
                     std::to_string(self->options_.connection.connectTimeout.count()) +
                     " ms. Look at what it waits for, or raise connectTimeout.");
    }
  });
  link_ = std::make_shared<SecretLink>(executor_);
  Completion<std::error_code, std::string> completion(
      [weak = weak_from_this()](const std::error_code& error, const std::string& secret) {
        if (const auto self = weak.lock()) {
          self->onSecret(error, secret);
        }
      },
      LinkExecutor(link_, asio::query(executor_, asio::execution::context)));
  try {
    options_.credentials.secretProvider(std::move(completion));
  } catch (const Error& error) {
    fail(error.code(), providerThrew, std::current_exception());
  } catch (...) {
    fail(Errc::invalidState, providerThrew, std::current_exception());
  }
}

void StreamOpener::onSecret(const std::error_code& error, const std::string& secret) {
  if (!done_ || client_) {
    return;
  }
  timer_.cancel();
  link_->close();
  if (error) {
    fail(error,
         "The secretProvider gave no secret: " + error.message() + ". No connection was made.");
  } else if (secret.empty()) {
    fail(Errc::invalidOption, "The secretProvider gave an empty secret. No connection was made.");
  } else {
    connect(secret);
  }
}

void StreamOpener::connect(const std::string& secret) {
  try {
    StreamRequest request = makeStreamRequest(options_, secret);
    firstMessage_ = std::move(request.firstMessage);
    secrets_ = request.connection.secrets;
    client_.emplace(executor_, std::move(request.connection));
    requested_ = Clock::now();
    client_->connect(request.url,
                     [weak = weak_from_this()](const std::error_code& error, ErrorInfo info) {
                       if (const auto self = weak.lock()) {
                         self->onConnected(error, std::move(info));
                       }
                     });
  } catch (const Error& error) {
    fail(error.code(), error.info().message);
  }
}

void StreamOpener::onConnected(const std::error_code& error, ErrorInfo info) {
  if (!done_) {
    return;
  }
  Result result;
  result.secrets = std::move(secrets_);
  if (error) {
    result.error = error;
    result.refusal = readErrorBody(options_.profile, info.httpBody);
    result.info = std::move(info);
  } else {
    result.transport = client_->transport();
    result.requested = requested_;
    result.firstMessage = std::move(firstMessage_);
  }
  finish(std::move(result));
}

void StreamOpener::fail(const std::error_code& error, std::string message,
                        std::exception_ptr exception) {
  Result result;
  result.error = error;
  result.info.message = std::move(message);
  result.exception = std::move(exception);
  asio::post(executor_, [self = shared_from_this(), result = std::move(result)]() mutable {
    self->finish(std::move(result));
  });
}

void StreamOpener::finish(Result result) {
  if (done_) {
    const auto done = std::exchange(done_, nullptr);
    done(std::move(result));
  }
}

}  // namespace wsferry::gateway
