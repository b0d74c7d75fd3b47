#include "gateway/session/stream_opener.hpp"

#include <asio/post.hpp>
#include <utility>

#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/gateway/detail/messages/error_reader.hpp"

namespace wsferry::gateway {

StreamOpener::StreamOpener(asio::any_io_executor executor, StreamOptions options)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      secret_(std::make_shared<AskedSecret>(executor_, options_.credentials,
                                            options_.connection.connectTimeout)) {}

void StreamOpener::start(std::function<void(Result)> done) {
  done_ = std::move(done);
  secret_->ask([weak = weak_from_this()](const std::error_code& error, ErrorInfo info,
                                         const std::string& secret) {
    if (const auto self = weak.lock()) {
      self->onSecret(error, std::move(info), secret);
    }
  });
}

void StreamOpener::cancel() {
  done_ = nullptr;
  secret_->cancel();
  if (url_) {
    url_->cancel();
  }
  client_.reset();
}

void StreamOpener::onSecret(const std::error_code& error, ErrorInfo info,
                            const std::string& secret) {
  if (error) {
    fail(error, std::move(info), secret_->thrown());
  } else {
    makeRequest(secret);
  }
}

void StreamOpener::makeRequest(const std::string& secret) {
  try {
    request_ = makeStreamRequest(options_, secret);
    if (request_.urlRequest) {
      askForUrl();
    } else {
      connect();
    }
  } catch (const Error& error) {
    fail(error.code(), error.info());
  }
}

void StreamOpener::askForUrl() {
  url_ = std::make_shared<AskedSecret>(
      executor_, "The urlProvider", "URL",
      [this](AskedSecret::Answer answer) {
        return options_.urlProvider->requestUrl(executor_, *request_.urlRequest, std::move(answer));
      },
      options_.connection.connectTimeout);
  url_->ask([weak = weak_from_this()](const std::error_code& error, ErrorInfo info,
                                      const std::string& answer) {
    if (const auto self = weak.lock()) {
      self->onUrl(error, std::move(info), answer);
    }
  });
}

void StreamOpener::onUrl(const std::error_code& error, ErrorInfo info, const std::string& answer) {
  if (error) {
    fail(error, std::move(info), url_->thrown());
    return;
  }
  try {
    useSessionAnswer(options_, answer, request_);
    connect();
  } catch (const Error& failure) {
    fail(failure.code(), failure.info());
  }
}

void StreamOpener::connect() {
  client_.emplace(executor_, request_.connection);
  requested_ = Clock::now();
  client_->connect(request_.url,
                   [weak = weak_from_this()](const std::error_code& error, ErrorInfo info) {
                     if (const auto self = weak.lock()) {
                       self->onConnected(error, std::move(info));
                     }
                   });
}

void StreamOpener::onConnected(const std::error_code& error, ErrorInfo info) {
  if (!done_) {
    return;
  }
  Result result;
  if (error) {
    result.error = error;
    result.refusal = readErrorBody(options_.profile, info.httpBody);
    result.info = std::move(info);
    // One that was asked for may have a token in its path.
    result.info.address = blankSecrets(result.info.address, request_.connection.secrets);
  } else {
    result.transport = client_->transport();
    result.client = std::move(client_);
    result.requested = requested_;
    result.firstMessage = std::move(request_.firstMessage);
    result.streamId = std::move(request_.streamId);
  }
  finish(std::move(result));
}

void StreamOpener::fail(const std::error_code& error, ErrorInfo info,
                        std::exception_ptr exception) {
  Result result;
  result.error = error;
  if (request_.urlRequest) {  // Else it is an answer to who gives the secret.
    result.refusal = readErrorBody(options_.profile, info.httpBody);
  }
  result.info = std::move(info);
  result.exception = std::move(exception);
  asio::post(executor_, [self = shared_from_this(), result = std::move(result)]() mutable {
    self->finish(std::move(result));
  });
}

void StreamOpener::finish(Result result) {
  if (done_) {
    const auto done = std::exchange(done_, nullptr);
    result.secrets = std::move(request_.connection.secrets);
    if (options_.credentials.tokenProvider) {
      result.asked = secret_;
    }
    done(std::move(result));
  }
}

}  // namespace wsferry::gateway
