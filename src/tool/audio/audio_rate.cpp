#include "tool/audio/audio_rate.hpp"

#include <charconv>
#include <string_view>
#include <vector>

#include "tool/options/selection_options.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && value > 0 ? std::optional(value) : std::nullopt;
}

}  // namespace

RawAudio RawAudio::parse(const std::string& text) {
  const std::vector<std::string> items = listItems(text);
  if (items.size() == 3 && !items[0].empty()) {
    const auto rate = number(items[1]);
    const auto channels = number(items[2]);
    if (rate && channels) {
      return {{items[0], *rate, *channels}};
    }
  }
  throw Error(Errc::invalidOption,
              "--raw-audio takes ENCODING,RATE,CHANNELS, such as linear16,16000,1");
}

}  // namespace wsferry::tool
