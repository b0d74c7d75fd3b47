#pragma once

#include <string>

#include "wsferry/archive/noted_losses.hpp"
#include "wsferry/core/detail/text/counted.hpp"

namespace wsferry::archive {

/// What an archive's end tells of losses, for a person.
inline std::string notedLossesText(const NotedLosses& losses) {
  return "the run that made the archive reported " + counted(losses.count, "loss", "losses") +
         ", " + std::to_string(losses.files) +
         " of them of files, and noted that at the end of checksums/";
}

}  // namespace wsferry::archive
