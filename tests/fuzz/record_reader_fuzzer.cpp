// Every record of a message has to be read alike when it stands alone. The first byte
// chooses the stage.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/require.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/messages/record_array.hpp"

namespace {

using wsferry::strapi::Record;
using wsferry::strapi::RecordViews;

void requireSame(const RecordViews& a, const RecordViews& b) {
  require(a.aggregate() == b.aggregate() && a.entity.id == b.entity.id);
  require(a.link.left.type == b.link.left.type && a.link.right.type == b.link.right.type);
  require(a.entity.attributes.size() == b.entity.attributes.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (!wsferry::isUtf8(text)) {
    return 0;
  }
  const auto stage = wsferry::strapi::stageOrder[data[0] % wsferry::strapi::stageOrder.size()];
  try {
    wsferry::strapi::RecordReader reader;
    wsferry::strapi::RecordReader other;
    wsferry::strapi::RecordArray records(stage, text, reader);
    while (const auto record = records.next()) {
      require(record->text().find_first_of("\r\n") == std::string_view::npos);
      const Record again = other.read(stage, record->text());
      require(record->isRead());
      requireSame(record->views(), again.views());
    }
  } catch (const wsferry::Error& error) {
    require(error.code() == wsferry::Errc::protocolViolation);
  }
  return 0;
}
