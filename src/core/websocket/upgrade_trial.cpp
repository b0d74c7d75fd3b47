#include "wsferry/core/upgrade_trial.hpp"

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "wsferry/core/websocket_client.hpp"

namespace wsferry {
namespace {

class TrialRun : public std::enable_shared_from_this<TrialRun> {
 public:
  using Done = Completion<std::error_code, ErrorInfo, UpgradeTrial>;

  TrialRun(asio::io_context& context, const WebSocketOptions& options, Done done)
      : client_(context.get_executor(), options),
        deadline_(context),
        pongTimeout_(bounded(options.handshakeTimeout)),
        done_(std::move(done)) {}

  void start(const Url& url) {
    waitUntil(TimePoint::max());
    client_.connect(url, [weak = weak_from_this()](const std::error_code& error, ErrorInfo info) {
      const auto self = weak.lock();
      if (!self) {
        return;
      }
      if (error) {
        self->finish(error, std::move(info));
      } else {
        self->waitUntil(Clock::now() + self->pongTimeout_);
        self->ping();
      }
    });
  }

 private:
  // This alone holds the trial: were it held by the client that it holds, and the context is gone,
  // it would be there for ever.
  void waitUntil(TimePoint deadline) {
    deadline_.expires_at(deadline);
    deadline_.async_wait([self = shared_from_this()](const asio::error_code& error) {
      if (!error) {
        self->close();
      }
    });
  }

  void ping() {
    client_.ping([weak = weak_from_this()](const std::error_code& error,
                                           std::chrono::nanoseconds roundTrip) {
      const auto self = weak.lock();
      if (!self || self->isClosing_) {
        return;
      }
      if (error) {
        self->result_.ended = error;
      } else {
        self->result_.roundTrip = std::min(self->result_.roundTrip.value_or(roundTrip), roundTrip);
      }
      if (error || --self->pingsLeft_ == 0) {
        self->close();
      } else {
        self->ping();
      }
    });
  }

  void close() {
    if (isClosing_) {
      return;
    }
    isClosing_ = true;
    waitUntil(TimePoint::max());
    // However the closing goes: what was asked is known.
    client_.close(1000, "", [weak = weak_from_this()](const std::error_code&) {
      if (const auto self = weak.lock()) {
        self->finish({}, {});
      }
    });
  }

  void finish(const std::error_code& error, ErrorInfo info) {
    deadline_.cancel();
    done_(error, std::move(info), result_);
  }

  WebSocketClient client_;
  asio::steady_timer deadline_;
  const Duration pongTimeout_;
  Done done_;
  unsigned pingsLeft_ = 3;
  bool isClosing_ = false;
  UpgradeTrial result_;
};

}  // namespace

namespace detail {

void startTrial(asio::io_context& context, const Url& url, const WebSocketOptions& options,
                Completion<std::error_code, ErrorInfo, UpgradeTrial> completion) {
  std::make_shared<TrialRun>(context, options, std::move(completion))->start(url);
}

}  // namespace detail
}  // namespace wsferry
