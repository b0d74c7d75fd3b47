#include "archive/check/record_shape.hpp"

#include "archive/text/configuration_name.hpp"
#include "archive/text/id_text.hpp"
#include "archive/text/json_members.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/json/json_surrogates.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

using strapi::TransferStage;

[[noreturn]] void fail(const std::string& what) {
  throw Error(ArchiveErrc::invalidArchive, what);
}

void expectText(std::string_view text, const char* name) {
  if (text.empty()) {
    fail(std::string(name) + " is not a non-empty string");
  }
}

void expectObject(std::string_view value, const char* name) {
  if (!isJsonObject(value)) {
    fail(std::string(name) + " is not an object");
  }
}

// An id as text: a number, or a string's content.
std::string_view expectId(std::string_view value, const char* name, std::string& storage) {
  const std::string_view id =
      isJsonNumber(value) || isJsonString(value) ? idText(value, storage) : std::string_view();
  expectText(id, name);
  return id;
}

}  // namespace

bool RecordShape::check(const strapi::RecordViews& record, std::string_view json) {
  const bool isNew = checkShape(record, json);
  if (record.stage == TransferStage::entities) {
    references_.addAttributes(record.entity);
  }
  if (hasLoneSurrogate(json)) {
    findings_.remark(
        "a text contains half of a surrogate pair, which is not a character: a server stores "
        "another one instead");
  }
  return isNew;
}

bool RecordShape::checkShape(const strapi::RecordViews& record, std::string_view json) {
  switch (record.stage) {
    case TransferStage::schemas:
      checkSchema(record.schema, json);
      return true;
    case TransferStage::entities:
      return checkEntity(record.entity, json);
    case TransferStage::links:
      return checkLink(record.link);
    case TransferStage::configuration:
      checkConfiguration(record.configuration);
      return true;
    case TransferStage::assets:
      return true;
  }
  return true;
}

void RecordShape::finish() {
  references_.finish();
  mediaFiles_.finish(findings_);
  for (const std::string& remark : logos_.remarks()) {
    findings_.remark(remark);
  }
}

void RecordShape::checkSchema(const strapi::SchemaView& schema, std::string_view json) {
  expectObject(schema.attributes, "attributes");
  expectText(schema.uid, "uid");
  references_.addSchema(std::string(schema.uid), json);
}

bool RecordShape::checkEntity(const strapi::EntityView& entity, std::string_view json) {
  expectObject(entity.data, "data");
  expectText(entity.type, "type");
  std::string storage;
  const std::string_view id = expectId(entity.id, "id", storage);
  if (!references_.addEntity(entity, id, json)) {
    return false;
  }
  if (entity.type == strapi::uploadFile) {
    mediaFiles_.addRecord(id, entity);
  }
  return true;
}

bool RecordShape::checkLink(const strapi::LinkView& link) {
  expectText(link.kind, "kind");
  if (link.kind != "relation.basic" && link.kind != "relation.morph" &&
      link.kind != "relation.circular") {
    fail("kind " + encodeJsonString(link.kind) + " is unknown");
  }
  expectText(link.relation, "relation");
  std::string storage;
  expectObject(link.left.text, "left");
  expectText(link.left.type, "left.type");
  expectId(link.left.ref, "left.ref", storage);
  expectObject(link.right.text, "right");
  expectText(link.right.type, "right.type");
  expectId(link.right.ref, "right.ref", storage);
  return references_.addLink(link);
}

// The tables of a server's configuration have no schema in an export. Those of Strapi 4 and 5 have
// these columns.
void RecordShape::checkColumns(const std::string& type, const std::string& name,
                               std::string_view value) {
  using Columns = std::set<std::string, std::less<>>;
  static const Columns ofStore = {"id", "key", "value", "type", "environment", "tag"};
  static const Columns ofWebhooks = {"id", "name", "url", "headers", "events", "enabled"};
  const Columns& columns = type == "core-store" ? ofStore : ofWebhooks;
  constexpr std::size_t mostTold = 100;
  forEachMember(value, [&](std::string_view key, std::string_view) {
    if (columns.count(key) == 0 && unknownColumns_.size() < mostTold &&
        unknownColumns_.insert(type + " " + std::string(key)).second) {
      findings_.remark(type + " " + encodeJsonString(name) + " is the first that has a member " +
                       encodeJsonString(key) + ": Strapi 4 and 5 drop it");
    }
  });
}

void RecordShape::checkConfiguration(const strapi::ConfigurationView& configuration) {
  const std::string name(configuration.type);
  expectText(name, "type");
  if (name != "core-store" && name != "webhook") {
    fail("type " + encodeJsonString(name) + " is unknown");
  }
  const std::string_view content = configuration.value;
  expectObject(content, "value");
  // Webhooks may have one name.
  const std::string shown = configurationName(name, content);
  checkColumns(name, shown, content);
  logos_.add(configuration);
  const bool isOfStore = name == "core-store";
  if (!configuration_.insert(keyOf(name, isOfStore ? std::string_view(shown) : content))) {
    findings_.remark(name + " " + encodeJsonString(shown) +
                     " already occurred, and a server keeps both");
  }
}

}  // namespace wsferry::archive
