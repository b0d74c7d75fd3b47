#include "archive/bounded/spooled_entries.hpp"

#include <algorithm>

#include "archive/bounded/key_set.hpp"

namespace wsferry::archive {

void SpooledEntries::add(std::string_view name, const ReadBytes& content) {
  Place place;
  place.offset = spool_.size();
  place.nameSize = static_cast<std::uint32_t>(name.size());
  index_.emplace_back(keyOf(name, {}), places_.size());
  isIndexSorted_ = false;
  spool_.write(name);
  for (auto bytes = content(); !bytes.empty(); bytes = content()) {
    spool_.write(bytes);
    place.size += bytes.size();
  }
  places_.push_back(place);
}

std::string SpooledEntries::name(std::size_t index) {
  const Place& place = places_[index];
  std::string name;
  while (name.size() < place.nameSize) {
    name += spool_.readAt(place.offset + name.size(), place.nameSize - name.size());
  }
  return name;
}

ReadBytes SpooledEntries::content(std::size_t index) {
  const Place& place = places_[index];
  return [this, offset = place.offset + place.nameSize, rest = place.size]() mutable {
    const auto bytes = spool_.readAt(offset, rest);
    offset += bytes.size();
    rest -= bytes.size();
    return bytes;
  };
}

std::optional<std::size_t> SpooledEntries::find(std::string_view name) {
  const std::uint64_t key = keyOf(name, {});
  if (!isIndexSorted_) {
    std::sort(index_.begin(), index_.end());
    isIndexSorted_ = true;
  }
  for (auto place = std::lower_bound(index_.begin(), index_.end(), std::pair(key, std::size_t{0}));
       place != index_.end() && place->first == key; ++place) {
    if (this->name(place->second) == name) {
      return place->second;
    }
  }
  return std::nullopt;
}

}  // namespace wsferry::archive
