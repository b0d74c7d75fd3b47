#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support/archive_fixture.hpp"
#include "support/archive_tar_bytes.hpp"
#include "wsferry/archive/archive_source.hpp"

namespace support {

using wsferry::archive::ArchiveSource;
using wsferry::archive::ArchiveSourceOptions;

class RecordCollector final : public wsferry::strapi::RecordSink {
 public:
  void totals(const wsferry::strapi::StageTotals& announced) override {
    announcedTotals = announced;
  }
  void record(const wsferry::strapi::Record& record) override {
    records.emplace_back(record.text());
  }
  std::vector<std::string> records;
  wsferry::strapi::StageTotals announcedTotals;
};

class AssetCollector final : public wsferry::strapi::AssetSink {
 public:
  void totals(const wsferry::strapi::StageTotals& announced) override {
    announcedTotals = announced;
  }
  void begin(std::string_view assetID, const AssetInfo& info) override {
    ids.insert(std::string(assetID));
    open_ = assetID;
    assets.push_back({info, ""});
  }
  void write(std::string_view assetID, std::string_view bytes) override {
    isOrderly = isOrderly && assetID == open_;
    assets.back().bytes += bytes;
    pieces.push_back(bytes.size());
  }
  void end(std::string_view assetID) override {
    isOrderly = isOrderly && assetID == open_;
    open_.clear();
  }

  std::vector<Asset> assets;
  std::vector<std::size_t> pieces;
  std::set<std::string> ids;
  wsferry::strapi::StageTotals announcedTotals;
  bool isOrderly = true;

 private:
  std::string open_;
};

inline std::vector<std::string> recordsOf(ArchiveSource& source, TransferStage stage) {
  RecordCollector collector;
  source.readRecords(stage, collector);
  return collector.records;
}

inline std::vector<Asset> assetsOf(ArchiveSource& source) {
  AssetCollector collector;
  source.readAssets(collector);
  return collector.assets;
}

/// All stages of a source that is bootstrapped.
inline Export readStages(ArchiveSource& source) {
  Export content;
  content.metadata = source.getMetadata();
  content.schemas = source.getSchemas();
  content.entities = recordsOf(source, TransferStage::entities);
  content.assets = assetsOf(source);
  content.links = recordsOf(source, TransferStage::links);
  content.configuration = recordsOf(source, TransferStage::configuration);
  return content;
}

inline Export readExport(ArchiveSourceOptions options) {
  ArchiveSource source(std::move(options));
  source.bootstrap();
  Export content = readStages(source);
  source.close();
  return content;
}

inline Export readExport(const std::string& path, const std::string& key = {}) {
  ArchiveSourceOptions options;
  options.path = path;
  options.key = key;
  return readExport(options);
}

/// An export in a form that can be compared: a line per item. The order counts for records only.
inline std::multimap<std::string, std::string> flat(const Export& content) {
  std::multimap<std::string, std::string> items = {
      {"metadata", content.metadata.createdAt + " " + content.metadata.strapiVersion}};
  const auto add = [&items](const std::string& stage, const std::vector<std::string>& records) {
    for (const auto& record : records) {
      items.emplace(stage, record);  // Equal keys keep their order.
    }
  };
  for (const auto& schema : content.schemas) {
    items.emplace("schema", schema.uid + " " + schema.json);
  }
  add("entities", content.entities);
  add("links", content.links);
  add("configuration", content.configuration);
  for (const auto& item : content.assets) {
    items.emplace("asset " + item.info.filename, item.info.metadata + "\n" + item.bytes);
    items.emplace("size of " + item.info.filename, std::to_string(item.info.size));
  }
  return items;
}

/// The entries of an export, one part for each record, to be arranged in any order.
inline std::vector<std::pair<std::string, std::string>> entriesOf(const Export& content) {
  std::vector<std::pair<std::string, std::string>> entries = {
      {"metadata.json", R"({"createdAt":")" + content.metadata.createdAt +
                            R"(","strapi":{"version":")" + content.metadata.strapiVersion +
                            "\"}}"}};
  const auto add = [&entries](const std::string& stage, const std::vector<std::string>& records) {
    for (std::size_t i = 0; i < records.size(); ++i) {
      entries.emplace_back(stage + "/" + stage + "_0000" + std::to_string(i + 1) + ".jsonl",
                           records[i] + "\n");
    }
  };
  std::vector<std::string> schemas;
  for (const auto& schema : content.schemas) {
    schemas.push_back(schema.json);
  }
  add("schemas", schemas);
  add("entities", content.entities);
  for (const auto& item : content.assets) {
    entries.emplace_back("assets/metadata/" + item.info.filename + ".json", item.info.metadata);
    entries.emplace_back("assets/uploads/" + item.info.filename, item.bytes);
  }
  add("links", content.links);
  add("configuration", content.configuration);
  return entries;
}

inline std::string tarOf(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string tar;
  for (const auto& [path, bytes] : entries) {
    tar += tarEntry(path, bytes);
  }
  return tar + endOfTar;
}

}  // namespace support
