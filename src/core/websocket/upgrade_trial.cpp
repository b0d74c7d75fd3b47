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
        pongTimeout_(options.handshakeTimeout),
        done_(std::move(done)) {}

  void start(const Url& url) {
    client_.connect(url, [self = shared_from_this()](const std::error_code& error, ErrorInfo info) {
      if (error) {
        self->done_(error, std::move(info), {});
      } else {
        self->awaitPongs();
      }
    });
  }

 private:
  void awaitPongs() {
    deadline_.expires_after(pongTimeout_);
    deadline_.async_wait([self = shared_from_this()](const asio::error_code& error) {
      if (!error) {
        self->close();
      }
    });
    ping();
  }

  void ping() {
    client_.ping([self = shared_from_this()](const std::error_code& error,
                                             std::chrono::nanoseconds roundTrip) {
      if (self->isClosing_) {
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
    deadline_.cancel();
    // However the closing goes: what was asked is known.
    client_.close(1000, "", [self = shared_from_this()](const std::error_code&) {
      self->done_({}, {}, self->result_);
    });
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
