#include <optional>
#include <string>

#include "http/client/transfer.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/detail/text/seconds_text.hpp"

namespace wsferry::http {

std::optional<Duration> Transfer::timeLimit() const {
  if (isLimited_) {
    return std::nullopt;
  }
  const ClientOptions& options = session_->options();
  switch (phase_) {
    case Phase::connecting:
      return options.connectTimeout;
    case Phase::sending:
      return isUploadPaused_
                 ? std::nullopt
                 : std::optional(isUploading() ? options.stallTimeout : options.responseTimeout);
    case Phase::receiving:
      return isReadPaused_ || isUploadPaused_ ? std::nullopt : std::optional(options.stallTimeout);
    case Phase::idle:
    case Phase::ended:
      break;
  }
  return std::nullopt;
}

// A timer that is early is left alone: each byte that moves would set it otherwise.
void Transfer::armDeadline() {
  const auto limit = timeLimit();
  if (!limit || (alarm_ && *alarm_ <= lastMove_ + *limit)) {
    return;
  }
  alarm_ = lastMove_ + *limit;
  deadline_.expires_at(*alarm_);
  // What waits for a server is held by its deadline, and what waits for its user, by that.
  deadline_.async_wait([self = shared_from_this()](const asio::error_code& error) {
    if (!error) {
      self->alarm_.reset();
      self->onDeadline();
    }
  });
}

void Transfer::onDeadline() {
  const auto limit = timeLimit();
  if (!limit) {
    return;
  }
  if (Clock::now() < lastMove_ + *limit) {
    armDeadline();
    return;
  }
  const std::string time = secondsText(*limit);
  if (phase_ == Phase::connecting) {
    fail(Errc::connectTimedOut, "No connection to " + url_.display() + " within " + time +
                                    ". Check the address and firewalls, or allow more time.");
  } else if (phase_ == Phase::sending && isUploading()) {
    fail(Errc::timedOut, url_.display() + " took no byte of the request's body for " + time);
  } else if (phase_ == Phase::sending) {
    fail(Errc::timedOut, url_.display() + " did not answer within " + time);
  } else {
    const std::string came =
        sinceMove_ == 0 ? "No byte" : "Only " + counted(sinceMove_, "byte", "bytes");
    fail(Errc::timedOut,
         came + " of " + url_.display() + " came for " + time + ", in the middle of it");
  }
}

}  // namespace wsferry::http
