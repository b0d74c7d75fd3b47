#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

#include "tool/terminal/printable_text.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

/// Writes one JSON object, in one line, to a stream: members first, then finish().
class JsonLine {
 public:
  JsonLine() { writer_.StartObject(); }

  void text(std::string_view name, std::string_view value) {
    key(name);
    string(value);
  }
  void number(std::string_view name, std::uint64_t value) {
    key(name);
    writer_.Uint64(value);
  }
  void seconds(std::string_view name, double value) {
    key(name);
    writer_.Double(value);
  }
  /// Of a whole, from 0 to 1.
  void fraction(std::string_view name, double value) {
    key(name);
    writer_.Double(value);
  }
  void flag(std::string_view name, bool value) {
    key(name);
    writer_.Bool(value);
  }
  /// JSON text as it is, null if there is none. Its line breaks can only be white space between
  /// values: they become blanks, as this is one line.
  void json(std::string_view name, std::string_view value) {
    key(name);
    std::string line(value.empty() ? "null" : value);
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    writer_.RawValue(line.data(), line.size(), rapidjson::kObjectType);
  }
  void beginObject(std::string_view name) {
    key(name);
    writer_.StartObject();
  }
  void endObject() { writer_.EndObject(); }
  void beginArray(std::string_view name) {
    key(name);
    writer_.StartArray();
  }
  void element(std::string_view value) { string(value); }
  /// An object as an element; ends with endObject().
  void beginElement() { writer_.StartObject(); }
  void endArray() { writer_.EndArray(); }

  void finish(std::ostream& stream) {
    writer_.EndObject();
    stream.write(buffer_.GetString(), static_cast<std::streamsize>(buffer_.GetSize()));
    stream << '\n' << std::flush;
  }

 private:
  void key(std::string_view name) {
    const std::string valid = validUtf8(name);
    writer_.Key(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
  }
  void string(std::string_view value) {
    const std::string valid = validUtf8(value);
    writer_.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
  }

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

/// Writes an event, whose members `write` adds. @throws Error: fileFailed.
template <class Write>
void writeEvent(std::ostream& events, const char* name, Write write) {
  JsonLine line;
  line.text("event", name);
  write(line);
  line.finish(events);
  if (!events) {
    throw Error(Errc::fileFailed, "cannot write the events to standard output");
  }
}

}  // namespace wsferry::tool
