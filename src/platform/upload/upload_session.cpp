#include "platform/upload/upload_session.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <utility>

#include "platform/request/stream_answer.hpp"
#include "wsferry/platform/detail/upload/upload_request.hpp"

namespace wsferry::platform {
namespace {

constexpr std::size_t mostOfAnswer = std::size_t{4} << 20;
constexpr std::size_t mostKept = std::size_t{1} << 20;

}  // namespace

UploadOptions::UploadOptions() {
  connection.stallTimeout = connection.responseTimeout = Duration(300'000);
  connection.http2 = false;  // It cannot be asked first, and one request shares nothing.
}

UploadSession::UploadSession(asio::any_io_executor executor, UploadOptions options)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      client_(std::in_place, executor_, options_.connection),
      secret_(std::make_shared<gateway::AskedSecret>(executor_, options_.credentials,
                                                     options_.connection.connectTimeout)),
      begun_(std::in_place) {
  makeUploadRequest(options_, options_.credentials.secret);
}

void UploadSession::start(CallId id, StreamCompletion completion) {
  ErrorInfo info;
  if (completion.isCancelled() || (phase_ == Phase::over && !wasStarted_)) {
    info.message = "The upload was cancelled";
    completion(Errc::cancelled, std::move(info), {});
  } else if (phase_ != Phase::idle) {
    info.message = "This upload was started before";
    completion(Errc::invalidState, std::move(info), {});
  } else {
    wasStarted_ = true;
    start_.emplace(Start{id, std::move(completion)});
    open();
  }
}

// Of a second attempt, the first has been sent.
void UploadSession::cancelStart(CallId id, asio::cancellation_type type) {
  if (!start_ || start_->id != id) {
    return;
  }
  if (endsBegunCall(type) || (attempt_ == 1 && phase_ == Phase::asking)) {
    close();
  } else if (attempt_ == 1) {
    stop_->emit(type);
  }
}

void UploadSession::open() {
  ++attempt_;
  phase_ = Phase::asking;
  exchange_.reset();
  isSending_ = false;
  secret_->ask([weak = weak_from_this()](const std::error_code& error, ErrorInfo info,
                                         const std::string& secret) {
    if (const auto self = weak.lock()) {
      self->onSecret(error, std::move(info), secret);
    }
  });
}

void UploadSession::onSecret(const std::error_code& error, ErrorInfo info,
                             const std::string& secret) {
  if (error) {
    finishWith(error, std::move(info), {});
    return;
  }
  try {
    ServiceRequest made = makeUploadRequest(options_, secret);
    secrets_ = std::move(made.secrets);
    exchange_.emplace(*client_, std::move(made.request));
  } catch (const Error& refused) {  // Of a secret that no header holds.
    finishWith(refused.code(), refused.info(), {});
    return;
  }
  phase_ = Phase::open;
  stop_ = std::make_shared<asio::cancellation_signal>();
  exchange_->start(asio::bind_cancellation_slot(
      stop_->slot(),
      // The signal must live as long as what is bound to it.
      [weak = weak_from_this(), attempt = attempt_, stop = stop_](
          const std::error_code& failed, ErrorInfo why, http::ResponseHead head) {
        const auto self = weak.lock();
        if (self && self->isOf(attempt)) {
          self->onHead(failed, std::move(why), std::move(head));
        }
      }));
  if (!begun_->empty()) {
    sendBlock(*begun_);
  } else {
    sendNext();
  }
}

void UploadSession::write(CallId id, std::string block, WriteCompletion completion) {
  if (completion.isCancelled()) {
    completion(Errc::cancelled);
  } else if (phase_ == Phase::over) {
    completion(Errc::connectionClosed);
  } else if (phase_ == Phase::idle || isFinished_ || write_ || next_) {
    completion(Errc::invalidState);
  } else if (block.empty()) {
    completion({});
  } else {
    write_.emplace(Write{id, std::move(completion)});
    next_ = std::move(block);
    sendNext();
  }
}

// What has begun is kept or given up here alone, where a request is out to take it.
void UploadSession::sendNext() {
  if (phase_ != Phase::open || isSending_) {
    return;
  }
  if (next_) {
    std::string block = *std::exchange(next_, std::nullopt);
    if (begun_ && (begun_->empty() || begun_->size() + block.size() <= mostKept)) {
      *begun_ += block;
    } else {
      begun_.reset();
    }
    sendBlock(std::move(block));
  } else if (isFinished_) {
    exchange_->endBody();
  }
}

void UploadSession::sendBlock(std::string block) {
  isSending_ = true;
  exchange_->write(std::move(block),
                   [weak = weak_from_this(), attempt = attempt_](const std::error_code& error) {
                     const auto self = weak.lock();
                     if (self && self->isOf(attempt)) {
                       self->onWritten(error);
                     }
                   });
}

// Of an exchange that is over, start() tells: its answer may still have to be read, and may be one
// after which the block is sent again.
void UploadSession::onWritten(const std::error_code& error) {
  if (error == Errc::invalidState) {
    ErrorInfo info;
    info.message = "More was written than the upload's announced size";
    finishWith(error, std::move(info), {});
  } else if (!error) {
    isSending_ = false;
    if (!next_) {
      completeWrite({});
    }
    sendNext();
  }
}

// Where no block waits for its turn, this one is on its way.
void UploadSession::cancelWrite(CallId id, asio::cancellation_type type) {
  if (!write_ || write_->id != id) {
    return;
  }
  if (endsBegunCall(type)) {
    completeWrite(Errc::cancelled);
  } else if (next_) {
    next_.reset();
    completeWrite(Errc::cancelled);
  }
}

void UploadSession::finish() {
  if (!std::exchange(isFinished_, true)) {
    sendNext();
  }
}

void UploadSession::onHead(const std::error_code& error, ErrorInfo info, http::ResponseHead head) {
  if (error) {
    finishWith(error, std::move(info), {});
    return;
  }
  head_ = std::move(head);
  answer_.clear();
  readAnswer();
}

void UploadSession::readAnswer() {
  exchange_->read([weak = weak_from_this(), attempt = attempt_](
                      const std::error_code& error, ErrorInfo info, const std::string& block) {
    const auto self = weak.lock();
    if (!self || !self->isOf(attempt)) {
      return;
    }
    self->answer_ += block;
    const bool isRefusal = self->head_.status >= 300;
    const bool isWhole = self->head_.contentLength() == self->answer_.size();
    if (error && !isRefusal && !isWhole) {
      self->finishWith(error, std::move(info), {});
    } else if (error || block.empty() || self->answer_.size() > mostOfAnswer) {
      self->onAnswer(error, std::move(info));
    } else {
      self->readAnswer();
    }
  });
}

// `failure` is what the exchange ended with. An answer that is no stream by itself says more.
void UploadSession::onAnswer(const std::error_code& failure, ErrorInfo why) {
  const bool mayRenew = head_.status == 401 && begun_ && !hasRenewed_;
  if (head_.status == 401 && secret_->drop() && mayRenew) {
    hasRenewed_ = true;
    open();
    return;
  }
  StreamAnswer answer =
      readStreamAnswer({std::move(head_), std::move(answer_)}, secrets_, "the HTTP Gateway");
  if (failure && !answer.error) {
    finishWith(failure, std::move(why), {});
    return;
  }
  finishWith(answer.error, std::move(answer.info), std::move(answer.stream));
}

void UploadSession::finishWith(const std::error_code& error, ErrorInfo info,
                               gateway::StreamMetadata stream) {
  phase_ = Phase::over;
  secret_->cancel();
  exchange_.reset();
  begun_.reset();
  next_.reset();
  // First who waits for the reason, then who is told that there is one.
  if (start_) {
    std::exchange(start_, std::nullopt)->completion(error, std::move(info), std::move(stream));
  }
  completeWrite(Errc::connectionClosed);
}

void UploadSession::completeWrite(const std::error_code& error) {
  if (write_) {
    std::exchange(write_, std::nullopt)->completion(error);
  }
}

void UploadSession::close() {
  if (phase_ != Phase::over) {
    ErrorInfo info;
    info.message = "The upload was given up by this side";
    finishWith(Errc::cancelled, std::move(info), {});
  }
}

void UploadSession::end() {
  close();
  client_.reset();
}

}  // namespace wsferry::platform
