// Every record that is split off and judged has to be judged alike on one line. The first byte
// chooses the stage.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/require.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/messages/record_inspector.hpp"

namespace {

using wsferry::strapi::RecordTypes;

void requireSame(const RecordTypes& a, const RecordTypes& b) {
  require(a.type == b.type && a.otherType == b.otherType && a.aggregate == b.aggregate);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto stage = wsferry::strapi::stageOrder[data[0] % wsferry::strapi::stageOrder.size()];
  try {
    wsferry::strapi::RecordArray records({reinterpret_cast<const char*>(data) + 1, size - 1});
    wsferry::strapi::RecordInspector inspector;
    wsferry::strapi::RecordInspector other;
    std::string_view record;
    std::string storage;
    while (records.next(record)) {
      const RecordTypes types = inspector.inspect(stage, record);
      const std::string_view line = wsferry::strapi::oneLine(record, storage);
      require(line.find_first_of("\r\n") == std::string_view::npos);
      requireSame(types, other.inspect(stage, line));
    }
  } catch (const wsferry::Error& error) {
    require(error.code() == wsferry::Errc::protocolViolation);
  }
  return 0;
}
