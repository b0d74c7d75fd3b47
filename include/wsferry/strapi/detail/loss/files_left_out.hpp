#pragma once

#include <cstdint>
#include <string>

namespace wsferry::strapi {

/// The remark on content without any file whose records name this many. Checks and transfers use
/// the same words, so that they need not be shown twice.
inline std::string filesLeftOut(std::uint64_t named) {
  return "there are no files, but records name " + std::to_string(named) +
         ": they were left out when this was made, or all are missing";
}

}  // namespace wsferry::strapi
