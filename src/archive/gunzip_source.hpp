#pragma once

#include <memory>
#include <string>

#include "archive/byte_source.hpp"

namespace wsferry::archive {

/// Inflates gzip: one member or several, checking lengths and checksums. What follows the last
/// member is ignored, as gzip does.
class GunzipSource final : public ByteSource {
 public:
  explicit GunzipSource(std::unique_ptr<ByteSource> source);
  ~GunzipSource() override;

  /// @throws Error with Errc::invalidArchive for damaged or truncated data.
  std::string_view read() override;

 private:
  struct State;
  bool startNextMember();

  std::unique_ptr<State> state_;
  std::unique_ptr<ByteSource> source_;
};

}  // namespace wsferry::archive
