#include "archive/text/canonical_json.hpp"

#include <map>

#include "wsferry/core/detail/json/json_cursor.hpp"

namespace wsferry::archive {
namespace {

constexpr std::size_t hashedPieceSize = 64u << 10;

// Collects what is short, and passes on what is long as it stands.
class Pieces {
 public:
  explicit Pieces(const std::function<void(std::string_view)>& take) : take_(take) {}

  void add(std::string_view text) {
    if (piece_.size() + text.size() > hashedPieceSize) {
      flush();
    }
    if (text.size() > hashedPieceSize) {
      take_(text);
    } else {
      piece_ += text;
    }
  }

  void flush() {
    take_(piece_);
    piece_.clear();
  }

 private:
  const std::function<void(std::string_view)>& take_;
  std::string piece_;
};

// How much of `raw` the escape at its start takes: both halves of a pair, one otherwise.
std::size_t escapeSize(std::string_view raw) {
  const auto isHalf = [&raw](std::size_t at, std::string_view digits) {
    return raw.size() >= at + 6 && raw[at] == '\\' && raw[at + 1] == 'u' &&
           (raw[at + 2] | 0x20) == 'd' && digits.find(raw[at + 3]) != std::string_view::npos;
  };
  if (raw.substr(0, 2) != "\\u") {
    return 2;
  }
  return isHalf(0, "89abAB") && isHalf(6, "cdefCDEF") ? 12 : 6;
}

bool isHalfOfPair(std::string_view escape) {
  return escape.size() == 6 && (escape[2] | 0x20) == 'd' && escape[3] != '0' &&
         std::string_view("1234567").find(escape[3]) == std::string_view::npos;
}

void addLowerCase(std::string_view hex, Pieces& out) {
  for (const char digit : hex) {
    const char lower = digit <= '9' ? digit : static_cast<char>(digit | 0x20);
    out.add({&lower, 1});
  }
}

void addString(std::string_view raw, Pieces& out) {
  std::string storage;
  out.add("\"");
  while (!raw.empty()) {
    const std::string_view plain = raw.substr(0, raw.find('\\'));
    out.add(plain);
    raw.remove_prefix(plain.size());
    if (!raw.empty()) {
      const std::string_view escape = raw.substr(0, escapeSize(raw));
      if (isHalfOfPair(escape)) {
        out.add("\\ud");  // Decoded, all of them would be the same.
        addLowerCase(escape.substr(3), out);
      } else {
        const std::string text = encodeJsonString(decodeJsonString(escape, storage));
        out.add(std::string_view(text).substr(1, text.size() - 2));
      }
      raw.remove_prefix(escape.size());
    }
  }
  out.add("\"");
}

void addValue(JsonCursor& cursor, Pieces& out);

void addObject(JsonCursor& cursor, Pieces& out) {
  std::map<std::string, std::string_view> members;
  std::string_view key;
  while (cursor.nextKey(key)) {
    std::string name = decodeJsonString(key);
    members[std::move(name)] = cursor.skipValue();
  }
  out.add("{");
  bool isFirst = true;
  for (const auto& [name, value] : members) {
    out.add(isFirst ? "" : ",");
    out.add(encodeJsonString(name));
    out.add(":");
    JsonCursor inner(value);
    addValue(inner, out);
    isFirst = false;
  }
  out.add("}");
}

void addArray(JsonCursor& cursor, Pieces& out) {
  out.add("[");
  for (bool isFirst = true; cursor.nextElement(); isFirst = false) {
    out.add(isFirst ? "" : ",");
    addValue(cursor, out);
  }
  out.add("]");
}

// The outermost object or array bounds the depth of the recursion: its cursor goes over all of it.
void addValue(JsonCursor& cursor, Pieces& out) {
  if (cursor.enterObject()) {
    addObject(cursor, out);
  } else if (cursor.enterArray()) {
    addArray(cursor, out);
  } else if (cursor.peek() == '"') {
    addString(cursor.readRawString(), out);
  } else {
    out.add(cursor.skipValue());
  }
}

}  // namespace

void writeCanonicalJson(std::string_view json, const std::function<void(std::string_view)>& take) {
  JsonCursor cursor(json);
  Pieces out(take);
  addValue(cursor, out);
  cursor.expectEnd();
  out.flush();
}

std::string canonicalJson(std::string_view json) {
  std::string out;
  writeCanonicalJson(json, [&out](std::string_view piece) { out += piece; });
  return out;
}

}  // namespace wsferry::archive
