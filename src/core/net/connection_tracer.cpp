#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <memory>

#include "core/net/certificates.hpp"
#include "core/net/connection_socket.hpp"
#include "core/net/connector.hpp"
#include "wsferry/core/connection_trace.hpp"

namespace wsferry {
namespace {

/// A connection that is opened to be looked at.
class ConnectionTracer : public std::enable_shared_from_this<ConnectionTracer> {
 public:
  using Done = Completion<std::error_code, ErrorInfo, ConnectionTrace>;

  /// @throws Error with Errc::invalidOption.
  ConnectionTracer(asio::io_context& context, const Url& url, const ConnectionOptions& options)
      : timeout_(options.connectTimeout),
        socket_(std::make_shared<ConnectionSocket>(context.get_executor())),
        connector_(std::make_shared<Connector>(context.get_executor(), socket_, url, options)),
        deadline_(context) {}

  void start(Done done) {
    done_ = std::move(done);
    deadline_.expires_after(bounded(timeout_));
    // This alone holds the tracer: were it held by what it holds, and the context is gone, it would
    // be there for ever.
    deadline_.async_wait([self = shared_from_this()](const asio::error_code& error) {
      if (!error) {
        self->connector_->onTimeout(self->timeout_);
      }
    });
    connector_->start([weak = weak_from_this()](const std::error_code& error, ErrorInfo info) {
      if (const auto self = weak.lock()) {
        self->finish(error, std::move(info));
      }
    });
  }

 private:
  void finish(const std::error_code& error, ErrorInfo info) {
    if (!done_) {
      return;
    }
    Done done = std::move(done_);
    ConnectionTrace trace = connector_->trace();
    if (TlsStream* const tls = socket_->tls()) {
      trace.certificates = certificatesOf(tls->handle());
    }
    deadline_.cancel();
    connector_->cancel();
    done(error, std::move(info), std::move(trace));
  }

  const Duration timeout_;
  const std::shared_ptr<ConnectionSocket> socket_;
  const std::shared_ptr<Connector> connector_;
  asio::steady_timer deadline_;
  Done done_;
};

}  // namespace

namespace detail {

void startTrace(asio::io_context& context, const Url& url, const ConnectionOptions& options,
                Completion<std::error_code, ErrorInfo, ConnectionTrace> completion) {
  std::shared_ptr<ConnectionTracer> tracer;
  try {
    tracer = std::make_shared<ConnectionTracer>(context, url, options);
  } catch (const Error& error) {
    completion(error.code(), error.info(), {});
    return;
  }
  asio::post(context, [tracer, completion = std::move(completion)]() mutable {
    tracer->start(std::move(completion));
  });
}

}  // namespace detail
}  // namespace wsferry
