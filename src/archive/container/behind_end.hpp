#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wsferry::archive {

/// What follows the end of a tar or of its compressed data: mostly padding, but also another
/// archive, or the rest of this one where its middle was blanked.
class BehindEnd {
 public:
  /// The next bytes, from the end on.
  void add(std::string_view bytes);

  /// Nothing more follows.
  void finish();

  /// How many there were, zeros not counted.
  std::uint64_t bytes() const { return bytes_; }

  /// The path of the first entry of a tar, compressed or not, among them; empty for none.
  const std::string& entry() const { return entry_; }

 private:
  void search(std::size_t end);

  std::uint64_t bytes_ = 0;
  std::string pending_;  ///< Not searched yet, or only as what follows.
  std::string entry_;
  unsigned trials_ = 0;
};

}  // namespace wsferry::archive
