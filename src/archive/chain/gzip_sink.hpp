#pragma once

#include <condition_variable>
#include <exception>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <vector>

#include "archive/chain/byte_sink.hpp"
#include "archive/chain/gzip_compressor.hpp"

namespace wsferry::archive {

/// Compresses on a thread of its own, and runs the links behind it there. A failure there is thrown
/// from the next call here.
class GzipSink final : public ByteSink {
 public:
  explicit GzipSink(ByteSink& next);

  /// Drops what is still queued.
  ~GzipSink() override;

  void write(std::string_view bytes) override;
  void finish() override;

 private:
  std::string freeBlock();
  void enqueue(std::string block);
  void run();
  void compressQueued();

  ByteSink& next_;
  std::string block_;  ///< Being filled by the caller.

  std::mutex mutex_;
  std::condition_variable changed_;
  std::queue<std::string> full_;   ///< Waiting for the compressor.
  std::vector<std::string> free_;  ///< To be filled again.
  bool ended_ = false;             ///< Nothing is added to full_ any more.
  bool abandoned_ = false;
  std::exception_ptr failure_;

  std::thread thread_;
};

}  // namespace wsferry::archive
