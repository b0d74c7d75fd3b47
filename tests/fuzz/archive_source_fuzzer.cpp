#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/archives/archive_input.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/archive/archive_source.hpp"
#include "wsferry/core/error.hpp"

namespace {

using namespace wsferry;

class Count final : public strapi::RecordSink, public strapi::AssetSink {
 public:
  void record(const strapi::Record&) override { ++records; }
  void begin(std::string_view, const strapi::AssetInfo&) override { ++open; }
  void write(std::string_view, std::string_view) override { require(open == 1); }
  void end(std::string_view) override { --open; }

  std::uint64_t records = 0;
  int open = 0;
};

void readAll(const std::string& path) {
  archive::ArchiveSourceOptions options;
  options.path = path;
  options.key = archiveKey;
  archive::ArchiveSource source(options);
  try {
    source.bootstrap();
  } catch (const Error& error) {
    require(error.code() == archive::ArchiveErrc::invalidArchive ||
            error.code() == archive::ArchiveErrc::wrongKey);
    return;
  }
  Count count;
  std::uint64_t expected = 0;
  try {
    source.readRecords(strapi::TransferStage::entities, count);
    source.readAssets(count);
    source.readRecords(strapi::TransferStage::links, count);
    source.readRecords(strapi::TransferStage::configuration, count);
    source.close();
  } catch (const Error& error) {
    require(error.code() == archive::ArchiveErrc::invalidArchive);
    return;
  }
  for (const auto& [stage, tally] : source.summary().totals) {
    const bool isRecords =
        stage != strapi::TransferStage::assets && stage != strapi::TransferStage::schemas;
    expected += isRecords ? tally.count : 0;
  }
  require(count.records == expected && count.open == 0);
}

}  // namespace

// What the checks before a transfer let pass has to be readable as they counted it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  readAll(fileWith(data, size));
  return 0;
}
