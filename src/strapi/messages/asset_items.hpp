#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/json/json_cursor.hpp"
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

/// Reads the items out of the `data` of a message of the assets step. Understands every encoding of
/// bytes that there is, and items nested one array deeper or not. Members may come in any order,
/// but none that counts may come twice; unknown members are ignored. Meant to be kept for a
/// transfer: bytes are decoded into one buffer. Not thread-safe.
class AssetItemReader {
 public:
  /// Begins with a message. `null` counts as no items. `text` must live until the last item is
  /// read.
  /// @throws Error with Errc::protocolViolation, here and in next(), for anything that is not JSON
  /// or not an item.
  void begin(std::string_view text);

  /// The next item, or false at the end.
  bool next(AssetItem& item);

 private:
  struct Members;

  bool advance();
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

}  // namespace wsferry::strapi
