#include "core/websocket/websocket_opener.hpp"

#include <asio/error.hpp>

#include "core/net/tls.hpp"
#include "core/websocket/upgrade.hpp"
#include "wsferry/core/detail/net/invalid_answer.hpp"
#include "wsferry/core/detail/request/request_headers.hpp"

namespace wsferry {

WebSocketOpener::WebSocketOpener(const asio::any_io_executor& executor,
                                 std::shared_ptr<ConnectionSocket> socket, const Url& url,
                                 const WebSocketOptions& options, std::string request)
    : socket_(std::move(socket)),
      url_(url),
      options_(options),
      request_(std::move(request)),
      connector_(std::make_shared<Connector>(executor, socket_, url, options)) {}

void WebSocketOpener::start(std::function<void()> connected, Done done) {
  done_ = std::move(done);
  connector_->start([weak = weak_from_this(), connected = std::move(connected)](
                        const std::error_code& error, ErrorInfo info) mutable {
    const auto self = weak.lock();
    if (!self || !self->done_) {
      return;
    }
    if (error) {
      self->finish(error, std::move(info), {});
      return;
    }
    self->connected_ = true;
    connected();
    self->write(0);
  });
}

void WebSocketOpener::cancel() {
  done_ = nullptr;
  connector_->cancel();
}

void WebSocketOpener::onTimeout() {
  if (answer_.state() == HttpResponse::State::body) {
    answer_.feedEnd();
    onAnswerEnd();
  } else if (connected_) {
    fail(Errc::connectTimedOut, url_.display() + " did not answer the upgrade request within " +
                                    std::to_string(options_.handshakeTimeout.count()) +
                                    " ms. The server may hang, or not be a WebSocket server.");
  } else {
    connector_->onTimeout(options_.connectTimeout);
  }
}

void WebSocketOpener::write(std::size_t written) {
  socket_->asyncWriteSome(
      asio::buffer(request_) + written,
      [self = shared_from_this(), written](const asio::error_code& error, std::size_t size) {
        if (!self->done_) {
          return;
        }
        // An error shows in reading as well, perhaps after an answer that explains it.
        if (!error && written + size < self->request_.size()) {
          self->write(written + size);
        } else {
          self->read();
        }
      });
}

void WebSocketOpener::read() {
  socket_->asyncReadSome(
      asio::buffer(buffer_),
      [self = shared_from_this()](const asio::error_code& error, std::size_t size) {
        if (self->done_) {
          self->onRead(error, std::string_view(self->buffer_.data(), size));
        }
      });
}

void WebSocketOpener::onRead(const asio::error_code& error, std::string_view bytes) {
  const auto rest = answer_.feed(bytes);
  if (error) {
    if (answer_.isEmpty()) {
      onNoAnswer(error);
      return;
    }
    answer_.feedEnd();
  }
  onAnswer(rest);
}

void WebSocketOpener::onNoAnswer(const asio::error_code& error) {
  // A TLS 1.3 server tells only now that it did not like the client's certificate.
  if (error.category() == asio::error::get_ssl_category()) {
    finish(Errc::tlsFailed, describeTlsFailure(*socket_->tls(), error, url_.host, url_.authority()),
           {});
  } else {
    fail(Errc::connectionLost,
         url_.display() + " closed the connection without answering the upgrade request (" +
             error.message() + ")." +
             (url_.secure ? ""
                          : " If the port speaks TLS, the URL must begin with " +
                                std::string(url_.scheme == "ws" ? "wss." : "https.")));
  }
}

void WebSocketOpener::onAnswer(std::string_view rest) {
  switch (answer_.state()) {
    case HttpResponse::State::head:
    case HttpResponse::State::body:
      read();
      break;
    case HttpResponse::State::invalid:
      onInvalidAnswer();
      break;
    case HttpResponse::State::complete:
      if (answer_.status() != 101) {
        onAnswerEnd();
      } else if (const auto problem = findUpgradeProblem(answer_, url_, options_);
                 !problem.empty()) {
        fail(Errc::invalidUpgrade,
             "The answer of " + url_.display() + " to the upgrade request is wrong: " + problem);
      } else {
        ErrorInfo answer;
        describeAnswer(answer_, secretsOf(url_, options_), answer);
        finish({}, std::move(answer), headWithoutBody(answer_.head()) + std::string(rest));
      }
      break;
  }
}

void WebSocketOpener::onInvalidAnswer() {
  if (!url_.secure && isTlsAlert(answer_.head())) {
    fail(Errc::invalidUpgrade,
         "The port of " + url_.display() + " speaks TLS: use an https or wss URL.");
  } else {
    finish(answer_.isCut() ? Errc::connectionLost : Errc::invalidUpgrade,
           describeInvalidAnswer(answer_, url_.display(), "the upgrade request"), {});
  }
}

void WebSocketOpener::onAnswerEnd() {
  auto [code, info] = describeRefusal(answer_, url_, options_);
  finish(code, std::move(info), {});
}

void WebSocketOpener::fail(Errc code, std::string message) {
  ErrorInfo info;
  info.message = std::move(message);
  finish(code, std::move(info), {});
}

void WebSocketOpener::finish(const std::error_code& error, ErrorInfo info, std::string received) {
  const Done done = std::move(done_);
  done_ = nullptr;
  if (error) {
    connector_->cancel();
  }
  done(error, std::move(info), std::move(received));
}

}  // namespace wsferry
