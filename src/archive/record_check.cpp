#include "archive/record_check.hpp"

#include "archive/content_canonical.hpp"
#include "archive/json_members.hpp"

namespace wsferry::archive {
namespace {

using strapi::TransferStage;

[[noreturn]] void fail(const std::string& what) {
  throw Error(Errc::invalidArchive, what);
}

std::string expectString(std::string_view value, const std::string& name) {
  auto text = jsonStringOf(value);
  if (!text || text->empty()) {
    fail(name + " is not a non-empty string");
  }
  return *std::move(text);
}

// An id as text: a number as it is written, or a string's content.
std::string expectId(std::string_view value, const std::string& name) {
  return isJsonNumber(value) ? std::string(value) : expectString(value, name);
}

void expectObject(std::string_view value, const std::string& name) {
  if (!isJsonObject(value)) {
    fail(name + " is not an object");
  }
}

}  // namespace

void RecordCheck::check(TransferStage stage, std::string_view json) {
  checkShape(stage, json);
  inspector_.inspect(stage, json);
}

void RecordCheck::checkShape(TransferStage stage, std::string_view json) {
  switch (stage) {
    case TransferStage::schemas:
      return checkSchema(json);
    case TransferStage::entities:
      return checkEntity(json);
    case TransferStage::links:
      return checkLink(json);
    case TransferStage::configuration:
      return checkConfiguration(json);
    case TransferStage::assets:
      return;
  }
}

void RecordCheck::checkSchema(std::string_view json) {
  std::string_view uid;
  std::string_view attributes;
  std::string_view modelType;
  forEachMember(json, [&](std::string_view key, std::string_view value) {
    if (key == "uid") {
      uid = value;
    } else if (key == "attributes") {
      attributes = value;
    } else if (key == "modelType") {
      modelType = value;
    }
  });
  expectObject(attributes, "attributes");
  const std::string name = expectString(uid, "uid");
  if (references_ != nullptr) {
    references_->addSchema(name, jsonStringOf(modelType) == "component");
  }
}

void RecordCheck::checkEntity(std::string_view json) {
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
  const std::string idText = expectId(id, "id");
  if (uid == "plugin::upload.file") {
    if (const auto row = rowIdOf(id)) {
      files_.insert(*row);
      hasFiles_ = true;
    }
  }
  if (references_ == nullptr) {
    return;
  }
  forEachMember(data, [&](std::string_view key, std::string_view value) {
    if (key == "documentId" && isJsonString(value)) {
      references_->addAlias(uid, *jsonStringOf(value));
    }
  });
  references_->addEntity(uid, idText);
}

void RecordCheck::checkLink(std::string_view json) {
  ++links_;
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
  const std::string kindName = expectString(kind, "kind");
  if (kindName != "relation.basic" && kindName != "relation.morph" &&
      kindName != "relation.circular") {
    fail("kind " + encodeJsonString(kindName) + " is unknown");
  }
  expectString(relation, "relation");
  checkLinkEnd(left, "left");
  checkLinkEnd(right, "right");
}

void RecordCheck::checkLinkEnd(std::string_view json, const char* side) {
  expectObject(json, side);
  std::string_view type;
  std::string_view ref;
  forEachMember(json, [&](std::string_view key, std::string_view value) {
    if (key == "type") {
      type = value;
    } else if (key == "ref") {
      ref = value;
    }
  });
  const std::string name = side;
  const std::string uid = expectString(type, name + ".type");
  const std::string id = expectId(ref, name + ".ref");
  if (references_ != nullptr) {
    references_->addLinkEnd(uid, id, links_);
  }
}

void RecordCheck::checkConfiguration(std::string_view json) {
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
}

}  // namespace wsferry::archive
