#include "strapi/push/record_batch.hpp"

#include <utility>

#include "core/json/json_cursor.hpp"
#include "core/text/printable.hpp"

namespace wsferry::strapi {
namespace {

struct RecordName {
  std::string type;
  std::string id;
  std::string left;
  std::string right;
};

std::string readName(JsonCursor& cursor) {
  return cursor.peek() == '"' ? decodeJsonString(cursor.readRawString())
                              : std::string(cursor.skipValue());
}

// "type id" of an entity or of a link's end, "type" of what has no id.
std::string readIdentity(JsonCursor& cursor, RecordName& name) {
  std::string_view key;
  while (cursor.nextKey(key)) {
    if (jsonStringEquals(key, "type")) {
      name.type = readName(cursor);
    } else if (jsonStringEquals(key, "id") || jsonStringEquals(key, "ref")) {
      name.id = readName(cursor);
    } else if (jsonStringEquals(key, "left") && cursor.enterObject()) {
      RecordName end;
      name.left = readIdentity(cursor, end);
    } else if (jsonStringEquals(key, "right") && cursor.enterObject()) {
      RecordName end;
      name.right = readIdentity(cursor, end);
    } else {
      cursor.skipValue();
    }
  }
  if (!name.left.empty()) {
    return name.left + " -> " + name.right;
  }
  return name.id.empty() ? name.type : name.type + " " + name.id;
}

std::string nameOf(std::string_view record) {
  JsonCursor cursor(record);
  RecordName name;
  if (!cursor.enterObject()) {
    return printable(record, 100);
  }
  return printable(readIdentity(cursor, name), 400);
}

}  // namespace

RecordBatch::RecordBatch(TransferStage stage, std::string_view transferID)
    : stage_(stage), message_(transferID, stage) {}

bool RecordBatch::isDue(std::size_t nextRecord, TimePoint now) const {
  return !isEmpty() &&
         (message_.items().size() + 1 + nextRecord > maxBytes || now - since_ >= maxAge);
}

void RecordBatch::add(std::string_view record, TimePoint now) {
  if (isEmpty()) {
    since_ = now;
    firstSize_ = record.size();
  }
  message_.beginItem().append(record);
  lastSize_ = record.size();
  ++count_;
}

Batch RecordBatch::take() {
  Batch batch;
  batch.stage = stage_;
  const std::string_view items = message_.items();
  const std::string first = nameOf(items.substr(0, firstSize_));
  batch.contents = count_ == 1
                       ? first
                       : std::to_string(count_) + " " + std::string(toString(stage_)) + " from " +
                             first + " to " + nameOf(items.substr(items.size() - lastSize_));
  batch.message = message_.take();
  count_ = 0;
  return batch;
}

}  // namespace wsferry::strapi
