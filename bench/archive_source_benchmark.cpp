// Reading an archive for a push: the first pass that checks it, and the second that gives its
// stages. Beside it: what inflating alone costs.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "archive/chain/gunzip_source.hpp"
#include "archive/file/file_source.hpp"
#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/archive/archive_source.hpp"
#include "wsferry/core/uuid.hpp"

namespace {

namespace fs = std::filesystem;

using wsferry::archive::ArchiveDestination;
using wsferry::archive::ArchiveDestinationOptions;
using wsferry::archive::ArchiveSource;
using wsferry::archive::ArchiveSourceOptions;
using wsferry::strapi::AssetInfo;
using wsferry::strapi::TransferStage;

constexpr int entityCount = 50'000;
constexpr int linkCount = 50'000;
constexpr int assetCount = 64;
constexpr std::size_t assetSize = 1 << 20;

struct Nothing final : wsferry::strapi::RecordSink, wsferry::strapi::AssetSink {
  void record(const wsferry::strapi::Record& record) override { bytes += record.text().size(); }
  void begin(std::string_view, const AssetInfo&) override {}
  void write(std::string_view, std::string_view data) override { bytes += data.size(); }
  void end(std::string_view) override {}
  std::uint64_t bytes = 0;
};

/// An archive of records, or of files that cannot be compressed.
class Archive {
 public:
  Archive(bool ofRecords, bool compressed) {
    ArchiveDestinationOptions options;
    options.path = path();
    options.format.compressed = compressed;
    ArchiveDestination destination(options);
    destination.beforeTransfer(
        {{"2024-01-01T00:00:00.000Z", "5.54.0"},
         {{"api::a.a",
           R"({"uid":"api::a.a","modelType":"contentType","attributes":{)"
           R"("title":{"type":"string"},"rating":{"type":"decimal"},"featured":{"type":"boolean"},)"
           R"("createdAt":{"type":"datetime"},"locale":{"type":"string"},)"
           R"("b":{"type":"relation","relation":"manyToOne","target":"api::a.a"}}})"}},
         {}});
    if (ofRecords) {
      writeRecords(destination);
    } else {
      writeAssets(destination);
    }
    destination.close();
  }
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  ~Archive() { fs::remove(path()); }

  std::string path() const { return path_.string(); }

 private:
  static void writeRecords(ArchiveDestination& destination) {
    destination.beginStage(TransferStage::entities);
    for (int i = 0; i < entityCount; ++i) {
      destination.records().record(R"({"type":"api::a.a","id":)" + std::to_string(i + 1) +
                                   R"(,"data":{"title":"Lorem ipsum dolor sit amet )" +
                                   std::to_string(i * 7919) +
                                   R"(","rating":4.25,"featured":true,"createdAt":)"
                                   R"("2024-01-01T01:41:40.000Z","locale":null}})");
    }
    destination.endStage();
    destination.beginStage(TransferStage::links);
    for (int i = 0; i < linkCount; ++i) {
      destination.records().record(
          R"({"kind":"relation.basic","relation":"manyToOne","left":{"type":"api::a.a",)"
          R"("field":"b","ref":)" +
          std::to_string(i + 1) + R"(},"right":{"type":"api::a.a","ref":1,"pos":1}})");
    }
    destination.endStage();
  }

  static void writeAssets(ArchiveDestination& destination) {
    std::string bytes(assetSize, '\0');
    std::uint32_t state = 1;
    destination.beginStage(TransferStage::assets);
    for (int i = 0; i < assetCount; ++i) {
      for (char& byte : bytes) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<char>(state >> 24);
      }
      const std::string hash = "file_" + std::to_string(i);
      destination.assets().begin(hash,
                                 {hash + ".bin", assetSize,
                                  R"({"id":1,"name":"n","hash":")" + hash +
                                      R"(","ext":".bin","mime":"m","size":1048.58,"url":"u"})"});
      destination.assets().write(hash, bytes);
      destination.assets().end(hash);
    }
    destination.endStage();
  }

  const fs::path path_ =
      fs::temp_directory_path() / ("wsferry-benchmark-" + wsferry::Uuid::random().toString());
};

std::uint64_t readStages(ArchiveSource& source) {
  Nothing nothing;
  source.readRecords(TransferStage::entities, nothing);
  source.readAssets(nothing);
  source.readRecords(TransferStage::links, nothing);
  return nothing.bytes;
}

ArchiveSourceOptions optionsFor(const Archive& archive) {
  ArchiveSourceOptions options;
  options.path = archive.path();
  return options;
}

// Bytes of content, uncompressed.
void firstPass(benchmark::State& state, bool ofRecords, bool compressed) {
  const Archive archive(ofRecords, compressed);
  std::uint64_t bytes = 0;
  for ([[maybe_unused]] auto _ : state) {
    ArchiveSource source(optionsFor(archive));
    source.bootstrap();
    bytes = 0;
    for (const auto& stage : source.summary().totals) {
      bytes += stage.second.bytes;
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

void secondPass(benchmark::State& state, bool ofRecords, bool compressed) {
  const Archive archive(ofRecords, compressed);
  ArchiveSource source(optionsFor(archive));
  source.bootstrap();
  std::uint64_t bytes = 0;
  for ([[maybe_unused]] auto _ : state) {
    source.bootstrap();  // Starts again without the first pass.
    bytes = readStages(source);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

void inflateOnly(benchmark::State& state, bool ofRecords) {
  const Archive archive(ofRecords, true);
  std::uint64_t bytes = 0;
  for ([[maybe_unused]] auto _ : state) {
    wsferry::archive::GunzipSource source(
        std::make_unique<wsferry::archive::FileSource>(archive.path()));
    bytes = 0;
    for (std::string_view read = source.read(); !read.empty(); read = source.read()) {
      bytes += read.size();
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

BENCHMARK_CAPTURE(firstPass, records_tar, true, false);
BENCHMARK_CAPTURE(firstPass, records_gzip, true, true);
BENCHMARK_CAPTURE(firstPass, files_tar, false, false);
BENCHMARK_CAPTURE(firstPass, files_gzip, false, true);
BENCHMARK_CAPTURE(secondPass, records_tar, true, false);
BENCHMARK_CAPTURE(secondPass, records_gzip, true, true);
BENCHMARK_CAPTURE(secondPass, files_tar, false, false);
BENCHMARK_CAPTURE(secondPass, files_gzip, false, true);
BENCHMARK_CAPTURE(inflateOnly, records, true);
BENCHMARK_CAPTURE(inflateOnly, files, false);

}  // namespace
