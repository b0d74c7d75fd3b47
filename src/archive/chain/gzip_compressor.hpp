#pragma once

#include <memory>
#include <string_view>

#include "archive/chain/byte_sink.hpp"

namespace wsferry::archive {

/// Turns bytes into one gzip member, with ISA-L where it is available, otherwise with zlib.
class GzipCompressor {
 public:
  GzipCompressor();
  ~GzipCompressor();

  /// Compresses all of `bytes`; what comes out goes to `next`. `last` ends the member.
  void compress(std::string_view bytes, bool last, ByteSink& next);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wsferry::archive
