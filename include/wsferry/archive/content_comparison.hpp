#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "wsferry/export.hpp"
#include "wsferry/strapi/destination.hpp"
#include "wsferry/strapi/schema_comparison.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::archive {

struct ContentDifference;

/// What was transferred, remembered well enough to compare it with another: a destination that
/// keeps some 100 bytes for each record and asset in memory, and the texts of entities,
/// configuration and assets' metadata in memory up to 16 MiB, then in an unnamed file in the folder
/// for temporary files (Error with Errc::fileFailed if it cannot be written). Bytes of assets are
/// not kept. Not thread-safe.
class WSFERRY_API ContentIndex final : public strapi::Destination {
 public:
  ContentIndex();
  ~ContentIndex() override;

  void beforeTransfer(const strapi::TransferManifest& manifest) override;
  void beginStage(strapi::TransferStage stage) override;
  strapi::RecordSink& records() override;
  strapi::AssetSink& assets() override;
  void endStage() override;
  void close() override;
  void rollback() noexcept override;

 private:
  friend WSFERRY_API ContentDifference compareContents(const ContentIndex& first,
                                                       const ContentIndex& second,
                                                       std::size_t namesPerGroup);

  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// A differing attribute of an item that both contents have.
struct AttributeChange {
  std::string path;  ///< Such as `title`, `zone[2].text` or `formats.small.width`.

  /// The values as JSON text in one line, empty for a side that lacks the attribute. Of a longer
  /// text some 100 bytes around the first difference, with `...` for the rest; `(not shown)` for
  /// anything that is or may be a secret: attributes of the type `password`, and names that suggest
  /// passwords, tokens, secrets or keys. Times and numbers are shown in the form in which they are
  /// compared.
  std::string first;
  std::string second;
};

/// A differing item that both contents have.
struct ItemChange {
  std::string name;
  std::vector<AttributeChange> attributes;  ///< The first 10 in their order.
  std::uint64_t moreAttributes = 0;         ///< How many differ beyond these.
};

/// How one group of items differs: a content type's entities, a kind of links, assets...
struct GroupDifference {
  std::uint64_t firstCount = 0;
  std::uint64_t secondCount = 0;
  std::uint64_t added = 0;    ///< Only in the second.
  std::uint64_t removed = 0;  ///< Only in the first.
  std::uint64_t changed = 0;

  /// Names of the first few of each, sorted, such as `h1fc.../en/published` or `cat.png`.
  std::vector<std::string> addedNames;
  std::vector<std::string> removedNames;
  std::vector<ItemChange> changes;  ///< Of the first few, sorted by name.

  bool equal() const { return added == 0 && removed == 0 && changed == 0; }
};

struct ContentDifference {
  strapi::Metadata first;
  strapi::Metadata second;
  std::vector<strapi::SchemaDifference> schemas;
  std::map<std::string, GroupDifference> entitiesByType;
  std::map<std::string, GroupDifference> linksByKind;  ///< Links are added or removed, not changed.
  std::map<std::string, GroupDifference> configurationByType;
  GroupDifference assets;

  /// Duplicates of entities, links and files (with the same name and content). Reported, but not a
  /// difference: an archive that wsferry writes has each once, a server and other archives may not.
  std::uint64_t firstDoubles = 0;
  std::uint64_t secondDoubles = 0;

  /// What a server writes into its configuration for itself when it starts: which notices it has
  /// shown and repairs it has made, when it reports its usage, its licence, its copy of the
  /// schemas. Reported, but not a difference.
  GroupDifference serverConfiguration;

  /// Whether schemas and all groups but serverConfiguration are equal. Metadata may differ.
  [[nodiscard]] WSFERRY_API bool equal() const;
};

/// Compares two contents by meaning. Everything counts, including times and the order of relations,
/// except:
/// * the ids that a database gave its rows and components;
/// * how a time, date or number is written, if the schema says that it is one: `00:00:00.000` is
///   `00:00:00`, an instant is the same at any offset, `1.50` is `1.5`. A value that a database
///   rounded is a different value;
/// * where a server keeps a file: `url`, `previewUrl`, `provider`, `provider_metadata` of a
///   `plugin::upload.file`, of its formats and of the metadata of assets, and of the project's
///   logos. A server rewrites them when it stores the file;
/// * how often an identical entity, link or file occurs;
/// * serverConfiguration; of the views of components the `list` of `id`, which a server changes at
///   its second start; versions.
///
/// An entity is known by its type, documentId, locale and whether it is published; without a
/// documentId (Strapi 4) by what it says, else by its id. A link is known by what it connects, for
/// a component by the component's place in its entity; a configuration by its key; an asset by its
/// name: `bytes` stands for its content among its attributes. Schemas are compared exactly.
/// `namesPerGroup` bounds each list of names.
[[nodiscard]] WSFERRY_API ContentDifference compareContents(const ContentIndex& first,
                                                            const ContentIndex& second,
                                                            std::size_t namesPerGroup = 20);

}  // namespace wsferry::archive
