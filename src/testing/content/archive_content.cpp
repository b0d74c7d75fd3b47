#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "archive/bounded/line_splitter.hpp"
#include "testing/content/now_text.hpp"
#include "testing/server/json_members.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/archive/archive_reader.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/testing/content.hpp"

namespace wsferry::testing {

namespace {

using archive::ArchiveReader;
using archive::EntryKind;
using strapi::TransferStage;

/// The records of one stage, from a pass of its own over the archive.
class StageReader {
 public:
  StageReader(const std::string& path, const std::string& key, TransferStage stage)
      : reader_(path, key), stage_(stage) {}

  std::string next() {
    for (;;) {
      if (isInPart_) {
        std::string_view line;
        if (lines_->next(line)) {
          return std::string(line);
        }
      }
      if (!openPart()) {
        return {};
      }
    }
  }

 private:
  bool openPart() {
    isInPart_ = false;
    while (const auto entry = reader_.next()) {
      if (entry->kind == EntryKind::records && entry->stage == stage_) {
        lines_.emplace([this] { return reader_.read(); });
        isInPart_ = true;
        return true;
      }
    }
    return false;
  }

  ArchiveReader reader_;
  std::optional<archive::LineSplitter> lines_;
  const TransferStage stage_;
  bool isInPart_ = false;
};

strapi::Metadata parseMetadata(const std::string& text) {
  const auto all = jsonMembers(text);
  strapi::Metadata metadata;
  metadata.createdAt = jsonStringMember(all, "createdAt");
  if (const auto server = all.find("strapi"); server != all.end()) {
    metadata.strapiVersion = jsonStringMember(jsonMembers(server->second), "version");
  }
  return metadata;
}

/// A reader in the middle of an archive's assets, for the next one that lies ahead.
struct AssetReader {
  AssetReader(const std::string& path, const std::string& key) : reader(path, key) {}

  void moveTo(std::size_t index) {
    while (const auto entry = reader.next()) {
      if (entry->kind == EntryKind::asset && nextIndex++ == index) {
        return;
      }
    }
    throw Error(archive::ArchiveErrc::invalidArchive,
                "The archive has changed: an asset is no longer there");
  }

  ArchiveReader reader;
  std::size_t nextIndex = 0;
};

/// Lends the reader that stands between two assets. An asset that was read to its end gives it
/// back, so that reading the assets in order is one pass.
class AssetReaders {
 public:
  std::unique_ptr<AssetReader> take(const std::string& path, const std::string& key,
                                    std::size_t index) {
    {
      const std::lock_guard lock(mutex_);
      if (idle_ && idle_->nextIndex <= index) {
        return std::move(idle_);
      }
    }
    return std::make_unique<AssetReader>(path, key);
  }

  void giveBack(std::unique_ptr<AssetReader> reader) {
    const std::lock_guard lock(mutex_);
    idle_ = std::move(reader);
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<AssetReader> idle_;
};

class ArchiveContent final : public Content {
 public:
  ArchiveContent(std::string path, std::string key, CreatedAt createdAt)
      : path_(std::move(path)), key_(std::move(key)), createdAt_(createdAt) {
    std::map<std::string, std::string> metadataOfAssets;
    bool isExport = false;
    ArchiveReader reader(path_, key_);
    while (const auto entry = reader.next()) {
      if (entry->kind == EntryKind::metadata) {
        isExport = true;
        inEntry(*entry, [&] {
          metadata_ = parseMetadata(std::string(archive::withoutByteOrderMark(reader.readAll())));
        });
      } else if (entry->kind == EntryKind::asset) {
        assets_.push_back({entry->filename, entry->size, "{}"});
      } else if (entry->kind == EntryKind::assetMetadata) {
        metadataOfAssets[entry->filename] = archive::withoutByteOrderMark(reader.readAll());
      } else if (entry->kind == EntryKind::records && entry->stage == TransferStage::schemas) {
        isExport = true;
        inEntry(*entry, [&] { readSchemas(reader); });
      }
    }
    if (!isExport) {
      throw Error(archive::ArchiveErrc::invalidArchive,
                  path_ + " is not a Strapi export: it has neither metadata.json nor schemas");
    }
    for (auto& asset : assets_) {
      const auto found = metadataOfAssets.find(asset.filename);
      if (found != metadataOfAssets.end()) {
        asset.metadata = std::move(found->second);
      }
    }
  }

  strapi::Metadata metadata() const override {
    strapi::Metadata metadata = metadata_;
    if (createdAt_ == CreatedAt::ofCall) {
      metadata.createdAt = nowText();
    }
    return metadata;
  }
  std::vector<strapi::Schema> schemas() const override { return schemas_; }
  std::vector<strapi::AssetInfo> assets() const override { return assets_; }

  NextRecord records(TransferStage stage) const override {
    return [reader = std::make_shared<StageReader>(path_, key_, stage)] { return reader->next(); };
  }

  NextBytes assetBytes(std::size_t index) const override {
    auto reader =
        std::make_shared<std::unique_ptr<AssetReader>>(readers_->take(path_, key_, index));
    (*reader)->moveTo(index);
    return [readers = readers_, reader] {
      std::string piece;
      if (*reader) {
        piece = (*reader)->reader.read();
        if (piece.empty()) {
          readers->giveBack(std::move(*reader));
        }
      }
      return piece;
    };
  }

 private:
  // What is no JSON is the archive's fault here, and no peer's.
  template <class Read>
  void inEntry(const archive::Entry& entry, Read read) {
    try {
      read();
    } catch (const Error& error) {
      if (error.code() != Errc::protocolViolation) {
        throw;
      }
      throw Error(archive::ArchiveErrc::invalidArchive,
                  path_ + ": " + entry.path + " is damaged: " + error.info().message);
    }
  }

  void readSchemas(ArchiveReader& reader) {
    archive::LineSplitter lines([&reader] { return reader.read(); });
    std::string_view line;
    while (lines.next(line)) {
      std::string uid = jsonStringMember(jsonMembers(line), "uid");
      if (uid.empty()) {
        throw Error(archive::ArchiveErrc::invalidArchive, path_ + ": a schema has no uid");
      }
      schemas_.push_back({std::move(uid), std::string(line)});
    }
  }

  const std::string path_;
  const std::string key_;
  const CreatedAt createdAt_;
  strapi::Metadata metadata_;
  std::vector<strapi::Schema> schemas_;
  std::vector<strapi::AssetInfo> assets_;
  const std::shared_ptr<AssetReaders> readers_ = std::make_shared<AssetReaders>();
};

}  // namespace

std::shared_ptr<const Content> archiveContent(const std::string& path, std::string key,
                                              CreatedAt createdAt) {
  return std::make_shared<ArchiveContent>(path, std::move(key), createdAt);
}

}  // namespace wsferry::testing
