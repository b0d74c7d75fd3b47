#pragma once

#include <memory>
#include <string>

#include "archive/chain/byte_source.hpp"

namespace wsferry::archive {

/// Inflates gzip: one member or several, checking lengths and checksums. What follows the last
/// member is ignored, as gzip does.
class GunzipSource final : public ByteSource {
 public:
  explicit GunzipSource(std::unique_ptr<ByteSource> source);
  ~GunzipSource() override;

  /// @throws Error with ArchiveErrc::invalidArchive for damaged or truncated data.
  std::string_view read() override;
  std::uint64_t passedOver() const override { return passedOver_; }

 private:
  struct State;
  bool startNextMember();
  void countPassed(std::string_view bytes);

  std::unique_ptr<State> state_;
  std::unique_ptr<ByteSource> source_;
  std::uint64_t passedOver_ = 0;
};

}  // namespace wsferry::archive
