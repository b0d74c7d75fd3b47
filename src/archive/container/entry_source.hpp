#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

#include "wsferry/archive/archive_reader.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {

/// The entries of a tar or of a folder, in one pass.
class EntrySource {
 public:
  virtual ~EntrySource() = default;
  virtual std::optional<Entry> next() = 0;
  virtual const std::string& leadingFolder() const = 0;

  /// As ArchiveReader::passedOver().
  virtual std::uint64_t passedOver() const { return 0; }

  /// As ArchiveReader::entryBehindEnd().
  virtual std::string entryBehindEnd() const { return {}; }

  /// The next bytes of the current entry; empty at its end.
  virtual std::string_view read() = 0;
};

/// Throws Errc::cancelled if `cancelled`, which may be null, is true.
inline void throwIfCancelled(const std::atomic<bool>* cancelled) {
  if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) {
    throw Error(Errc::cancelled, "reading the archive was cancelled");
  }
}

}  // namespace wsferry::archive
