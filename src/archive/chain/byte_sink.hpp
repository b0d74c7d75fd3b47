#pragma once

#include <string_view>

namespace wsferry::archive {

/// One link of the chain that makes a file: tar -> gzip -> encryption -> file.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual void write(std::string_view bytes) = 0;

  /// Ends the stream, here and in the links behind. Nothing may be written afterwards.
  virtual void finish() = 0;
};

}  // namespace wsferry::archive
