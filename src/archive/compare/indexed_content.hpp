#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "archive/bounded/key_set.hpp"
#include "archive/file/temporary_path.hpp"
#include "archive/links/link_targets.hpp"
#include "archive/text/entity_text.hpp"
#include "core/file/spool.hpp"
#include "wsferry/archive/content_comparison.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/strapi/detail/messages/record_reader.hpp"

namespace wsferry::archive {

/// Half of a SHA-256.
using ContentHash = std::array<unsigned char, 16>;

/// Makes the hashes of texts.
class ContentHasher {
 public:
  ContentHash of(std::string_view text);

 private:
  Sha256 hash_;
};

/// Texts one after another in one block, each known by its number.
class TextPool {
 public:
  std::uint32_t add(std::string_view text);
  std::string_view operator[](std::uint32_t number) const;

 private:
  std::string block_;
  std::vector<std::size_t> ends_;
};

/// Few texts that come often, each kept once.
class TextTable {
 public:
  std::uint32_t add(std::string_view text);
  const std::string& operator[](std::uint32_t number) const { return *texts_[number]; }

 private:
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
  std::vector<const std::string*> texts_;
};

/// An entity, configuration or asset.
struct IndexedItem {
  std::uint32_t group = 0;  ///< A type's number in the table.
  std::uint32_t name = 0;   ///< What it is known by, in the pool.
  ContentHash content{};    ///< Of its text.
  std::uint32_t size = 0;   ///< Of its text, which begins at:
  std::uint64_t offset = 0;
  bool isDocument = true;  ///< Its name means the same everywhere; else it is a row's id.
};

struct IndexedComponent {
  std::uint32_t owner = 0;  ///< The entity.
  std::uint32_t path = 0;   ///< In the pool.
};

struct IndexedLinkEnd {
  enum class Target : std::uint8_t {
    nothing,  ///< Nothing that was transferred.
    entity,
    component,
    document,  ///< All entities with a documentId, which is in the pool.
  };
  std::uint32_t type = 0;
  std::uint32_t field = 0;
  std::uint32_t position = 0;
  std::uint32_t target = 0;
  Target kind = Target::nothing;
};

struct IndexedLink {
  std::uint32_t kind = 0;
  std::uint32_t relation = 0;
  IndexedLinkEnd left;
  IndexedLinkEnd right;
};

/// What a ContentIndex remembers.
class IndexedContent : public strapi::RecordSink, public strapi::AssetSink {
 public:
  void start(const strapi::TransferManifest& manifest);
  void beginStage(strapi::TransferStage stage) { stage_ = stage; }
  void finish();

  /// The text of an item: JSON that is the same for equal ones.
  std::string textOf(const IndexedItem& item) const;

  void record(const strapi::Record& record) override;
  void begin(std::string_view assetID, const strapi::AssetInfo& info) override;
  void write(std::string_view assetID, std::string_view bytes) override;
  void end(std::string_view assetID) override;

  strapi::Metadata metadata;
  std::vector<strapi::Schema> schemas;
  std::set<std::string, std::less<>> passwords;  ///< Names of attributes of this type.
  TextTable table;
  TextPool pool;
  std::vector<IndexedItem> entities;
  std::vector<IndexedComponent> components;
  std::vector<IndexedLink> links;
  std::vector<IndexedItem> configuration;
  std::vector<IndexedItem> serverConfiguration;
  std::vector<IndexedItem> assets;
  std::uint64_t doubles = 0;  ///< Not among these.

 private:
  // A row of the database that the content comes from.
  struct Row {
    std::uint32_t type = 0;
    std::uint64_t id = 0;
    bool operator==(const Row& other) const { return type == other.type && id == other.id; }
  };
  struct RowHash {
    std::size_t operator()(const Row& row) const {
      return std::hash<std::uint64_t>()(row.id * 4096 + row.type);
    }
  };
  struct Place {
    IndexedLinkEnd::Target kind = IndexedLinkEnd::Target::nothing;
    std::uint32_t number = 0;
  };
  struct OpenAsset {
    std::string filename;
    std::string metadata;  ///< As it came.
    std::uint64_t size = 0;
    Sha256 bytes;
  };

  void addEntity(const strapi::EntityView& entity, std::string_view json);
  void addLink(const strapi::LinkView& link);
  void addConfiguration(const strapi::ConfigurationView& stored);
  IndexedLinkEnd linkEnd(const strapi::LinkEnd& told);
  bool isDouble(KeySet& known, std::uint64_t key);
  void resolve(IndexedLinkEnd& end, std::string_view ref);
  OpenAsset& find(std::string_view assetID);
  IndexedItem item(std::string_view group, std::string_view name, std::string_view text);

  strapi::TransferStage stage_ = strapi::TransferStage::schemas;
  strapi::RecordReader reader_;
  EntityText contentText_;
  ContentHasher hasher_;
  SpoolBudget budget_{16u << 20, 0, {}};
  mutable Spool texts_{budget_, temporaryFolder()};
  std::unordered_map<Row, Place, RowHash> rows_;
  KeySet entityKeys_;
  KeySet linkKeys_;
  KeySet assetKeys_;
  std::map<std::string, OpenAsset, std::less<>> open_;
};

class ContentIndex::Impl final : public IndexedContent {};

}  // namespace wsferry::archive
