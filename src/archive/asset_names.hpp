#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

namespace wsferry::archive {

/// Gives assets names that are harmless and different from each other.
class AssetNames {
 public:
  /// No name becomes longer than `maximumSize` bytes.
  explicit AssetNames(std::size_t maximumSize) : maximumSize_(maximumSize) {}

  /// The name to store the asset `filename` under: unchanged if possible.
  std::string choose(std::string_view filename);

 private:
  std::size_t maximumSize_;
  std::unordered_map<std::string, unsigned> used_;  ///< The last number added to each name.
};

/// `name` cut to `maximumSize` bytes between characters, with `suffix` inserted before its
/// extension, which stays if it is short.
std::string withSuffix(std::string_view name, std::string_view suffix, std::size_t maximumSize);

}  // namespace wsferry::archive
