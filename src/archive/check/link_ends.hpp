#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wsferry::archive {

/// A link as far as it tells one from another.
struct LinkEnds {
  struct End {
    std::string type;
    std::string ref;
    std::string_view field;     ///< JSON text.
    std::string_view position;  ///< The same.
  };
  std::string kind;
  End left;
  End right;

  /// Equal for what counts as the same link: what a database keeps each pair of only once does,
  /// wherever it stands among others.
  std::uint64_t key() const;
};

}  // namespace wsferry::archive
