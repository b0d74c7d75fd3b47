#include "core/redaction.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace wsferry {

std::string blankSecrets(std::string_view text, const std::vector<std::string>& secrets) {
  // All places are found before any is blanked: a secret may hold another, or overlap it.
  std::vector<std::pair<std::size_t, std::size_t>> places;
  for (const std::string& secret : secrets) {
    if (secret.empty()) {
      continue;
    }
    for (auto at = text.find(secret); at != std::string_view::npos;
         at = text.find(secret, at + 1)) {
      places.emplace_back(at, at + secret.size());
    }
  }
  std::sort(places.begin(), places.end());
  std::string result;
  std::size_t done = 0;
  for (const auto& [begin, end] : places) {
    if (begin >= done) {
      result.append(text.substr(done, begin - done)).append("***");
    }
    done = std::max(done, end);
  }
  return result.append(text.substr(done));
}

}  // namespace wsferry
