#include "wsferry/archive/archive_format.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"

#include <algorithm>

namespace wsferry::archive {
namespace {

constexpr std::size_t longestFileName = 255;
constexpr std::size_t longestExtension = 16;

bool isHarmful(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return character == '/' || character == '\\' || byte < 0x20 || byte == 0x7F;
}

// Cuts a name between characters, and leaves a short extension.
std::string cutName(std::string_view name) {
  const auto dot = name.find_last_of('.');
  const bool hasExtension =
      dot != std::string_view::npos && dot > 0 && name.size() - dot <= longestExtension;
  const auto extension = hasExtension ? name.substr(dot) : std::string_view();
  const std::size_t room = longestFileName - extension.size();
  std::size_t end = room;
  // A byte 10xxxxxx continues a character: the cut comes before the character's first byte.
  while (end > room - 3 && isUtf8Continuation(name[end])) {
    --end;
  }
  return std::string(name.substr(0, end)).append(extension);
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
  return safe.size() > longestFileName ? cutName(safe) : safe;
}

}  // namespace wsferry::archive
