// What decodes has to encode to the same letters, except for bits that no byte takes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/require.hpp"
#include "wsferry/core/detail/text/base64.hpp"

namespace {

std::string_view withoutPadding(std::string_view text) {
  while (!text.empty() && text.back() == '=') {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string out = "before";
  if (!wsferry::decodeBase64(input, out)) {
    require(out == "before");
  } else {
    std::string encoded;
    wsferry::encodeBase64(std::string_view(out).substr(6), encoded);
    const std::string_view given = withoutPadding(input);
    const std::string_view again = withoutPadding(encoded);
    require(given.size() == again.size());
    const std::size_t certain =
        given.size() / 4 * 4 + (given.size() % 4 == 0 ? 0 : given.size() % 4 - 1);
    require(given.substr(0, certain) == again.substr(0, certain));
  }
  std::string text;
  wsferry::encodeBase64(input, text);
  std::string bytes;
  require(wsferry::decodeBase64(text, bytes) && bytes == input);
  return 0;
}
