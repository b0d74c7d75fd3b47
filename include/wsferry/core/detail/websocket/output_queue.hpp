#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wsferry {

/// Bytes on their way to a socket, in reusable blocks: queued bytes are neither moved nor copied
/// when more arrive, and a few blocks stay in the cache. They are released once little was queued
/// for a while. Not thread-safe.
class OutputQueue {
 public:
  bool isEmpty() const { return blocks_.empty(); }

  void append(std::string_view bytes) {
    sinceEmpty_ += bytes.size();
    while (!bytes.empty()) {
      if (blocks_.empty() || blocks_.back().size() >= blockSize ||
          (isWriting_ && blocks_.size() == 1)) {
        addBlock();
      }
      std::string& block = blocks_.back();
      const std::string_view part = bytes.substr(0, blockSize - block.size());
      block.append(part);
      bytes.remove_prefix(part.size());
    }
  }

  /// The first bytes, for the socket; they stay where they are until consume().
  std::string_view beginWrite() {
    isWriting_ = true;
    return std::string_view(blocks_.front()).substr(consumed_);
  }

  /// The socket accepted this many of them.
  void consume(std::size_t count) {
    isWriting_ = false;
    consumed_ += count;
    if (consumed_ == blocks_.front().size()) {
      consumed_ = 0;
      if (spare_.size() < maxSpare) {
        spare_.push_back(std::move(blocks_.front()));
      }
      blocks_.pop_front();
      if (blocks_.empty()) {
        onEmpty();
      }
    }
  }

  /// Everything, for a caller that writes it itself; the queue is then empty.
  std::string takeAll() {
    std::string all;
    for (const std::string& block : blocks_) {
      all += block;
    }
    all.erase(0, std::exchange(consumed_, 0));
    blocks_.clear();
    sinceEmpty_ = 0;
    return all;
  }

  /// Memory held for bytes, whether used or not.
  std::size_t capacity() const {
    std::size_t sum = 0;
    for (const std::string& block : blocks_) {
      sum += block.capacity();
    }
    for (const std::string& block : spare_) {
      sum += block.capacity();
    }
    return sum;
  }

 private:
  static constexpr std::size_t blockSize = std::size_t{128} << 10;
  static constexpr std::size_t maxSpare = 12;  ///< As a message of 1 MiB in base64 needs.
  static constexpr std::size_t little = 4096;
  static constexpr unsigned quietLimit = 16;

  void addBlock() {
    if (spare_.empty()) {
      const bool isMuch = blocks_.size() > 1;
      blocks_.emplace_back();
      if (isMuch) {
        blocks_.back().reserve(blockSize);  // It would grow to that step by step.
      }
    } else {
      blocks_.push_back(std::move(spare_.back()));
      blocks_.back().clear();
      spare_.pop_back();
    }
  }

  void onEmpty() {
    quiet_ = std::exchange(sinceEmpty_, 0) <= little ? quiet_ + 1 : 0;
    if (quiet_ >= quietLimit) {
      quiet_ = 0;
      spare_.erase(std::remove_if(spare_.begin(), spare_.end(),
                                  [](const auto& block) { return block.capacity() > 2 * little; }),
                   spare_.end());
    }
  }

  std::deque<std::string> blocks_;
  std::size_t consumed_ = 0;  ///< Of the first block.
  bool isWriting_ = false;
  std::vector<std::string> spare_;
  std::size_t sinceEmpty_ = 0;  ///< Bytes appended since the queue was last empty.
  unsigned quiet_ = 0;          ///< Times in a row that those were little.
};

}  // namespace wsferry
