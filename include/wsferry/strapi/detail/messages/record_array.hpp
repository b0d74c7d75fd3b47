#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/messages/record_reader.hpp"
#include "wsferry/strapi/record.hpp"

namespace wsferry::strapi {

/// The records of a message of a stage, which is UTF-8. `null` counts as no records.
class RecordArray {
 public:
  /// Text and reader outlive it. @throws Error with Errc::protocolViolation, here and in next(), if
  /// the text is not one JSON array.
  RecordArray(TransferStage stage, std::string_view arrayText, RecordReader& reader);

  /// The next record on one line, with its views if it is right, or nothing at the end; valid until
  /// the next call. What it throws names the record, as far as it could be read.
  std::optional<Record> next();

 private:
  Record taken(std::string_view text, const RecordReading& reading);

  TransferStage stage_;
  JsonCursor cursor_;
  RecordReader& reader_;
  bool mayEscape_;
  bool ended_ = false;
  std::string line_;
};

/// A record on one line, as archives hold them: line breaks between its tokens, legal in JSON, are
/// removed. Returns `record` itself if there are none, otherwise a view of `storage`.
std::string_view oneLine(std::string_view record, std::string& storage);

namespace detail {

// The type and id of a record that is no JSON further on.
inline std::string startOf(const RecordReading& reading) {
  std::string text;
  if (reading.stage != TransferStage::links && reading.hasName) {
    text.append(" ").append(printable(encodeJsonString(reading.name()), 100));
  }
  if (!reading.entity.id.empty()) {
    text.append(" ").append(printable(reading.entity.id, 100));
  }
  return text;
}

}  // namespace detail

inline RecordArray::RecordArray(TransferStage stage, std::string_view arrayText,
                                RecordReader& reader)
    : stage_(stage),
      cursor_(arrayText),
      reader_(reader),
      mayEscape_(arrayText.find('\\') != std::string_view::npos) {
  if (!cursor_.enterArray()) {
    if (cursor_.peek() != 'n') {
      throw Error(Errc::protocolViolation, "the records of a message are not an array");
    }
    cursor_.skipValue();
    cursor_.expectEnd();
    ended_ = true;
  }
}

inline std::optional<Record> RecordArray::next() {
  if (ended_) {
    return std::nullopt;
  }
  if (!cursor_.nextElement()) {
    cursor_.expectEnd();
    ended_ = true;
    return std::nullopt;
  }
  const std::size_t begin = cursor_.offset();
  try {
    const RecordReading& reading = reader_.look(stage_, cursor_, mayEscape_);
    return taken(cursor_.since(begin), reading);
  } catch (const Error& error) {
    const std::string start = detail::startOf(reader_.reading());
    throw error.withMessage(error.info().message +
                            (start.empty() ? "" : ", in the record" + start));
  }
}

// Whoever needs one that is wrong to be right reads it again, and says so.
inline Record RecordArray::taken(std::string_view text, const RecordReading& reading) {
  const std::string_view line = oneLine(text, line_);
  if (line.data() != text.data()) {
    reader_.look(stage_, line);
  }
  return reading.problem ? Record(line) : Record(line, reading);
}

inline std::string_view oneLine(std::string_view record, std::string& storage) {
  if (record.find('\n') == std::string_view::npos && record.find('\r') == std::string_view::npos) {
    return record;
  }
  storage.clear();
  std::copy_if(record.begin(), record.end(), std::back_inserter(storage),
               [](char c) { return c != '\n' && c != '\r'; });
  return storage;
}

}  // namespace wsferry::strapi
