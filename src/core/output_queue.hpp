#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wsferry {

/// Bytes on their way to a socket, in blocks that are used again: what is queued is neither moved
/// nor copied when more comes, and a few blocks stay in the cache. Not thread-safe.
class OutputQueue {
 public:
  bool isEmpty() const { return blocks_.empty(); }

  void append(std::string_view bytes) {
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

  /// The socket took so many of them.
  void consume(std::size_t count) {
    isWriting_ = false;
    consumed_ += count;
    if (consumed_ == blocks_.front().size()) {
      consumed_ = 0;
      if (spare_.size() < maxSpare) {
        spare_.push_back(std::move(blocks_.front()));
      }
      blocks_.pop_front();
    }
  }

  /// Everything, for who writes it himself; the queue is empty then.
  std::string takeAll() {
    std::string all;
    for (const std::string& block : blocks_) {
      all += block;
    }
    all.erase(0, std::exchange(consumed_, 0));
    blocks_.clear();
    return all;
  }

 private:
  static constexpr std::size_t blockSize = 128 * 1024;
  static constexpr std::size_t maxSpare = 8;

  void addBlock() {
    if (spare_.empty()) {
      blocks_.emplace_back();
    } else {
      blocks_.push_back(std::move(spare_.back()));
      blocks_.back().clear();
      spare_.pop_back();
    }
  }

  std::deque<std::string> blocks_;
  std::size_t consumed_ = 0;  ///< Of the first block.
  bool isWriting_ = false;
  std::vector<std::string> spare_;
};

}  // namespace wsferry
