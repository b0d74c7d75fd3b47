#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/whole_number.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// The checksum of an `end` item as the peer gave it; what is missing is empty.
struct AssetChecksum {
  std::string_view algorithm;
  std::string_view value;
};

/// One asset flow item (protocol section 5). The views are valid until the reader's next call and
/// as long as the text.
struct AssetItem {
  enum class Action { start, stream, end };

  Action action = Action::start;
  std::string_view assetID;
  AssetInfo info;                         ///< Of a start.
  std::string_view bytes;                 ///< Of a stream, decoded.
  std::optional<AssetChecksum> checksum;  ///< Of an end, if it has one.
};

/// Reads the items from the `data` of a message of the assets step. Understands every encoding of
/// bytes, and items with or without an extra level of arrays. Members may come in any order, but
/// relevant ones only once; unknown members are ignored. Reuse it for a whole transfer: bytes are
/// decoded into one buffer. Not thread-safe.
class AssetItemReader {
 public:
  /// Begins with a message. `null` counts as no items. `text` must live until the last item is
  /// read.
  /// @throws Error with Errc::protocolViolation, here and in next(), for anything that is not JSON
  /// or not an item.
  void begin(std::string_view text);

  /// The next item, or false at the end.
  [[nodiscard]] bool next(AssetItem& item);

 private:
  struct Members;

  [[nodiscard]] bool advance();
  Members readMembers();
  void readStart(std::string_view data, AssetItem& item);
  void readBytes(std::string_view data, std::string_view encoding);
  void readBuffer(JsonCursor& cursor);
  AssetChecksum readChecksum(std::string_view json);
  [[noreturn]] void fail(const std::string& what) const;

  JsonCursor cursor_{""};
  bool ended_ = true;
  bool nested_ = false;
  std::string bytes_;
  // Where strings with escapes are decoded.
  std::string assetID_;
  std::string text_;
  std::string algorithm_;
  std::string value_;
  std::string_view subject_;
};

namespace detail {

// For a message: at most this much of what a peer sent.
inline constexpr std::size_t maxQuoted = 64;

// Anything but a whole number that fits counts as unknown: the size is only an announcement.
inline std::uint64_t readSize(std::string_view json) {
  return wholeNumber(json).value_or(0);
}

inline std::uint64_t readSizeOfStats(std::string_view json) {
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
inline std::optional<std::string_view> rawString(std::string_view json) {
  return isJsonString(json) ? std::optional(rawJsonStringOf(json)) : std::nullopt;
}

}  // namespace detail

// The members of an item that count, as slices of the text; absent ones are empty.
struct AssetItemReader::Members {
  std::string_view action;
  std::string_view assetID;
  std::string_view encoding;
  std::string_view data;
  std::string_view checksum;
  bool bytesRead = false;  // `data` is an array of bytes and has been read already.
};

inline void AssetItemReader::fail(const std::string& what) const {
  throw Error(Errc::protocolViolation, "asset item " + what)
      .at(toString(TransferStage::assets), SubjectKind::asset,
          printable(subject_, detail::maxQuoted));
}

inline void AssetItemReader::begin(std::string_view text) {
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
inline bool AssetItemReader::advance() {
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

inline bool AssetItemReader::next(AssetItem& item) {
  subject_ = {};
  bytes_.clear();
  if (!advance()) {
    return false;
  }
  const Members members = readMembers();
  const auto assetID = detail::rawString(members.assetID);
  if (!assetID) {
    fail("has no string as assetID");
  }
  item.assetID = subject_ = decodeJsonString(*assetID, assetID_);
  item.info = AssetInfo();
  item.bytes = {};
  item.checksum.reset();

  const auto action = detail::rawString(members.action);
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
    fail("has the unknown action '" + printable(*action, detail::maxQuoted) + "'");
  }
  return true;
}

inline AssetItemReader::Members AssetItemReader::readMembers() {
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

inline void AssetItemReader::readStart(std::string_view data, AssetItem& item) {
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
      const auto filename = detail::rawString(value);
      if (!filename || named) {
        fail(named ? "has two filenames" : "has no string as filename");
      }
      item.info.filename = decodeJsonString(*filename);
      named = true;
    } else if (jsonStringEquals(key, "stats")) {
      item.info.size = detail::readSizeOfStats(value);
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

inline void AssetItemReader::readBytes(std::string_view data, std::string_view encoding) {
  if (data.empty()) {
    fail("of action stream lacks data");
  }
  if (data.front() == '{') {
    JsonCursor cursor(data);
    readBuffer(cursor);
    return;
  }
  const auto raw = detail::rawString(data);
  if (!raw) {
    fail("of action stream has neither base64 nor a buffer as data");
  }
  if (!encoding.empty() && encoding != "null") {
    const auto name = detail::rawString(encoding);
    if (!name || !jsonStringEquals(*name, "base64")) {
      fail("has the unknown encoding " + printable(encoding, detail::maxQuoted));
    }
  }
  if (!decodeBase64(decodeJsonString(*raw, text_), bytes_)) {
    fail("has data that is not base64");
  }
}

// {"type":"Buffer","data":[n,...]}, the way JSON.stringify writes a Node.js Buffer.
inline void AssetItemReader::readBuffer(JsonCursor& cursor) {
  if (!cursor.enterObject()) {
    fail("has data that is not a Buffer");
  }
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

inline AssetChecksum AssetItemReader::readChecksum(std::string_view json) {
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
    const auto raw = detail::rawString(cursor.skipValue());
    std::string_view& member = isAlgorithm ? checksum.algorithm : checksum.value;
    if (!raw || !member.empty()) {
      fail("has no plain algorithm and value as checksum");
    }
    member = decodeJsonString(*raw, isAlgorithm ? algorithm_ : value_);
  }
  return checksum;
}

}  // namespace wsferry::strapi
