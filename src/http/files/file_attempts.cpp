// What becomes of a file's attempts, on the fetcher's thread.
#include <algorithm>
#include <asio/post.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "http/files/file_fetcher.hpp"
#include "http/files/file_slot.hpp"
#include "wsferry/core/detail/error/passing.hpp"
#include "wsferry/core/detail/request/request_headers.hpp"
#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/http/detail/files/file_request.hpp"

namespace wsferry::http {

void FileFetcher::request(const SlotPointer& slot, const FileAddress& address) {
  slot->server = (address.url.secure ? "https://" : "http://") + address.url.authority();
  if (slot->attempt == 0 && hold_.isLost(slot->server)) {
    miss(slot, {Slot::notTried, {}});
    return;
  }
  const Clock::duration held = hold_.left(slot->server, Clock::now());
  {
    const std::lock_guard lock(mutex_);
    slot->isHeld = held > Clock::duration{0};
  }
  if (held > Clock::duration{0}) {
    slot->isRefused = true;
    startLater(slot, held);
    return;
  }
  const unsigned attempt = ++slot->attempt;
  slot->isReading = false;
  slot->asked = Clock::now();
  Request request = fileRequest(address, options_.connection, isServerPublic_.value_or(true));
  request.method = method_ == Method::head ? "HEAD" : "GET";
  if (slot->received != 0 && !slot->version.empty()) {
    request.range = ByteRange{slot->received, std::nullopt};
  }
  slot->isRefused = false;
  slot->exchange.emplace(client_, std::move(request));
  ++running_;
  slot->exchange->start([this, slot, attempt](const std::error_code& error, const ErrorInfo& info,
                                              const ResponseHead& head) {
    if (slot->exchange && slot->attempt == attempt) {
      onHead(slot, error, info, head);
    }
  });
}

void FileFetcher::onHead(const SlotPointer& slot, const std::error_code& error,
                         const ErrorInfo& info, const ResponseHead& head) {
  slot->answered = Clock::now();
  const std::vector<std::string> secrets = secretsOf(head.url, options_.connection);
  if (error && mayPass(error, info)) {
    retry(slot, {std::string(errorName(error)), info.message});
  } else if (error) {
    miss(slot, {std::string(errorName(error)), info.message});
  } else if (isPassingStatus(head.status)) {
    const std::string_view after = head.header("Retry-After");
    slot->isRefused = true;
    retry(slot,
          {"status " + std::to_string(head.status),
           after.empty() ? "" : "Retry-After: " + printable(blankSecrets(after, secrets), 40)},
          wishedPause(after, head.header("Date")));
  } else if (slot->received != 0 && slot->resumes(head)) {
    slot->toSkip = 0;
    slot->isOpen = true;
    read(slot);
  } else if (const auto mismatch = mismatchOf(slot->file, head, secrets)) {
    miss(slot, *mismatch);
  } else if (!startsOver(slot, head)) {
    miss(slot, {"another size", "it changed meanwhile"});
  } else {
    slot->version = Slot::versionOf(head);
    slot->isOpen = true;
    read(slot);
  }
}

// An answer has the file from its first byte. False where another file was begun.
bool FileFetcher::startsOver(const SlotPointer& slot, const ResponseHead& head) {
  const std::uint64_t size = *head.contentLength();
  const std::lock_guard lock(mutex_);
  if (slot->hasBegun) {
    slot->toSkip = slot->received;
    return slot->size == size && slot->isSame(head);
  }
  drop(*slot);
  slot->size = size;
  slot->lastModified = head.header("Last-Modified");
  changed_.notify_all();
  asio::post(thread_.context(), [this] { pump(); });  // What waited for room has to hear of it.
  return true;
}

void FileFetcher::drop(Slot& slot) {
  buffered_ -= std::exchange(slot.buffered, 0);
  slot.blocks.clear();
  slot.received = 0;
  slot.toSkip = 0;
}

bool FileFetcher::isFull() const {
  return buffered_ >= options_.bufferBytes;
}

// The first goes on where all is full, so far that a short file gets whole, and its end with it.
bool FileFetcher::mayRead(const SlotPointer& slot) const {
  return !isFull() || (slots_.front() == slot && slot->buffered <= Slot::wholeSize);
}

// What was handed out is gone on with, and not with the rest of another file.
bool FileFetcher::mayGoOn(const Slot& slot) const {
  const std::lock_guard lock(mutex_);
  return !slot.hasBegun || !slot.version.empty();
}

void FileFetcher::read(const SlotPointer& slot) {
  {
    const std::lock_guard lock(mutex_);
    if (!slot->isOpen || slot->isReading || !mayRead(slot)) {
      return;
    }
  }
  slot->isReading = true;
  slot->exchange->read([this, slot, attempt = slot->attempt](
                           const std::error_code& error, const ErrorInfo& info, std::string block) {
    if (slot->isOpen && slot->attempt == attempt) {
      onBlock(slot, error, info, std::move(block));
    }
  });
}

void FileFetcher::onBlock(const SlotPointer& slot, const std::error_code& error,
                          const ErrorInfo& info, std::string block) {
  slot->isReading = false;
  if (error) {
    retry(slot, {std::string(errorName(error)), info.message});
    return;
  }
  if (block.empty()) {
    finish(slot);
    return;
  }
  const auto skipped =
      static_cast<std::size_t>(std::min<std::uint64_t>(slot->toSkip, block.size()));
  slot->toSkip -= skipped;
  block.erase(0, skipped);
  if (!block.empty()) {
    const std::lock_guard lock(mutex_);
    slot->received += block.size();
    slot->buffered += block.size();
    buffered_ += block.size();
    slot->blocks.push_back(std::move(block));
    changed_.notify_all();
  }
  if (slot->received > slot->furthest) {
    slot->retry.cameFurther(slot->received - slot->furthest);
    slot->furthest = slot->received;
  }
  read(slot);
}

void FileFetcher::finish(const SlotPointer& slot) {
  if (method_ == Method::get && slot->received != slot->size) {
    retry(slot, {"another size", {}});
    return;
  }
  close(*slot);
  trust_.agreed();
  hold_.came(slot->server);
  pace_.came(slot->answered - slot->asked, Clock::now() - slot->asked);
  --active_;
  {
    const std::lock_guard lock(mutex_);
    slot->isDone = true;
    changed_.notify_all();
  }
  pump();
}

void FileFetcher::retry(const SlotPointer& slot, FileMismatch mismatch, Duration wished) {
  close(*slot);
  pace_.slowDown();
  // Others have come, or what was answered is this file as its record tells of it.
  const bool isProven = trust_.hasAgreed() || slot->size || !options_.giveUpEarly;
  const bool hasTimedOut = mismatch.kind == errorName(Errc::timedOut);
  const auto left =
      options_.deadline
          ? std::optional(std::chrono::duration_cast<Duration>(*options_.deadline - Clock::now()))
          : std::nullopt;
  const auto pause = slot->retry.pauseAfter(isProven, hasTimedOut, wished, left);
  if (wished > FetchRetry::longestPause || (left && wished > Duration{0} && wished >= *left)) {
    hold_.passOver(slot->server);
  } else if (wished > Duration{0}) {
    hold_.hold(slot->server, slot->asked, Clock::now(), wished);
  }
  if (!mayGoOn(*slot)) {
    miss(slot, {std::move(mismatch.kind),
                "without ETag and Last-Modified the rest may be of another file"});
    return;
  }
  bool isEnded = !pause;
  {
    const std::lock_guard lock(mutex_);
    // What is handed out in part cannot come from elsewhere, and is still worth the wait.
    isEnded = isEnded || (hold_.isLost(slot->server) && !slot->hasBegun);
    slot->failed = mismatch.text();
  }
  if (isEnded) {
    miss(slot, std::move(mismatch));
    return;
  }
  startLater(slot, *pause);
}

void FileFetcher::startLater(const SlotPointer& slot, Clock::duration pause) {
  slot->pause.expires_after(pause);
  slot->pause.async_wait([this, slot](const asio::error_code& error) {
    if (!error) {
      due_.push_back(slot);
      startDue();
    }
  });
}

// What a server refused waits until as few run as it may be asked for by then. What all others wait
// for is asked for in any case: they may have no room to get further.
void FileFetcher::startDue() {
  for (const SlotPointer& slot : std::exchange(due_, {})) {
    bool isFirst = false;
    {
      const std::lock_guard lock(mutex_);
      isFirst = slots_.front() == slot;
    }
    if (isFirst || !slot->isRefused || running_ < pace_.connections()) {
      start(slot);
    } else {
      due_.push_back(slot);
    }
  }
}

void FileFetcher::close(Slot& slot) {
  slot.isOpen = false;
  if (slot.exchange) {
    slot.exchange.reset();
    --running_;
  }
}

void FileFetcher::miss(const SlotPointer& slot, FileMismatch mismatch) {
  close(*slot);
  const bool isTried = mismatch.kind != Slot::notTried;
  if (isTried) {
    trust_.disagreed();
  }
  --active_;
  {
    const std::lock_guard lock(mutex_);
    hasGivenUp_ = hasGivenUp_ || !isTried;
    if (slot->hasBegun) {
      failure_ =
          Error(Errc::connectionLost,
                "The file ended in the middle, and its rest could not be fetched in " +
                    counted(slot->retry.failures(), "attempt", "attempts") + ": " + mismatch.text())
              .at(toString(strapi::TransferStage::assets), SubjectKind::asset, slot->file.name);
    }
    drop(*slot);
    slot->mismatch = std::move(mismatch);
    changed_.notify_all();
  }
  asio::post(thread_.context(), [this] { pump(); });
}

}  // namespace wsferry::http
