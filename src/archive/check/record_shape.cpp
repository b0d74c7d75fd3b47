#include "archive/check/record_shape.hpp"

#include "archive/text/configuration_name.hpp"
#include "archive/text/entity_text.hpp"
#include "archive/text/id_text.hpp"
#include "archive/text/json_members.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/detail/json/json_surrogates.hpp"

namespace wsferry::archive {
namespace {

using strapi::TransferStage;

[[noreturn]] void fail(const std::string& what) {
  throw Error(ArchiveErrc::invalidArchive, what);
}

std::string expectString(std::string_view value, const std::string& name) {
  auto text = jsonStringOf(value);
  if (!text || text->empty()) {
    fail(name + " is not a non-empty string");
  }
  return *std::move(text);
}

// An id as text: a number, or a string's content.
std::string expectId(std::string_view value, const std::string& name) {
  return isJsonNumber(value) ? idText(value) : expectString(value, name);
}

void expectObject(std::string_view value, const std::string& name) {
  if (!isJsonObject(value)) {
    fail(name + " is not an object");
  }
}

LinkEnds::End expectLinkEnd(std::string_view json, const std::string& side) {
  expectObject(json, side);
  LinkEnds::End end;
  std::string_view type;
  std::string_view ref;
  forEachMember(json, [&](std::string_view key, std::string_view value) {
    if (key == "type") {
      type = value;
    } else if (key == "ref") {
      ref = value;
    } else if (key == "field") {
      end.field = value;
    } else if (key == "pos") {
      end.position = value;
    }
  });
  end.type = expectString(type, side + ".type");
  end.ref = expectId(ref, side + ".ref");
  return end;
}

}  // namespace

bool RecordShape::check(TransferStage stage, std::string_view json) {
  const bool isNew = checkShape(stage, json);
  const strapi::RecordTypes types = inspector_.inspect(stage, json);
  if (stage == TransferStage::entities) {
    references_.addAttributes(types.type, inspector_.attributes());
  }
  if (hasLoneSurrogate(json)) {
    findings_.remark(
        "half of a surrogate pair stands in a text, and is no character: a server "
        "stores another in its place");
  }
  return isNew;
}

bool RecordShape::checkShape(TransferStage stage, std::string_view json) {
  switch (stage) {
    case TransferStage::schemas:
      checkSchema(json);
      return true;
    case TransferStage::entities:
      return checkEntity(json);
    case TransferStage::links:
      return checkLink(json);
    case TransferStage::configuration:
      checkConfiguration(json);
      return true;
    case TransferStage::assets:
      return true;
  }
  return true;
}

void RecordShape::finish() {
  references_.finish();
  mediaFiles_.finish(findings_);
}

void RecordShape::checkSchema(std::string_view json) {
  std::string_view uid;
  std::string_view attributes;
  forEachMember(json, [&](std::string_view key, std::string_view value) {
    if (key == "uid") {
      uid = value;
    } else if (key == "attributes") {
      attributes = value;
    }
  });
  expectObject(attributes, "attributes");
  references_.addSchema(expectString(uid, "uid"), json);
}

bool RecordShape::checkEntity(std::string_view json) {
  std::string_view type;
  std::string_view id;
  std::string_view data;
  forEachMember(json, [&](std::string_view key, std::string_view value) {
    if (key == "type") {
      type = value;
    } else if (key == "id") {
      id = value;
    } else if (key == "data") {
      data = value;
    }
  });
  expectObject(data, "data");
  const std::string uid = expectString(type, "type");
  const std::string recordId = expectId(id, "id");
  if (!references_.addEntity(uid, recordId, data, json)) {
    return false;
  }
  if (uid == "plugin::upload.file") {
    mediaFiles_.addRecord(recordId, data);
  }
  return true;
}

bool RecordShape::checkLink(std::string_view json) {
  LinkEnds link;
  std::string_view kind;
  std::string_view relation;
  std::string_view left;
  std::string_view right;
  forEachMember(json, [&](std::string_view key, std::string_view value) {
    if (key == "kind") {
      kind = value;
    } else if (key == "relation") {
      relation = value;
    } else if (key == "left") {
      left = value;
    } else if (key == "right") {
      right = value;
    }
  });
  link.kind = expectString(kind, "kind");
  if (link.kind != "relation.basic" && link.kind != "relation.morph" &&
      link.kind != "relation.circular") {
    fail("kind " + encodeJsonString(link.kind) + " is unknown");
  }
  expectString(relation, "relation");
  link.left = expectLinkEnd(left, "left");
  link.right = expectLinkEnd(right, "right");
  return references_.addLink(link);
}

void RecordShape::checkConfiguration(std::string_view json) {
  std::string_view type;
  std::string_view content;
  forEachMember(json, [&](std::string_view key, std::string_view value) {
    if (key == "type") {
      type = value;
    } else if (key == "value") {
      content = value;
    }
  });
  const std::string name = expectString(type, "type");
  if (name != "core-store" && name != "webhook") {
    fail("type " + encodeJsonString(name) + " is unknown");
  }
  expectObject(content, "value");
  // Webhooks may have one name.
  const std::string shown = configurationName(name, content);
  const bool isOfStore = name == "core-store";
  if (!configuration_.insert(keyOf(name, isOfStore ? std::string_view(shown) : content))) {
    findings_.remark(name + " " + encodeJsonString(shown) +
                     " is there already, and a server keeps both");
  }
}

}  // namespace wsferry::archive
