#include "http/files/file_fetcher.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <iterator>
#include <utility>

#include "http/files/file_slot.hpp"
#include "wsferry/core/detail/error/thrown.hpp"
#include "wsferry/core/detail/text/seconds_text.hpp"
#include "wsferry/http/detail/files/file_request.hpp"

namespace wsferry::http {
namespace {

ClientOptions fetchingOptions(const FileSourceOptions& options) {
  ClientOptions client = fileClientOptions(options.connection);
  client.connectionsPerHost = std::max(options.connections, options.mostConnections);
  client.stallBytes = FetchRetry::leastBytes;
  return client;
}

}  // namespace

FileFetcher::FileFetcher(const FileSourceOptions& options, const FileAddresses& addresses,
                         FileList& files, Method method)
    : options_(options),
      addresses_(addresses),
      files_(files),
      method_(method),
      client_(thread_.context().get_executor(), fetchingOptions(options)),
      pace_(options.connections, options.mostConnections),
      trust_(options.giveUpEarly) {
  thread_.onException([this](const std::exception_ptr& thrown) {
    const std::lock_guard lock(mutex_);
    thrown_ = thrown;  // Words need memory, which may be what is missing.
    changed_.notify_all();
  });
  asio::post(thread_.context(), [this] { pump(); });
}

// Whatever the thread was at, it is needed no more, and needs no memory to be told.
FileFetcher::~FileFetcher() {
  thread_.stop();
  thread_.end();
  // What an exchange waits for holds its slot, which holds the exchange.
  for (const SlotPointer& slot : slots_) {
    slot->exchange.reset();
  }
}

void FileFetcher::cancel() noexcept {
  const std::lock_guard lock(mutex_);
  isCancelled_ = true;
  changed_.notify_all();
}

bool FileFetcher::hasGivenUp() const {
  const std::lock_guard lock(mutex_);
  return hasGivenUp_;
}

std::optional<FilePiece> FileFetcher::next() {
  const TimePoint begin = Clock::now();
  const Duration interval = options_.connection.stallTimeout;
  TimePoint notice = begin + interval;
  std::unique_lock lock(mutex_);
  for (;;) {
    if (isCancelled_) {
      throw Error(Errc::cancelled, "Fetching files was cancelled");
    }
    if (thrown_) {
      throw Error(exceptionCode(thrown_), "Fetching a file failed" + exceptionText(thrown_));
    }
    if (failure_) {
      throw *failure_;
    }
    if (auto piece = takePiece()) {
      return piece;
    }
    if (slots_.empty() && hasNoMore_) {
      return std::nullopt;
    }
    if (changed_.wait_until(lock, notice) == std::cv_status::timeout) {
      notice = Clock::now() + interval;
      tellWaiting(std::chrono::duration_cast<Duration>(Clock::now() - begin), lock);
    }
  }
}

// Of the first, which all others wait for.
void FileFetcher::tellWaiting(Duration howLong, std::unique_lock<std::mutex>& lock) {
  if (!options_.onDiagnostic || slots_.empty()) {
    return;
  }
  strapi::Diagnostic diagnostic;
  diagnostic.kind = "waiting";
  diagnostic.message = slots_.front()->waitingText(secondsText(howLong));
  lock.unlock();
  options_.onDiagnostic(diagnostic);
  lock.lock();
}

// What the first slot has to hand out.
std::optional<FilePiece> FileFetcher::takePiece() {
  if (slots_.empty()) {
    return std::nullopt;
  }
  Slot& slot = *slots_.front();
  FilePiece piece;
  if (slot.mismatch) {
    piece.kind = FilePiece::Kind::missed;
    piece.mismatch = std::move(*slot.mismatch);
    piece.file = std::move(slot.file);
    slots_.pop_front();
  } else if (!slot.hasBegun) {
    const bool mustBeWhole = method_ == Method::head || slot.size <= Slot::wholeSize;
    if (!slot.size || (!slot.isDone && mustBeWhole)) {
      return std::nullopt;
    }
    slot.hasBegun = true;
    piece.file = slot.file;
    piece.size = *slot.size;
    piece.lastModified = slot.lastModified;
    return piece;
  } else if (!slot.blocks.empty()) {
    piece.kind = FilePiece::Kind::bytes;
    piece.bytes = std::move(slot.blocks.front());
    slot.blocks.pop_front();
    slot.buffered -= piece.bytes.size();
    const bool wasFull = isFull();
    buffered_ -= piece.bytes.size();
    if (!wasFull || (isFull() && !mayRead(slots_.front()))) {
      return piece;
    }
  } else if (slot.isDone) {
    piece.kind = FilePiece::Kind::end;
    slots_.pop_front();
  } else {
    return std::nullopt;
  }
  asio::post(thread_.context(), [this] { pump(); });  // There is room, or another one is first.
  return piece;
}

// Starts what may start, and reads on what waited for room.
void FileFetcher::pump() {
  startDue();
  while (startNext()) {
  }
  std::vector<SlotPointer> open;
  {
    const std::lock_guard lock(mutex_);
    std::copy_if(slots_.begin(), slots_.end(), std::back_inserter(open),
                 [](const SlotPointer& slot) { return slot->isOpen; });
  }
  for (const SlotPointer& slot : open) {
    read(slot);
  }
}

bool FileFetcher::startNext() {
  {
    const std::lock_guard lock(mutex_);
    const bool mustWait = isFull() || slots_.size() >= std::size_t{4} * pace_.connections();
    if (thrown_ || hasNoMore_ || active_ >= pace_.connections() || (mustWait && !slots_.empty())) {
      return false;
    }
  }
  std::optional<MediaFile> file = files_.next();
  SlotPointer slot;
  {
    const std::lock_guard lock(mutex_);
    if (!file) {
      hasNoMore_ = true;
      changed_.notify_all();
      return false;
    }
    slot = slots_.emplace_back(
        std::make_shared<Slot>(std::move(*file), thread_.context().get_executor()));
  }
  ++active_;
  start(slot);
  return true;
}

void FileFetcher::start(const SlotPointer& slot) {
  if (trust_.isLost() && slot->attempt == 0) {  // What was begun is brought to its end.
    miss(slot, {Slot::notTried, {}});
    return;
  }
  if (slot->file.name.empty()) {  // The source makes one up, and has to be asked.
    miss(slot, {"name not told", {}});
    return;
  }
  const bool isSizeKnown = slot->file.size.bytes || slot->file.size.kilobytes;
  const auto address = addresses_.find(slot->file.url);
  if (!address || !isSizeKnown) {
    miss(slot, {address ? "size not told" : "URL not fetched", {}});
  } else if (address->isServers || address->isGiven || isServerPublic_) {
    request(slot, *address);
  } else {
    waitingForServer_.push_back(slot);
    if (waitingForServer_.size() == 1) {
      learnServer();
    }
  }
}

// Whether the server is in a public network: then the files that it names elsewhere have to be,
// too.
void FileFetcher::learnServer() {
  Request head;
  head.method = "HEAD";
  head.url = addresses_.server();
  client_.fetch(std::move(head),
                [this](const std::error_code& error, const ErrorInfo&, const Response& response) {
                  isServerPublic_ = countsAsPublic(addresses_.server(), options_.connection, error,
                                                   response.head);
                  for (const SlotPointer& slot : std::exchange(waitingForServer_, {})) {
                    start(slot);
                  }
                });
}

}  // namespace wsferry::http
