#include "strapi/known_content.hpp"

#include <cstddef>

#include "core/json_cursor.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::strapi {
namespace {

void readAttributeNames(JsonCursor& cursor, std::vector<std::string>& names) {
  if (!cursor.enterObject()) {
    cursor.skipValue();
    return;
  }
  std::string_view name;
  while (cursor.nextKey(name)) {
    names.push_back(decodeJsonString(name));
    cursor.skipValue();
  }
}

// Goes through the names in their own order, in which attributes usually come, so that most are
// found at the first look.
class AttributeNames {
 public:
  explicit AttributeNames(const std::vector<std::string>& names) : names_(names) {}

  bool contain(std::string_view rawName) {
    for (std::size_t looked = 0; looked < names_.size(); ++looked) {
      const std::string& name = names_[next_];
      next_ = next_ + 1 < names_.size() ? next_ + 1 : 0;
      if (jsonStringEquals(rawName, name)) {
        return true;
      }
    }
    return false;
  }

 private:
  const std::vector<std::string>& names_;
  std::size_t next_ = 0;
};

// The record with only the members `kept` between the braces of its data.
void writeKept(std::string_view record, const std::vector<EntityAttribute>& attributes,
               const std::vector<std::string_view>& kept, std::string& out) {
  const char* begin = attributes.front().member.data();
  const std::string_view last = attributes.back().member;
  const char* end = last.data() + last.size();
  out.assign(record.data(), begin);
  bool isFirst = true;
  for (const std::string_view member : kept) {
    out.append(isFirst ? "" : ",").append(member);
    isFirst = false;
  }
  out.append(end, record.data() + record.size());
}

}  // namespace

KnownContent::KnownContent(const std::vector<Schema>& schemas) {
  for (const Schema& schema : schemas) {
    Type& type = types_[schema.uid];
    JsonCursor cursor(schema.json);
    if (!cursor.enterObject()) {
      throw Error(Errc::protocolViolation, "The schema of " + schema.uid + " is no JSON object.");
    }
    std::string_view key;
    while (cursor.nextKey(key)) {
      if (jsonStringEquals(key, "modelType")) {
        type.isContentType = cursor.skipValue() == "\"contentType\"";
      } else if (jsonStringEquals(key, "attributes")) {
        readAttributeNames(cursor, type.attributes);
      } else {
        cursor.skipValue();
      }
    }
    cursor.expectEnd();
  }
  last_ = types_.end();
}

const KnownContent::Type* KnownContent::find(std::string_view uid) {
  if (last_ == types_.end() || last_->first != uid) {
    last_ = types_.find(uid);
  }
  return last_ == types_.end() ? nullptr : &last_->second;
}

bool KnownContent::knows(TransferStage stage, const RecordTypes& types) {
  if (stage == TransferStage::entities) {
    const Type* type = find(types.type);
    return type != nullptr && type->isContentType;
  }
  return stage != TransferStage::links ||
         (types_.count(types.type) != 0 && types_.count(types.otherType) != 0);
}

std::string_view KnownContent::withKnownAttributes(std::string_view record,
                                                   const RecordInspector& inspector,
                                                   std::string_view type, std::string& storage) {
  const auto& attributes = inspector.attributes();
  const std::vector<std::string>& known = find(type)->attributes;
  AttributeNames names(known);
  std::size_t prefix = 0;
  while (prefix < attributes.size() && names.contain(attributes[prefix].rawName)) {
    ++prefix;
  }
  if (prefix == attributes.size()) {
    return record;
  }
  std::vector<std::string_view> kept;
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    if (i < prefix || (i > prefix && names.contain(attributes[i].rawName))) {
      kept.push_back(attributes[i].member);
    }
  }
  writeKept(record, attributes, kept, storage);
  return storage;
}

}  // namespace wsferry::strapi
