#include "archive/compare/indexed_content.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "archive/text/configuration_name.hpp"
#include "archive/text/hex_bytes.hpp"
#include "archive/text/json_members.hpp"
#include "archive/transfer/filled_metadata.hpp"
#include "wsferry/strapi/detail/loss/row_id.hpp"
#include "wsferry/strapi/detail/messages/attribute_values.hpp"

namespace wsferry::archive {
namespace {

struct EntityName {
  std::string text;
  bool isDocument = false;
};

EntityName entityNameOf(const strapi::EntityView& entity) {
  const auto [id, localeText, publishedAt] =
      strapi::valuesOf<3>(entity, {"documentId", "locale", "publishedAt"});
  const auto documentId = jsonStringOf(id);
  const auto locale = jsonStringOf(localeText);
  const bool published = !publishedAt.empty() && publishedAt != "null";
  if (!documentId) {
    return {std::string(entity.id), false};
  }
  std::string text = *documentId + (locale ? "/" + *locale : std::string());
  return {text + (published ? "/published" : "/draft"), true};
}

// Keys of what a server keeps for itself in its core store (documented at
// ContentDifference::serverConfiguration).
bool isOfServer(std::string_view key) {
  constexpr std::string_view keys[] = {"plugin_upload_metrics",
                                       "plugin_ee_metrics",
                                       "ee_information",
                                       "ee_disabled_users",
                                       "core_persisted_tables",
                                       "plugin_upload_media_library_default_notice",
                                       "strapi_content_types_schema",
                                       "strapi_unidirectional-join-table-repair-ran"};
  return std::find(std::begin(keys), std::end(keys), key) != std::end(keys);
}

}  // namespace

std::uint32_t TextPool::add(std::string_view text) {
  block_ += text;
  ends_.push_back(block_.size());
  return static_cast<std::uint32_t>(ends_.size() - 1);
}

std::string_view TextPool::operator[](std::uint32_t number) const {
  const std::size_t begin = number == 0 ? 0 : ends_[number - 1];
  return std::string_view(block_).substr(begin, ends_[number] - begin);
}

std::uint32_t TextTable::add(std::string_view text) {
  auto found = numbers_.find(text);
  if (found == numbers_.end()) {
    const auto number = static_cast<std::uint32_t>(texts_.size());
    found = numbers_.emplace(text, number).first;
    texts_.push_back(&found->first);
  }
  return found->second;
}

ContentIndex::ContentIndex() : impl_(std::make_unique<Impl>()) {}
ContentIndex::~ContentIndex() = default;

void ContentIndex::beforeTransfer(const strapi::TransferManifest& manifest) {
  impl_ = std::make_unique<Impl>();
  impl_->start(manifest);
}
void ContentIndex::beginStage(strapi::TransferStage stage) {
  impl_->beginStage(stage);
}
strapi::RecordSink& ContentIndex::records() {
  return *impl_;
}
strapi::AssetSink& ContentIndex::assets() {
  return *impl_;
}
void ContentIndex::endStage() {}
void ContentIndex::close() {
  impl_->finish();
}
void ContentIndex::rollback() noexcept {}

void IndexedContent::start(const strapi::TransferManifest& manifest) {
  metadata = manifest.metadata;
  schemas = manifest.schemas;
  contentText_ = EntityText(schemas);
  passwords = contentText_.passwords();
}

void IndexedContent::finish() {
  rows_ = {};
  entityKeys_ = linkKeys_ = assetKeys_ = {};
}

bool IndexedContent::isDouble(KeySet& known, std::uint64_t key) {
  const bool isKnown = !known.insert(key);
  doubles += isKnown ? 1 : 0;
  return isKnown;
}

ContentHash ContentHasher::of(std::string_view text) {
  hash_.update(text);
  return bytesOfHex<std::tuple_size<ContentHash>::value>(hash_.hex());
}

void IndexedContent::record(const strapi::Record& given) {
  const strapi::Record record = reader_.read(stage_, given);
  if (stage_ == strapi::TransferStage::entities) {
    addEntity(record.entity(), record.text());
  } else if (stage_ == strapi::TransferStage::links) {
    addLink(record.link());
  } else if (stage_ == strapi::TransferStage::configuration) {
    addConfiguration(record.configuration());
  }
}

void IndexedContent::addEntity(const strapi::EntityView& entity, std::string_view json) {
  if (isDouble(entityKeys_, keyOf("", json))) {
    return;
  }
  const EntityName name = entityNameOf(entity);
  std::vector<ComponentPlace> places;
  const std::string_view data = entity.data.empty() ? "{}" : entity.data;
  const std::string text = contentText_.ofEntity(entity.type, data, places);
  const auto number = static_cast<std::uint32_t>(entities.size());
  entities.push_back(item(entity.type, name.text, text));
  entities.back().isDocument = name.isDocument;
  if (const auto row = strapi::rowIdOf(entity.id)) {
    rows_[{entities.back().group, *row}] = {IndexedLinkEnd::Target::entity, number};
  }
  for (const ComponentPlace& place : places) {
    rows_[{table.add(place.type), place.id}] = {IndexedLinkEnd::Target::component,
                                                static_cast<std::uint32_t>(components.size())};
    components.push_back({number, pool.add(place.path)});
  }
}

void IndexedContent::addLink(const strapi::LinkView& link) {
  if (isDouble(linkKeys_, keyOfLink(link))) {
    return;
  }
  links.push_back(
      {table.add(link.kind), table.add(link.relation), linkEnd(link.left), linkEnd(link.right)});
}

IndexedLinkEnd IndexedContent::linkEnd(const strapi::LinkEnd& told) {
  IndexedLinkEnd end;
  end.type = table.add(told.type);
  end.field = table.add(jsonStringOf(told.field).value_or(""));
  end.position = table.add(told.position == "null" ? std::string_view() : told.position);
  resolve(end, told.ref);
  return end;
}

void IndexedContent::resolve(IndexedLinkEnd& end, std::string_view ref) {
  if (const auto documentId = jsonStringOf(ref)) {
    end.kind = IndexedLinkEnd::Target::document;
    end.target = pool.add(*documentId);
  } else if (const auto row = strapi::rowIdOf(ref)) {
    if (const auto place = rows_.find({end.type, *row}); place != rows_.end()) {
      end.kind = place->second.kind;
      end.target = place->second.number;
    }
  }
}

void IndexedContent::addConfiguration(const strapi::ConfigurationView& stored) {
  const std::string_view content = isJsonObject(stored.value) ? stored.value : "{}";
  const std::string name = configurationName(stored.type, content);
  auto& items =
      stored.type == "core-store" && isOfServer(name) ? serverConfiguration : configuration;
  items.push_back(item(stored.type, name, contentText_.ofConfiguration(content)));
}

IndexedItem IndexedContent::item(std::string_view group, std::string_view name,
                                 std::string_view text) {
  IndexedItem item{table.add(group), pool.add(name), hasher_.of(text)};
  item.offset = texts_.size();
  item.size = static_cast<std::uint32_t>(text.size());
  texts_.write(text);
  return item;
}

std::string IndexedContent::textOf(const IndexedItem& item) const {
  std::string text;
  while (text.size() < item.size) {
    text += texts_.readAt(item.offset + text.size(), item.size - text.size());
  }
  return text;
}

void IndexedContent::begin(std::string_view assetID, const strapi::AssetInfo& info) {
  open_.insert_or_assign(std::string(assetID), OpenAsset{info.filename, info.metadata, 0, {}});
}

void IndexedContent::write(std::string_view assetID, std::string_view bytes) {
  OpenAsset& asset = find(assetID);
  asset.bytes.update(bytes);
  asset.size += bytes.size();
}

void IndexedContent::end(std::string_view assetID) {
  OpenAsset& asset = find(assetID);
  const std::string digest = asset.bytes.hex();
  // As an archive of it would have them.
  const FilledMetadata whole = fillMetadata(asset.metadata, asset.filename, asset.size);
  if (!isDouble(assetKeys_, keyOf(asset.filename, digest))) {
    assets.push_back(item("", asset.filename,
                          "{\"bytes\":{\"sha256\":\"" + digest +
                              "\",\"size\":" + std::to_string(asset.size) +
                              "},\"metadata\":" + contentText_.ofAsset(whole.text) + "}"));
  }
  open_.erase(open_.find(assetID));
}

IndexedContent::OpenAsset& IndexedContent::find(std::string_view assetID) {
  const auto found = open_.find(assetID);
  if (found == open_.end()) {
    throw Error(Errc::invalidState, "The file " + std::string(assetID) + " is not open.");
  }
  return found->second;
}

}  // namespace wsferry::archive
