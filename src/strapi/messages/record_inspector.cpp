#include "strapi/messages/record_inspector.hpp"

#include <algorithm>
#include <iterator>

#include "core/json/json_members.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::strapi {

void RecordInspector::fail(std::string_view what) const {
  ErrorInfo info;
  info.message = "record ";
  info.message += what;
  info.stage = toString(stage_);
  throw Error(Errc::protocolViolation, std::move(info));
}

RecordTypes RecordInspector::inspect(TransferStage stage, std::string_view record) {
  stage_ = stage;
  JsonCursor cursor(record);
  readMembers(cursor);
  cursor.expectEnd();
  if (stage == TransferStage::links) {
    require(type_, "left.type");
    require(otherType_, "right.type");
    return {type_.value,        otherType_.value, kind_.value,          reference_.id,
            otherReference_.id, reference_.field, otherReference_.field};
  }
  if (stage == TransferStage::entities || stage == TransferStage::configuration) {
    require(type_, "type");
    return {type_.value, {}, type_.value, reference_.id, {}, {}, {}};
  }
  return {};
}

void RecordInspector::readMembers(JsonCursor& cursor) {
  const bool isLink = stage_ == TransferStage::links;
  const bool hasType = stage_ == TransferStage::entities || stage_ == TransferStage::configuration;
  for (Member* member : {&type_, &otherType_, &kind_}) {
    member->present = false;
    member->value = {};
  }
  reference_ = otherReference_ = {};
  attributes_.clear();
  hasData_ = false;
  if (!cursor.enterObject()) {
    fail("is not an object");
  }
  std::string_view key;
  while (cursor.nextKey(key)) {
    if (hasType && jsonStringEquals(key, "type")) {
      readMember(cursor, type_, "type");
    } else if (isLink && jsonStringEquals(key, "kind")) {
      readMember(cursor, kind_, "kind");
    } else if (isLink && jsonStringEquals(key, "left")) {
      readLinkEnd(cursor, type_, reference_, "left.type");
    } else if (isLink && jsonStringEquals(key, "right")) {
      readLinkEnd(cursor, otherType_, otherReference_, "right.type");
    } else if (stage_ == TransferStage::entities && jsonStringEquals(key, "data")) {
      readAttributes(cursor);
    } else if (stage_ == TransferStage::entities && jsonStringEquals(key, "id")) {
      reference_.id = cursor.skipValue();
    } else {
      cursor.skipValue();
    }
  }
}

void RecordInspector::readAttributes(JsonCursor& cursor) {
  if (hasData_) {
    fail("has data twice");
  }
  hasData_ = true;
  if (!cursor.enterObject()) {
    cursor.skipValue();
    return;
  }
  std::string_view name;
  while (cursor.nextKey(name)) {
    const char* begin = name.data() - 1;
    const std::string_view value = cursor.skipValue();
    attributes_.push_back(
        {name, {begin, static_cast<std::size_t>(value.data() + value.size() - begin)}, value});
  }
}

void RecordInspector::readLinkEnd(JsonCursor& cursor, Member& type, Reference& reference,
                                  std::string_view name) {
  if (!cursor.enterObject()) {
    fail("has no object where " + std::string(name) + " belongs");
  }
  std::string_view key;
  bool found = false;
  while (cursor.nextKey(key)) {
    if (jsonStringEquals(key, "type")) {
      readMember(cursor, type, name);
      found = true;
    } else if (jsonStringEquals(key, "ref")) {
      reference.id = cursor.skipValue();
    } else if (jsonStringEquals(key, "field")) {
      reference.field = rawJsonStringOf(cursor.skipValue());
    } else {
      cursor.skipValue();
    }
  }
  // Told here already: an end given twice, the second time without a type, must not pass.
  if (!found) {
    fail("lacks " + std::string(name));
  }
}

void RecordInspector::readMember(JsonCursor& cursor, Member& member, std::string_view name) {
  if (member.present) {
    fail("has " + std::string(name) + " twice");
  }
  if (cursor.peek() != '"') {
    fail("has no string as " + std::string(name));
  }
  member.present = true;
  member.value = decodeJsonString(cursor.readRawString(), member.storage);
}

void RecordInspector::require(const Member& member, std::string_view name) const {
  if (!member.present) {
    fail("lacks " + std::string(name));
  }
}

namespace {

// The type and id of a record that is no JSON further on: where they stand first, as servers write
// them.
std::string startOf(std::string_view record) {
  std::string text;
  try {
    JsonCursor cursor(record);
    std::string_view key;
    if (!cursor.enterObject()) {
      return text;
    }
    while (cursor.nextKey(key) && (jsonStringEquals(key, "type") || jsonStringEquals(key, "id")) &&
           cursor.peek() != '{' && cursor.peek() != '[') {
      text.append(" ").append(cursor.skipValue());
    }
  } catch (const Error&) {  // Then there is no more to tell.
    return text;
  }
  return text;
}

}  // namespace

RecordArray::RecordArray(std::string_view arrayText) : text_(arrayText), cursor_(arrayText) {
  if (!cursor_.enterArray()) {
    if (cursor_.peek() != 'n') {
      throw Error(Errc::protocolViolation, "the records of a message are not an array");
    }
    cursor_.skipValue();
    cursor_.expectEnd();
    ended_ = true;
  }
}

bool RecordArray::next(std::string_view& record) {
  if (ended_) {
    return false;
  }
  if (!cursor_.nextElement()) {
    cursor_.expectEnd();
    ended_ = true;
    return false;
  }
  const std::string_view rest = text_.substr(cursor_.offset());
  try {
    record = cursor_.skipValue();
  } catch (const Error& error) {
    const std::string start = startOf(rest);
    throw Error(error.code(),
                error.info().message + (start.empty() ? "" : ", in the record" + start));
  }
  return true;
}

std::string_view oneLine(std::string_view record, std::string& storage) {
  if (record.find('\n') == std::string_view::npos && record.find('\r') == std::string_view::npos) {
    return record;
  }
  storage.clear();
  std::copy_if(record.begin(), record.end(), std::back_inserter(storage),
               [](char c) { return c != '\n' && c != '\r'; });
  return storage;
}

}  // namespace wsferry::strapi
