#include "testing/gateway/upload_connection.hpp"

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <system_error>

#include "testing/gateway/gateway_messages.hpp"

namespace wsferry::testing {

using UploadFaultKind = UploadFault::Kind;

bool isUploadRequest(const HttpRequest& request) {
  return request.path() == uploadPath;
}

std::string tooLongAnswer() {
  return streamRefusal(413, "Payload Too Large", "GENERAL_BAD_REQUEST_ERROR",
                       "The upload is too long");
}

std::string faultyUploadAnswer(const UploadFault& fault) {
  switch (fault.kind) {
    case UploadFaultKind::refusal:
      return httpResponse(fault.httpStatus, "Refused", "application/json", fault.error);
    case UploadFaultKind::html:
      return httpResponse(200, "OK", "text/html", "<html><title>Sign in</title></html>");
    case UploadFaultKind::answer:
      return httpResponse(200, "OK", "application/json", fault.answer);
    default:
      return {};
  }
}

void UploadedStream::take(std::uint64_t bytes) {
  bytes_ += bytes;
  makeResults(false);
}

void UploadedStream::finish() {
  if (!kept_->hasEnded) {
    makeResults(true);
    store_.end(*kept_, options_.uploadState);
  }
}

void UploadedStream::makeResults(bool isEnd) {
  const std::uint64_t size = options_.bytesPerResult;
  while (bytes_ >= (finals_ + 1) * size || (isEnd && bytes_ > finals_ * size)) {
    MadeUpResult result;
    result.number = result.sequenceId = ++finals_;
    result.endMilliseconds = std::min(bytes_, finals_ * size) * 1000 / size;
    store_.add(*kept_, result);
  }
}

// A client that leaves has given the stream up.
UploadConnection::~UploadConnection() {
  if (!isOver_) {
    if (stream_) {
      stream_->fail();
    }
    log_.change([](auto& log) { ++log.disconnected; });
  }
}

void UploadConnection::begin() {
  if (!stream_) {
    stream_ = std::make_shared<UploadedStream>(options_, settings_, store_);
  }
}

void UploadConnection::onBody(std::string_view bytes) {
  if (isOver_) {
    return;
  }
  begin();
  bytes_ += bytes.size();
  log_.change([&](auto& log) { log.uploadBytes += bytes.size(); });
  stream_->take(bytes.size());
  if (bytes_ > options_.longestUpload) {
    answer(tooLongAnswer());
    stream_->fail();
  } else if (fault_.kind != UploadFaultKind::none && bytes_ >= fault_.afterBytes) {
    playFault();
    stream_->fail();
  }
}

void UploadConnection::onBodyEnd() {
  if (isOver_) {
    return;
  }
  begin();
  log_.change([](auto& log) { ++log.uploads; });
  answer(
      httpResponse(200, "OK", "application/json",
                   streamObject(settings_, "HTTP", stream_->kept().state, options_.nullMembers)));
  const auto timer = std::make_shared<asio::steady_timer>(peer_.executor(), options_.drainDelay);
  timer->async_wait([timer, stream = stream_](std::error_code error) {
    if (!error) {
      stream->finish();
    }
  });
}

void UploadConnection::playFault() {
  switch (fault_.kind) {
    case UploadFaultKind::disconnect:
      isOver_ = true;
      peer_.disconnect();
      break;
    case UploadFaultKind::reset:
      isOver_ = true;
      peer_.reset();
      break;
    case UploadFaultKind::silence:
      isOver_ = true;
      break;
    case UploadFaultKind::freeze:
      isOver_ = true;
      peer_.freeze();
      break;
    default:
      answer(faultyUploadAnswer(fault_));
  }
}

void UploadConnection::answer(std::string_view response) {
  isOver_ = true;
  peer_.sendRaw(response);
  peer_.disconnect();
}

}  // namespace wsferry::testing
