#pragma once

#include <functional>
#include <memory>
#include <string>

#include "archive/chain/byte_source.hpp"

namespace wsferry::archive {

/// Inflates gzip: one member or several, checking lengths and checksums. What follows the last
/// member is passed over, as gzip does.
class GunzipSource final : public ByteSource {
 public:
  /// Gets what is passed over.
  using PassedOver = std::function<void(std::string_view)>;

  explicit GunzipSource(
      std::unique_ptr<ByteSource> source, PassedOver passedOver = [](std::string_view) {});
  ~GunzipSource() override;

  /// @throws Error with ArchiveErrc::invalidArchive for damaged or truncated data.
  std::string_view read() override;

 private:
  struct State;
  bool startNextMember();

  std::unique_ptr<State> state_;
  std::unique_ptr<ByteSource> source_;
  PassedOver passedOver_;
};

}  // namespace wsferry::archive
