#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "archive/chain/byte_sink.hpp"

namespace wsferry::archive {

/// Turns bytes into one gzip member, with ISA-L where it is available, otherwise with zlib.
class GzipCompressor {
 public:
  /// Of what finish() takes.
  static constexpr std::size_t mostInTheOpen = 65'535;

  GzipCompressor();
  ~GzipCompressor();

  /// Compresses all of `bytes`; what comes out goes to `next`.
  void compress(std::string_view bytes, ByteSink& next);

  /// Ends the member with `end`, which is stored as it is: who looks at the end of a file finds it
  /// there without inflating all that comes before.
  void finish(std::string_view end, ByteSink& next);

 private:
  void deflate(std::string_view bytes, bool flushes, ByteSink& next);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wsferry::archive
