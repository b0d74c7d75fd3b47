#pragma once

#include <optional>
#include <string_view>

#include "wsferry/archive/archive_reader.hpp"

namespace wsferry::archive {

/// The entries of a tar or of a folder, in one pass.
class EntrySource {
 public:
  virtual ~EntrySource() = default;
  virtual std::optional<Entry> next() = 0;

  /// The next bytes of the current entry; empty at its end.
  virtual std::string_view read() = 0;
};

}  // namespace wsferry::archive
