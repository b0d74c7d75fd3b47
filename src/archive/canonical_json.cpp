#include "archive/canonical_json.hpp"

#include <map>

#include "core/json_cursor.hpp"

namespace wsferry::archive {
namespace {

void appendValue(JsonCursor& cursor, std::string& out);

void appendObject(JsonCursor& cursor, std::string& out) {
  std::map<std::string, std::string> members;
  std::string_view key;
  while (cursor.nextKey(key)) {
    std::string value;
    std::string name = decodeJsonString(key);
    appendValue(cursor, value);
    members[std::move(name)] = std::move(value);
  }
  out.push_back('{');
  bool isFirst = true;
  for (const auto& [name, value] : members) {
    out.append(isFirst ? "" : ",").append(encodeJsonString(name)).append(":").append(value);
    isFirst = false;
  }
  out.push_back('}');
}

void appendArray(JsonCursor& cursor, std::string& out) {
  out.push_back('[');
  for (bool isFirst = true; cursor.nextElement(); isFirst = false) {
    if (!isFirst) {
      out.push_back(',');
    }
    appendValue(cursor, out);
  }
  out.push_back(']');
}

// The cursor bounds the depth of the recursion.
void appendValue(JsonCursor& cursor, std::string& out) {
  if (cursor.enterObject()) {
    appendObject(cursor, out);
  } else if (cursor.enterArray()) {
    appendArray(cursor, out);
  } else if (cursor.peek() == '"') {
    out.append(encodeJsonString(decodeJsonString(cursor.readRawString())));
  } else {
    out.append(cursor.skipValue());
  }
}

}  // namespace

std::string canonicalJson(std::string_view json) {
  JsonCursor cursor(json);
  std::string out;
  appendValue(cursor, out);
  cursor.expectEnd();
  return out;
}

}  // namespace wsferry::archive
