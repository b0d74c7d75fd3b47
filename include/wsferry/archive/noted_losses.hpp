#pragma once

#include <cstdint>

namespace wsferry::archive {

/// What a transfer has lost, as an archive's end tells it.
struct NotedLosses {
  std::uint64_t count = 0;
  std::uint64_t files = 0;  ///< Of these, files that are missing or too short.

  /// Whether files are all that was lost, as VerificationOptions::allowMissingFiles accepts it.
  bool areFiles() const { return count == files; }
};

}  // namespace wsferry::archive
