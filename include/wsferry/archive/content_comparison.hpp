#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "wsferry/strapi/destination.hpp"
#include "wsferry/strapi/schema_comparison.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::archive {

/// What was transferred, remembered well enough to compare it with another: a destination that
/// keeps some 100 bytes for each record and asset, and nothing else. Not thread-safe.
class ContentIndex final : public strapi::Destination {
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

  class Impl;
  const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// How one group of items differs: a content type's entities, a kind of links, assets...
struct GroupDifference {
  std::uint64_t firstCount = 0;
  std::uint64_t secondCount = 0;
  std::uint64_t added = 0;    ///< Only in the second.
  std::uint64_t removed = 0;  ///< Only in the first.
  std::uint64_t changed = 0;

  /// Names of the first ones of each, sorted, such as `h1fc.../en/published` or `cat.png`.
  std::vector<std::string> addedNames;
  std::vector<std::string> removedNames;
  std::vector<std::string> changedNames;

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

  /// Whether schemas and all groups are equal. Metadata may differ.
  bool equal() const;
};

/// Compares two contents by what they mean: the ids that a database gave its rows and components do
/// not count, nor do versions and what a server rewrites whenever it starts; everything else does,
/// times and the order of relations too. An entity is known by its type, documentId, locale and
/// whether it is published; without a documentId (Strapi 4) by what it says, else by its id. A link
/// is known by what it connects, for a component by the component's place in its entity; a
/// configuration by its key; an asset by its name. Schemas are compared exactly. `namesPerGroup`
/// bounds each list of names.
ContentDifference compareContents(const ContentIndex& first, const ContentIndex& second,
                                  std::size_t namesPerGroup = 20);

}  // namespace wsferry::archive
