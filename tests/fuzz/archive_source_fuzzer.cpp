#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "wsferry/archive/archive_source.hpp"
#include "wsferry/core/error.hpp"

namespace {

using namespace wsferry;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

class Count final : public strapi::RecordSink, public strapi::AssetSink {
 public:
  void record(std::string_view) override { ++records; }
  void begin(std::string_view, const strapi::AssetInfo&) override { ++open; }
  void write(std::string_view, std::string_view) override { require(open == 1); }
  void end(std::string_view) override { --open; }

  std::uint64_t records = 0;
  int open = 0;
};

// Without a key: deriving one takes so long that nothing would be tried.
void readAll(const std::string& path) {
  archive::ArchiveSourceOptions options;
  options.path = path;
  archive::ArchiveSource source(options);
  try {
    source.bootstrap();
  } catch (const Error& error) {
    require(error.code() == Errc::invalidArchive || error.code() == Errc::keyRequired ||
            error.code() == Errc::wrongKey);
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
    require(error.code() == Errc::invalidArchive);
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
  static const int file = memfd_create("archive", MFD_CLOEXEC);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  require(ftruncate(file, 0) == 0);
  require(pwrite(file, data, size, 0) == static_cast<ssize_t>(size));
  readAll(path);
  return 0;
}
