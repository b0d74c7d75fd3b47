#include "wsferry/archive/archive_format.hpp"

#include <algorithm>

#include "archive/asset_names.hpp"

namespace wsferry::archive {
namespace {

constexpr std::size_t longestFileName = 255;

bool isHarmful(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return character == '/' || character == '\\' || byte < 0x20 || byte == 0x7F;
}

}  // namespace

std::string ArchiveFormat::extension() const {
  if (container == Container::directory) {
    return {};
  }
  return std::string(".tar") + (compressed ? ".gz" : "") + (encrypted ? ".enc" : "");
}

std::string safeFileName(std::string_view name) {
  if (name.empty()) {
    return "unnamed";
  }
  if (name == "." || name == "..") {
    return std::string(name.size(), '_');
  }
  std::string safe(name);
  std::replace_if(safe.begin(), safe.end(), isHarmful, '_');
  return safe.size() > longestFileName ? withSuffix(safe, {}, longestFileName) : safe;
}

}  // namespace wsferry::archive
