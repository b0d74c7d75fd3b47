#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "archive/chain/byte_sink.hpp"

namespace wsferry::archive {

/// Writes a POSIX tar: plain ustar headers, and pax ones where a name or size needs them.
class TarWriter {
 public:
  explicit TarWriter(ByteSink& next);
  ~TarWriter();

  /// Starts a file of exactly `size` bytes, which the following calls of write() give.
  void begin(const std::string& path, std::uint64_t size);
  void write(std::string_view bytes);

  /// Ends the tar and finishes the chain.
  void finish();

 private:
  struct State;
  void check(std::int64_t code, const char* what);
  void endEntry();

  std::unique_ptr<State> state_;
};

}  // namespace wsferry::archive
