#include "strapi/messages/asset_items.hpp"

#include <charconv>
#include <cstdint>
#include <utility>

#include "core/text/base64.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::strapi {
namespace {

// For a message: at most this much of what a peer sent.
constexpr std::size_t maxQuoted = 64;

// Anything but a whole number that fits counts as unknown: the size is only an announcement.
std::uint64_t readSize(std::string_view json) {
  std::uint64_t size = 0;
  const char* const end = json.data() + json.size();
  const auto [stop, error] = std::from_chars(json.data(), end, size);
  return error == std::errc() && stop == end ? size : 0;
}

std::uint64_t readSizeOfStats(std::string_view json) {
  JsonCursor cursor(json);
  std::uint64_t size = 0;
  if (cursor.enterObject()) {
    std::string_view key;
    while (cursor.nextKey(key)) {
      const std::string_view value = cursor.skipValue();
      if (jsonStringEquals(key, "size")) {
        size = readSize(value);
      }
    }
  }
  return size;
}

// The content of a value that is a string, or nothing.
std::optional<std::string_view> rawString(std::string_view json) {
  if (json.empty() || json.front() != '"') {
    return std::nullopt;
  }
  return json.substr(1, json.size() - 2);
}

}  // namespace

// The members of an item that count, as slices of the text; absent ones are empty.
struct AssetItemReader::Members {
  std::string_view action;
  std::string_view assetID;
  std::string_view encoding;
  std::string_view data;
  std::string_view checksum;
  bool bytesRead = false;  // `data` is an array of bytes and has been read already.
};

void AssetItemReader::fail(const std::string& what) const {
  ErrorInfo info;
  info.message = "asset item " + what;
  info.stage = toString(TransferStage::assets);
  info.subject = subject_.substr(0, maxQuoted);
  throw Error(Errc::protocolViolation, std::move(info));
}

void AssetItemReader::begin(std::string_view text) {
  cursor_ = JsonCursor(text);
  subject_ = {};
  nested_ = false;
  ended_ = false;
  if (cursor_.peek() == 'n') {
    cursor_.skipValue();
    cursor_.expectEnd();
    ended_ = true;
  } else if (!cursor_.enterArray()) {
    fail("list is not an array");
  }
}

// Goes to the next item, in and out of the inner arrays.
bool AssetItemReader::advance() {
  while (!ended_) {
    const bool more = cursor_.nextElement();
    if (more && (nested_ || !cursor_.enterArray())) {
      return true;
    }
    if (more) {
      nested_ = true;
    } else if (nested_) {
      nested_ = false;
    } else {
      cursor_.expectEnd();
      ended_ = true;
    }
  }
  return false;
}

bool AssetItemReader::next(AssetItem& item) {
  subject_ = {};
  bytes_.clear();
  if (!advance()) {
    return false;
  }
  const Members members = readMembers();
  const auto assetID = rawString(members.assetID);
  if (!assetID) {
    fail("has no string as assetID");
  }
  item.assetID = subject_ = decodeJsonString(*assetID, assetID_);
  item.info = AssetInfo();
  item.bytes = {};
  item.checksum.reset();

  const auto action = rawString(members.action);
  if (!action) {
    fail("has no string as action");
  }
  if (jsonStringEquals(*action, "stream")) {
    item.action = AssetItem::Action::stream;
    if (!members.bytesRead) {
      readBytes(members.data, members.encoding);
    }
    item.bytes = bytes_;
  } else if (jsonStringEquals(*action, "start")) {
    item.action = AssetItem::Action::start;
    readStart(members.data, item);
  } else if (jsonStringEquals(*action, "end")) {
    item.action = AssetItem::Action::end;
    if (!members.checksum.empty() && members.checksum != "null") {
      item.checksum = readChecksum(members.checksum);
    }
  } else {
    fail("has the unknown action '" + std::string(action->substr(0, maxQuoted)) + "'");
  }
  return true;
}

AssetItemReader::Members AssetItemReader::readMembers() {
  if (!cursor_.enterObject()) {
    fail("is not an object");
  }
  Members members;
  const std::pair<std::string_view, std::string_view*> known[] = {{"action", &members.action},
                                                                  {"assetID", &members.assetID},
                                                                  {"encoding", &members.encoding},
                                                                  {"data", &members.data},
                                                                  {"checksum", &members.checksum}};
  std::string_view key;
  while (cursor_.nextKey(key)) {
    std::string_view* member = nullptr;
    for (const auto& [name, place] : known) {
      if (jsonStringEquals(key, name)) {
        member = place;
      }
    }
    if (member == nullptr) {
      cursor_.skipValue();
      continue;
    }
    if (!member->empty() || (member == &members.data && members.bytesRead)) {
      fail("has the member '" + decodeJsonString(key) + "' twice");
    }
    // The usual order of members spares an array of numbers a second pass.
    if (member == &members.data && members.action == "\"stream\"" && cursor_.peek() == '{') {
      readBuffer(cursor_);
      members.bytesRead = true;
    } else {
      *member = cursor_.skipValue();
    }
  }
  return members;
}

void AssetItemReader::readStart(std::string_view data, AssetItem& item) {
  JsonCursor cursor(data);
  if (!cursor.enterObject()) {
    fail("of action start has no object as data");
  }
  bool named = false;
  item.info.metadata = "{}";
  std::string_view key;
  while (cursor.nextKey(key)) {
    const std::string_view value = cursor.skipValue();
    if (jsonStringEquals(key, "filename")) {
      const auto filename = rawString(value);
      if (!filename || named) {
        fail(named ? "has two filenames" : "has no string as filename");
      }
      item.info.filename = decodeJsonString(*filename);
      named = true;
    } else if (jsonStringEquals(key, "stats")) {
      item.info.size = readSizeOfStats(value);
    } else if (jsonStringEquals(key, "metadata") && value != "null") {
      if (value.front() != '{') {
        fail("has no object as metadata");
      }
      item.info.metadata = value;
    }
  }
  if (!named) {
    fail("of action start lacks filename");
  }
}

void AssetItemReader::readBytes(std::string_view data, std::string_view encoding) {
  if (data.empty()) {
    fail("of action stream lacks data");
  }
  if (data.front() == '{') {
    JsonCursor cursor(data);
    readBuffer(cursor);
    return;
  }
  const auto raw = rawString(data);
  if (!raw) {
    fail("of action stream has neither base64 nor a buffer as data");
  }
  if (!encoding.empty() && encoding != "null") {
    const auto name = rawString(encoding);
    if (!name || !jsonStringEquals(*name, "base64")) {
      fail("has the unknown encoding " + std::string(encoding.substr(0, maxQuoted)));
    }
  }
  if (!decodeBase64(decodeJsonString(*raw, text_), bytes_)) {
    fail("has data that is not base64");
  }
}

// {"type":"Buffer","data":[n,...]}, the way JSON.stringify writes a Node.js Buffer.
void AssetItemReader::readBuffer(JsonCursor& cursor) {
  cursor.enterObject();
  bool typed = false;
  bool filled = false;
  std::string_view key;
  while (cursor.nextKey(key)) {
    if (jsonStringEquals(key, "type")) {
      if (typed || cursor.peek() != '"' || !jsonStringEquals(cursor.readRawString(), "Buffer")) {
        fail("has data of another type than Buffer");
      }
      typed = true;
    } else if (jsonStringEquals(key, "data")) {
      if (filled) {
        fail("has a buffer with data twice");
      }
      cursor.readByteArray(bytes_);
      filled = true;
    } else {
      cursor.skipValue();
    }
  }
  if (!typed || !filled) {
    fail("has an object as data that is not a Buffer");
  }
}

AssetChecksum AssetItemReader::readChecksum(std::string_view json) {
  JsonCursor cursor(json);
  if (!cursor.enterObject()) {
    fail("has no object as checksum");
  }
  AssetChecksum checksum;
  std::string_view key;
  while (cursor.nextKey(key)) {
    const bool isAlgorithm = jsonStringEquals(key, "algorithm");
    if (!isAlgorithm && !jsonStringEquals(key, "value")) {
      cursor.skipValue();
      continue;
    }
    const auto raw = rawString(cursor.skipValue());
    std::string_view& member = isAlgorithm ? checksum.algorithm : checksum.value;
    if (!raw || !member.empty()) {
      fail("has no plain algorithm and value as checksum");
    }
    member = decodeJsonString(*raw, isAlgorithm ? algorithm_ : value_);
  }
  return checksum;
}

}  // namespace wsferry::strapi
