#include "archive/asset_names.hpp"

#include <algorithm>

#include "wsferry/archive/archive_format.hpp"

namespace wsferry::archive {
namespace {
constexpr std::size_t longestExtension = 16;
}

std::string AssetNames::choose(std::string_view filename) {
  std::string name = safeFileName(filename);
  if (name.size() > maximumSize_) {
    name = withSuffix(name, {}, maximumSize_);
  }
  const auto [entry, isNew] = used_.emplace(name, 1);
  if (isNew) {
    return name;
  }
  // References into the map stay valid while it grows.
  unsigned& number = entry->second;
  std::string chosen;
  do {
    chosen = withSuffix(name, "_" + std::to_string(++number), maximumSize_);
  } while (!used_.emplace(chosen, 1).second);
  return chosen;
}

std::string withSuffix(std::string_view name, std::string_view suffix, std::size_t maximumSize) {
  const auto dot = name.find_last_of('.');
  const bool hasExtension =
      dot != std::string_view::npos && dot > 0 && name.size() - dot <= longestExtension;
  const auto extension = hasExtension ? name.substr(dot) : std::string_view();
  auto stem = name.substr(0, name.size() - extension.size());
  const std::size_t room = maximumSize - suffix.size() - extension.size();
  if (stem.size() > room) {
    std::size_t end = room;
    // A byte 10xxxxxx continues a character: the cut comes before the character's first byte.
    while (end > room - 3 && (static_cast<unsigned char>(stem[end]) & 0xC0) == 0x80) {
      --end;
    }
    stem = stem.substr(0, end);
  }
  return std::string(stem).append(suffix).append(extension);
}

}  // namespace wsferry::archive
