#include "wsferry/platform/stream_service.hpp"

#include <algorithm>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/strand.hpp>
#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "gateway/session/asked_secret.hpp"
#include "platform/request/stream_answer.hpp"
#include "wsferry/core/detail/text/query_string.hpp"
#include "wsferry/core/detail/thread/last_post.hpp"
#include "wsferry/core/detail/thread/start_call.hpp"
#include "wsferry/http/client.hpp"
#include "wsferry/platform/detail/request/service_request.hpp"

namespace wsferry::platform {

// What a StreamService owns. On the executor only, unless said otherwise.
class StreamService::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::any_io_executor executor, StreamServiceOptions options)
      : executor_(std::move(executor)),
        options_(std::move(options)),
        client_(std::in_place, executor_, options_.connection) {
    makeServiceRequest(options_.url, {}, options_.credentials, options_.connection,
                       options_.credentials.secret);
  }

  const asio::any_io_executor& executor() const { return executor_; }  // any thread

  void request(const char* method, const std::string& streamId, const char* action,
               StreamCompletion completion) {
    const std::uint64_t id = nextCallId_++;
    startCall(
        executor_, shared_from_this(), std::move(completion),
        [id, method, streamId, action](Impl& self, StreamCompletion begun) {
          self.begin(id, method, streamId, action, std::move(begun));
        },
        [id](Impl& self, asio::cancellation_type type) { self.cancel(id, type); });
  }

  /// The owner is gone.
  void end() {
    client_.reset();
    while (!calls_.empty()) {
      giveUp(calls_.begin()->first);
    }
  }

 private:
  struct Call {
    std::string method;
    std::string path;
    StreamCompletion completion;
    std::shared_ptr<gateway::AskedSecret> secret;
    std::vector<std::string> secrets;
    std::shared_ptr<asio::cancellation_signal> stop;  ///< None while the secret is asked for.
    bool hasRenewed = false;
  };

  void begin(std::uint64_t id, const char* method, const std::string& streamId, const char* action,
             StreamCompletion completion) {
    ErrorInfo info;
    if (completion.isCancelled() || !client_) {
      info.message = "The request was cancelled";
      completion(Errc::cancelled, std::move(info), {});
      return;
    }
    if (streamId.empty()) {
      info.message = "The id of the stream is empty";
      completion(Errc::invalidOption, std::move(info), {});
      return;
    }
    Call& call = calls_[id];
    call.method = method;
    call.path = "/" + percentEncode(streamId) + action;
    call.completion = std::move(completion);
    call.secret = std::make_shared<gateway::AskedSecret>(executor_, options_.credentials,
                                                         options_.connection.connectTimeout);
    ask(id);
  }

  void ask(std::uint64_t id) {
    const auto secret = calls_[id].secret;
    secret->ask([weak = weak_from_this(), id](const std::error_code& error, ErrorInfo info,
                                              const std::string& value) {
      const auto self = weak.lock();
      if (!self || self->calls_.count(id) == 0) {
        return;
      }
      if (error) {
        self->complete(id, {error, std::move(info), {}});
      } else {
        self->send(id, value);
      }
    });
  }

  void send(std::uint64_t id, const std::string& secret) {
    Call& call = calls_[id];
    http::Request request;
    try {
      ServiceRequest made = makeServiceRequest(urlOf(call.path), {}, options_.credentials,
                                               options_.connection, secret);
      request = std::move(made.request);
      call.secrets = std::move(made.secrets);
    } catch (const Error& error) {  // Of a secret that no header holds.
      complete(id, {error.code(), error.info(), {}});
      return;
    }
    request.method = call.method;
    request.headers.emplace_back("Accept", "application/json");
    call.stop = std::make_shared<asio::cancellation_signal>();
    client_->fetch(
        std::move(request),
        asio::bind_cancellation_slot(
            call.stop->slot(),
            // The signal must live as long as what is bound to it.
            [weak = weak_from_this(), id, stop = call.stop](
                const std::error_code& error, ErrorInfo info, const http::Response& response) {
              const auto self = weak.lock();
              if (self && self->calls_.count(id) != 0) {
                self->onResponse(id, error, std::move(info), response);
              }
            }));
  }

  // Before the query that the URL may have.
  std::string urlOf(const std::string& path) const {
    std::string url = options_.url.substr(0, options_.url.find('#'));
    const std::size_t end = std::min(url.find('?'), url.size());
    const bool hasSlash = end > 0 && url[end - 1] == '/';
    return url.insert(end, hasSlash ? path.substr(1) : path);
  }

  void onResponse(std::uint64_t id, const std::error_code& error, ErrorInfo info,
                  const http::Response& response) {
    Call& call = calls_[id];
    if (error) {
      complete(id, {error, std::move(info), {}});
    } else if (response.head.status == 401 && call.secret->drop() &&
               !std::exchange(call.hasRenewed, true)) {
      ask(id);
    } else {
      complete(
          id, readStreamAnswer(response, call.secrets, "the Stream Service", call.method == "GET"));
    }
  }

  // A question changes nothing, so that any type ends it. Whether another request has been sent,
  // the client knows; of a second attempt, the first has.
  void cancel(std::uint64_t id, asio::cancellation_type type) {
    const auto found = calls_.find(id);
    if (found == calls_.end()) {
      return;
    }
    const Call& call = found->second;
    if (endsBegunCall(type) || call.method == "GET" || !call.stop) {
      giveUp(id);
    } else if (!call.hasRenewed) {
      call.stop->emit(type);
    }
  }

  void giveUp(std::uint64_t id) {
    StreamAnswer answer;
    answer.error = Errc::cancelled;
    answer.info.message = "The request was cancelled";
    complete(id, std::move(answer));
  }

  void complete(std::uint64_t id, StreamAnswer answer) {
    auto call = calls_.extract(id);
    call.mapped().secret->cancel();
    if (call.mapped().stop) {
      call.mapped().stop->emit(asio::cancellation_type::terminal);
    }
    call.mapped().completion(answer.error, std::move(answer.info), std::move(answer.stream));
  }

  const asio::any_io_executor executor_;
  const StreamServiceOptions options_;
  std::optional<http::Client> client_;
  std::atomic<std::uint64_t> nextCallId_{1};
  std::map<std::uint64_t, Call> calls_;
};

StreamService::StreamService(asio::io_context& context, StreamServiceOptions options)
    : StreamService(asio::make_strand(context), std::move(options)) {}

StreamService::StreamService(asio::any_io_executor strand, StreamServiceOptions options)
    : impl_(std::make_shared<Impl>(std::move(strand), std::move(options))) {}

StreamService::~StreamService() {
  postLast(impl_->executor(), [impl = impl_] { impl->end(); });
}

asio::any_io_executor StreamService::executor() const {
  return impl_->executor();
}

void StreamService::startFetch(const std::shared_ptr<Impl>& impl, const std::string& streamId,
                               StreamCompletion completion) {
  impl->request("GET", streamId, "", std::move(completion));
}

void StreamService::startCancel(const std::shared_ptr<Impl>& impl, const std::string& streamId,
                                StreamCompletion completion) {
  impl->request("PUT", streamId, "/cancel", std::move(completion));
}

}  // namespace wsferry::platform
