#include "platform/egress/egress_session.hpp"

#include <algorithm>
#include <utility>

#include "platform/request/service_refusal.hpp"
#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/platform/detail/egress/egress_request.hpp"
#include "wsferry/platform/platform_error.hpp"

namespace wsferry::platform {
namespace {

constexpr std::size_t keptExplanation = std::size_t{64} << 10;
constexpr int okStatus = 200;

// A page, as a proxy or a wrong address has it, is no results, nor is what was compressed unasked;
// nor, where raw ones are bytes, an object, which says what is wrong.
bool isOther(const http::ResponseHead& head, gateway::EgressFormat format) {
  const std::string type = asciiLowerCase(head.header("Content-Type"));
  const std::string coding = asciiLowerCase(head.header("Content-Encoding"));
  return startsWith(type, "text/html") || !(coding.empty() || coding == "identity") ||
         (format == gateway::EgressFormat::raw && startsWith(type, "application/json"));
}

// Of a service that does not have it.
std::string missingOf(const EgressOptions& options) {
  std::string ids = options.group;
  for (const std::string& stream : options.streams) {
    ids += (ids.empty() ? "" : ", ") + stream;
  }
  ids = printable(ids, 300);
  if (options.streams.size() > 1) {
    return "The Egress Service does not have all of the streams " + ids +
           ": an id is wrong, or its results are no longer kept.";
  }
  return std::string("The Egress Service has no ") +
         (options.group.empty() ? "stream " : "group ") + ids +
         ": the id is wrong, or its results are no longer kept.";
}

constexpr const char* noneToResumeAt = " Results are missing: read all of them again.";
constexpr const char* someToResumeAt =
    " Everything after the last results is missing: resume there.";

}  // namespace

EgressOptions::EgressOptions() {
  connection.stallTimeout = Duration(1'800'000);
}

EgressSession::EgressSession(asio::any_io_executor executor, EgressOptions options)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      client_(std::in_place, executor_, options_.connection),
      secret_(std::make_shared<gateway::AskedSecret>(executor_, options_.credentials,
                                                     options_.connection.connectTimeout)),
      timer_(executor_),
      lines_(options_.longestLine),
      positions_(options_.resume),
      rule_(options_.retries, options_.firstPause, options_.longestPause) {
  makeEgressRequest(options_, options_.credentials.secret, options_.resume);
}

void EgressSession::next(CallId id, NextCompletion completion) {
  if (completion.isCancelled()) {
    completion(Errc::cancelled, {});
  } else if (call_) {
    completion(Errc::invalidState, {});
  } else {
    call_.emplace(Call{id, std::move(completion)});
    deliver();
  }
}

void EgressSession::cancel(CallId id) {
  if (call_ && call_->id == id) {
    std::exchange(call_, std::nullopt)->completion(Errc::cancelled, {});
  }
}

void EgressSession::close() {
  if (phase_ != Phase::over) {
    ErrorInfo info;
    info.message = "Reading results was ended by this side";
    finish(EgressOutcome::cancelled, Errc::cancelled, std::move(info));
    deliver();
  }
}

void EgressSession::end() {
  close();
  client_.reset();
}

// Gives who waits the next event, or does what brings one.
void EgressSession::deliver() {
  if (!call_) {
    return;
  }
  if (events_.empty() && phase_ == Phase::idle) {
    open();
  } else if (events_.empty() && phase_ == Phase::reading) {
    read();
  }
  if (!call_ || (events_.empty() && phase_ != Phase::over)) {
    return;
  }
  EgressEvent event;
  if (events_.empty()) {
    event.verdict = verdict_;
  } else {
    event = std::move(events_.front());
    events_.pop_front();
  }
  std::exchange(call_, std::nullopt)->completion({}, std::move(event));
}

void EgressSession::open() {
  ++attempt_;
  isReading_ = false;
  lines_.reset();
  head_ = {};
  explanation_.clear();
  phase_ = Phase::asking;
  secret_->ask([weak = weak_from_this()](const std::error_code& error, ErrorInfo info,
                                         const std::string& secret) {
    if (const auto self = weak.lock()) {
      self->onSecret(error, std::move(info), secret);
      self->deliver();
    }
  });
}

void EgressSession::onSecret(const std::error_code& error, ErrorInfo info,
                             const std::string& secret) {
  if (!error) {
    connect(secret);
    return;
  }
  broke(error, std::move(info));
}

void EgressSession::connect(const std::string& secret) {
  phase_ = Phase::opening;
  try {
    ServiceRequest made = makeEgressRequest(options_, secret, positions_.positions());
    secrets_ = std::move(made.secrets);
    exchange_.emplace(*client_, std::move(made.request));
  } catch (const Error& error) {  // Of a secret that no header holds.
    giveUp(error.code(), error.info(), {});
    return;
  }
  exchange_->start([weak = weak_from_this(), attempt = attempt_](
                       const std::error_code& error, ErrorInfo info, http::ResponseHead head) {
    const auto self = weak.lock();
    if (self && self->isOf(attempt, Phase::opening)) {
      self->onHead(error, std::move(info), std::move(head));
      self->deliver();
    }
  });
}

void EgressSession::onHead(const std::error_code& error, ErrorInfo info, http::ResponseHead head) {
  if (error) {
    broke(error, std::move(info));
    return;
  }
  head_ = std::move(head);
  if (head_.status != okStatus || isOther(head_, options_.format)) {
    phase_ = Phase::explaining;
    read();
    return;
  }
  phase_ = Phase::reading;
  hasAnswered_ = true;
  hasRenewed_ = false;
}

void EgressSession::read() {
  if (std::exchange(isReading_, true)) {
    return;
  }
  exchange_->read([weak = weak_from_this(), attempt = attempt_](const std::error_code& error,
                                                                ErrorInfo info, std::string block) {
    const auto self = weak.lock();
    if (self && self->attempt_ == attempt && self->exchange_) {
      self->isReading_ = false;
      self->onBlock(error, std::move(info), std::move(block));
      self->deliver();
    }
  });
}

void EgressSession::onBlock(const std::error_code& error, ErrorInfo info, std::string block) {
  if (phase_ == Phase::explaining) {
    explanation_ += block;
    if (error || block.empty() || explanation_.size() >= keptExplanation) {
      onRefusal();
    } else {
      read();
    }
  } else if (error) {
    broke(error, std::move(info));
  } else if (block.empty()) {
    onAnswerEnd();
  } else {
    takeResults(std::move(block));
  }
}

// A body that no mark ends may have been cut.
void EgressSession::onAnswerEnd() {
  if (!head_.hasMarkedEnd) {
    ErrorInfo info;
    info.address = head_.url.display();
    info.peer = ErrorPeer::remote;
    info.message = info.address + " ended its answer without saying whether that was all";
    broke(Errc::connectionLost, std::move(info));
    return;
  }
  if (const auto line = lines_.last()) {
    takeLine(*line);
  }
  if (phase_ == Phase::reading) {
    complete();
  }
}

// An answer without results, whose body has been read.
void EgressSession::onRefusal() {
  if (head_.status == 401 && secret_->drop() && !std::exchange(hasRenewed_, true)) {
    exchange_.reset();
    open();
    return;
  }
  ServiceRefusal refusal =
      serviceRefusal({head_, explanation_}, secrets_, "results", "the Egress Service");
  if (refusal.error == PlatformErrc::streamNotFound) {
    refusal.info.message = missingOf(options_) + " It says: " +
                           printable(refusal.response.title + ": " + refusal.response.message, 500);
  }
  broke(refusal.error, std::move(refusal.info), std::move(refusal.response));
}

// An answer has failed, or broken off. It is asked for again where that may help and loses nothing.
void EgressSession::broke(const std::error_code& error, ErrorInfo info,
                          gateway::ErrorResponse response) {
  exchange_.reset();
  isReading_ = false;
  if (verdict_.bytes > 0 || !positions_.isResumable()) {
    info.message = sentence(info.message) +
                   " It cannot be resumed, because results did not give their "
                   "position.";
    giveUp(error, std::move(info), std::move(response));
    return;
  }
  const auto pause =
      rule_.onFailure(error, info, head_.status != 0,
                      wishedPause(head_.header("Retry-After"), head_.header("Date")));
  if (!pause) {
    giveUp(error, std::move(info), std::move(response));
    return;
  }
  ++verdict_.reconnections;
  phase_ = Phase::pausing;
  note(EgressEvent::Kind::reconnecting, info.message);
  timer_.expires_after(*pause);
  timer_.async_wait([weak = weak_from_this(), attempt = attempt_](const asio::error_code& ended) {
    const auto self = weak.lock();
    if (!ended && self && self->isOf(attempt, Phase::pausing)) {
      self->open();
      self->deliver();
    }
  });
}

void EgressSession::giveUp(const std::error_code& error, ErrorInfo info,
                           gateway::ErrorResponse response) {
  verdict_.response = std::move(response);
  if (hasAnswered_) {
    info.message =
        sentence(info.message) + (lastPositions().empty() ? noneToResumeAt : someToResumeAt);
  }
  finish(hasAnswered_ ? EgressOutcome::incomplete : EgressOutcome::refused, error, std::move(info));
}

std::vector<EgressPosition> EgressSession::lastPositions() const {
  return positionsBeforeLoss_.value_or(positions_.positions());
}

void EgressSession::complete() {
  if (verdict_.unreadable == 0) {
    finish(EgressOutcome::complete, {}, {});
    return;
  }
  ErrorInfo info;
  info.message = std::to_string(verdict_.unreadable) +
                 " of the service's lines could not be read, so results are missing";
  finish(EgressOutcome::incomplete, Errc::dataMissing, std::move(info));
}

void EgressSession::finish(EgressOutcome outcome, const std::error_code& error, ErrorInfo info) {
  phase_ = Phase::over;
  timer_.cancel();
  secret_->cancel();
  exchange_.reset();
  verdict_.outcome = outcome;
  verdict_.error = error;
  verdict_.info = withoutSecrets(std::move(info), secrets_);
  verdict_.positions = lastPositions();
  for (auto& topic : std::exchange(openPartials_, {})) {
    for (gateway::Response& partial : topic.second.take()) {
      verdict_.openPartials.push_back(std::move(partial));
    }
  }
}

}  // namespace wsferry::platform
