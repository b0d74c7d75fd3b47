#pragma once

#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/contains.hpp"
#include "support/error_of.hpp"
#include "support/file_bytes.hpp"
#include "support/temporary_folder.hpp"
#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/archive/archive_reader.hpp"
#include "wsferry/core/error.hpp"

namespace support {

using wsferry::archive::ArchiveDestination;
using wsferry::archive::ArchiveDestinationOptions;
using wsferry::archive::ArchiveFormat;
using wsferry::archive::ArchiveReader;
using wsferry::archive::ArchiveResult;
using wsferry::archive::Container;
using wsferry::strapi::AssetInfo;
using wsferry::strapi::TransferStage;

struct Asset {
  AssetInfo info;
  std::string bytes;
};

/// An export as a value.
struct Export {
  wsferry::strapi::Metadata metadata{"2024-05-06T07:08:09.000Z", "5.54.0"};
  std::vector<wsferry::strapi::Schema> schemas;
  std::vector<std::string> entities;
  std::vector<Asset> assets;
  std::vector<std::string> links;
  std::vector<std::string> configuration;
};

inline Asset asset(const std::string& hash, const std::string& ext, std::string bytes) {
  Asset made;
  made.info.filename = hash + ext;
  made.info.size = bytes.size();
  made.info.metadata = R"({"id":1,"name":"a name","hash":")" + hash + R"(","ext":")" + ext +
                       R"(","mime":"image/png","size":1.5,"url":"/uploads/x","sizeInBytes":)" +
                       std::to_string(bytes.size()) + "}";
  made.bytes = std::move(bytes);
  return made;
}

/// Puts `to` where `from` is first; it has to be there.
inline void replace(std::string& text, const std::string& from, const std::string& to) {
  const auto place = text.find(from);
  if (place == std::string::npos) {
    throw std::logic_error("not there: " + from);
  }
  text.replace(place, from.size(), to);
}

inline wsferry::strapi::Schema uploadSchema() {
  return {
      "plugin::upload.file",
      R"({"uid":"plugin::upload.file","modelType":"contentType","attributes":{"hash":{"type":"string"},"ext":{"type":"string"},"provider":{"type":"string"},"formats":{"type":"json"}}})"};
}

/// A record of the media library; `formats` is JSON text.
inline std::string uploadRecord(int id, const std::string& hash, const std::string& ext,
                                const std::string& formats = "null") {
  return R"({"type":"plugin::upload.file","id":)" + std::to_string(id) + R"(,"data":{"hash":")" +
         hash + R"(","ext":")" + ext + R"(","provider":"local","formats":)" + formats + "}}";
}

/// The metadata's members of a resized image, instead of `"id":1,`.
inline std::string ofFormat(const std::string& format, int id, const std::string& mainHash) {
  return R"("type":")" + format + R"(","id":)" + std::to_string(id) + R"(,"mainHash":")" +
         mainHash + R"(",)";
}

/// A small export without problems.
inline Export validExport() {
  Export made;
  made.schemas = {
      {"api::a.a",
       R"({"uid":"api::a.a","modelType":"contentType","attributes":{"title":{"type":"string"},"n":{"type":"float"},"b":{"type":"relation"},"f":{"type":"relation"},"localizations":{"type":"relation"}}})"},
      {"api::b.b",
       R"({"uid":"api::b.b","modelType":"contentType","attributes":{"big":{"type":"biginteger"}}})"},
      {"shared.seo",
       R"({"uid":"shared.seo","modelType":"component","attributes":{"b":{"type":"relation"}}})"}};
  made.entities = {
      R"({"type":"api::a.a","id":1,"data":{"documentId":"doc1","title":"one","n":1.50}})",
      R"({"type":"api::a.a","id":2,"data":{"documentId":"doc1","title":"zwei \u00e9 東京"}})",
      R"({"type":"api::b.b","id":1,"data":{"documentId":"doc2","big":12345678901234567890}})"};
  made.assets = {asset("pic_1", ".png", "not really a picture"), asset("empty", "", "")};
  made.links = {
      R"({"kind":"relation.basic","relation":"manyToOne","left":{"type":"api::a.a","ref":1,"field":"b"},"right":{"type":"api::b.b","ref":1}})",
      R"({"kind":"relation.circular","relation":"oneToMany","left":{"type":"api::a.a","ref":2,"field":"localizations"},"right":{"type":"api::a.a","ref":"doc1"}})",
      R"({"kind":"relation.basic","relation":"oneToOne","left":{"type":"shared.seo","ref":9,"field":"b"},"right":{"type":"api::b.b","ref":1}})"};
  made.configuration = {R"({"type":"core-store","value":{"key":"k","value":"1"}})",
                        R"({"type":"webhook","value":{"name":"w"}})"};
  return made;
}

inline void writeRecords(ArchiveDestination& destination, TransferStage stage,
                         const std::vector<std::string>& records) {
  destination.beginStage(stage);
  for (const auto& record : records) {
    destination.records().record(record);
  }
  destination.endStage();
}

/// The first assets of a stage that goes on.
inline void writeFirst(ArchiveDestination& destination, const std::vector<Asset>& assets) {
  destination.beginStage(TransferStage::assets);
  for (std::size_t i = 0; i < assets.size(); ++i) {
    const std::string id = "asset-" + std::to_string(i);
    destination.assets().begin(id, assets[i].info);
    destination.assets().write(id, assets[i].bytes);
    destination.assets().end(id);
  }
}

inline void writeAssets(ArchiveDestination& destination, const std::vector<Asset>& assets) {
  writeFirst(destination, assets);
  destination.endStage();
}

/// All stages, without close().
inline void writeStages(ArchiveDestination& destination, const Export& content) {
  destination.beforeTransfer({content.metadata, content.schemas, {}});
  writeRecords(destination, TransferStage::entities, content.entities);
  writeAssets(destination, content.assets);
  writeRecords(destination, TransferStage::links, content.links);
  writeRecords(destination, TransferStage::configuration, content.configuration);
}

inline ArchiveResult writeExport(const ArchiveDestinationOptions& options, const Export& content) {
  ArchiveDestination destination(options);
  writeStages(destination, content);
  destination.close();
  return destination.result();
}

inline ArchiveDestinationOptions tarOptions(const std::string& path) {
  ArchiveDestinationOptions options;
  options.path = path;
  options.format.compressed = false;
  return options;
}

inline ArchiveDestinationOptions folderOptions(const std::string& path) {
  ArchiveDestinationOptions options = tarOptions(path);
  options.format.container = Container::directory;
  return options;
}

/// The five formats; those with encryption have the key "secret".
inline std::vector<ArchiveDestinationOptions> allFormats(const std::string& path) {
  std::vector<ArchiveDestinationOptions> formats;
  for (const bool compressed : {false, true}) {
    for (const bool encrypted : {false, true}) {
      ArchiveDestinationOptions options = tarOptions(path);
      options.format.compressed = compressed;
      options.format.encrypted = encrypted;
      options.key = encrypted ? "secret" : "";
      formats.push_back(options);
    }
  }
  formats.push_back(folderOptions(path));
  return formats;
}

/// Puts `to` where `from` is first in a file.
inline void replaceIn(const std::string& path, const std::string& from, const std::string& to) {
  std::string bytes = readFile(path);
  replace(bytes, from, to);
  writeFile(path, bytes);
}

/// Paths and contents of the files.
inline std::map<std::string, std::string> readTree(const std::string& path,
                                                   const std::string& key = {}) {
  std::map<std::string, std::string> tree;
  ArchiveReader reader(path, key);
  while (const auto entry = reader.next()) {
    tree[entry->path] = reader.readAll();
  }
  return tree;
}

}  // namespace support
