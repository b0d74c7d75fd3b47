#pragma once

#include <condition_variable>
#include <cstddef>
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
  /// So many of the last bytes are stored as they are: the last entry of a tar, which is small,
  /// and the tar's end. See hasWholeEnd().
  static constexpr std::size_t endInTheOpen = std::size_t{4} << 10;

  explicit GzipSink(ByteSink& next);

  /// Drops what is still queued.
  ~GzipSink() override;

  void write(std::string_view bytes) override;
  void finish() override;

 private:
  std::string takeEnd();
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
  std::string end_;                ///< Stored last, as it is.
  bool ended_ = false;             ///< Nothing is added to full_ any more.
  bool abandoned_ = false;
  std::exception_ptr failure_;

  std::thread thread_;
};

}  // namespace wsferry::archive
