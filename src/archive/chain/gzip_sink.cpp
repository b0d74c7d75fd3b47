#include "archive/chain/gzip_sink.hpp"

#include <algorithm>
#include <utility>

namespace wsferry::archive {
namespace {
constexpr std::size_t gzipBlockSize = 256u << 10;
constexpr std::size_t blockCount = 4;
}  // namespace

GzipSink::GzipSink(ByteSink& next) : next_(next), free_(blockCount) {
  block_ = freeBlock();
  thread_ = std::thread([this] { run(); });
}

GzipSink::~GzipSink() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    abandoned_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void GzipSink::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, gzipBlockSize - block_.size());
    block_.append(piece);
    bytes.remove_prefix(piece.size());
    if (block_.size() == gzipBlockSize) {
      std::string end = takeEnd();  // It may be that of all.
      enqueue(std::move(block_));
      block_ = freeBlock();
      block_ += end;
    }
  }
}

std::string GzipSink::takeEnd() {
  const std::size_t start = block_.size() - std::min(block_.size(), endInTheOpen);
  std::string end = block_.substr(start);
  block_.resize(start);
  return end;
}

void GzipSink::finish() {
  std::string end = takeEnd();
  enqueue(std::move(block_));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    end_ = std::move(end);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
  if (failure_) {
    std::rethrow_exception(failure_);
  }
}

// Waits until the compressor is done with a block.
std::string GzipSink::freeBlock() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return !free_.empty() || failure_; });
  if (failure_) {
    std::rethrow_exception(failure_);
  }
  std::string block = std::move(free_.back());
  free_.pop_back();
  block.clear();
  block.reserve(gzipBlockSize);
  return block;
}

void GzipSink::enqueue(std::string block) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    full_.push(std::move(block));
  }
  changed_.notify_all();
}

void GzipSink::run() {
  try {
    compressQueued();
  } catch (...) {
    // Passed on: the caller's next call throws it.
    const std::lock_guard<std::mutex> lock(mutex_);
    failure_ = std::current_exception();
  }
  changed_.notify_all();
}

void GzipSink::compressQueued() {
  GzipCompressor compressor;
  for (;;) {
    std::string block;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return !full_.empty() || ended_ || abandoned_; });
      if (abandoned_) {
        return;
      }
      if (full_.empty()) {
        break;
      }
      block = std::move(full_.front());
      full_.pop();
    }
    compressor.compress(block, next_);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      free_.push_back(std::move(block));
    }
    changed_.notify_all();
  }
  compressor.finish(end_, next_);
  next_.finish();
}

}  // namespace wsferry::archive
