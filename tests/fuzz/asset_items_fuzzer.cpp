#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/require.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/messages/asset_items.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using wsferry::strapi::AssetItem;
  // Kept, as in a transfer: a failure must not spoil what comes after it.
  static wsferry::strapi::AssetItemReader reader;
  AssetItem item;
  try {
    reader.begin({reinterpret_cast<const char*>(data), size});
    while (reader.next(item)) {
      require(item.bytes.empty() || item.action == AssetItem::Action::stream);
      require(item.bytes.size() < size);
      require(!item.checksum || item.action == AssetItem::Action::end);
      require(item.info.metadata.empty() == (item.action != AssetItem::Action::start));
    }
  } catch (const wsferry::Error& error) {
    require(error.code() == wsferry::Errc::protocolViolation);
  }
  return 0;
}
