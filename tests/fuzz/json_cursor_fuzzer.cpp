// Skipping, walking and RapidJSON have to agree about every text.
#include <rapidjson/reader.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/require.hpp"
#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/error.hpp"

namespace {

using wsferry::JsonCursor;

void checkString(std::string_view raw) {
  const std::string text = wsferry::decodeJsonString(raw);
  require(wsferry::jsonStringEquals(raw, text));
  const std::string encoded = wsferry::encodeJsonString(text);
  require(wsferry::decodeJsonString(JsonCursor(encoded).readRawString()) == text);
}

void walk(JsonCursor& cursor) {
  std::string_view key;
  if (cursor.enterObject()) {
    while (cursor.nextKey(key)) {
      checkString(key);
      walk(cursor);
    }
  } else if (cursor.enterArray()) {
    while (cursor.nextElement()) {
      walk(cursor);
    }
  } else if (cursor.peek() == '"') {
    checkString(cursor.readRawString());
  } else {
    cursor.skipValue();
  }
}

enum class Verdict { json, notJson, tooDeep };

template <class Read>
Verdict judge(std::string_view text, Read read) {
  JsonCursor cursor(text);
  try {
    read(cursor);
    cursor.expectEnd();
    return Verdict::json;
  } catch (const wsferry::Error& error) {
    require(error.code() == wsferry::Errc::protocolViolation);
    return error.info().message.find("nests deeper") == std::string::npos ? Verdict::notJson
                                                                          : Verdict::tooDeep;
  }
}

void compareWithRapidJson(std::string_view text, Verdict verdict) {
  // Judged differently there: surrogates in escapes, zero bytes, and numbers out of range.
  if (text.find("\\u") != std::string_view::npos || text.find('\0') != std::string_view::npos) {
    return;
  }
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::BaseReaderHandler<> handler;
  rapidjson::Reader reader;
  const rapidjson::ParseResult result =
      reader.Parse<rapidjson::kParseIterativeFlag>(stream, handler);
  if (result.Code() != rapidjson::kParseErrorNumberTooBig) {
    require(result.IsError() == (verdict == Verdict::notJson));
  }
}

// What is an array of bytes when read as one is an array of small numbers when walked.
void checkByteArray(std::string_view text, Verdict verdict) {
  std::string bytes;
  const bool isByteArray =
      judge(text, [&](JsonCursor& cursor) { cursor.readByteArray(bytes); }) == Verdict::json;
  require(!isByteArray || verdict == Verdict::json);
  if (verdict != Verdict::json) {
    return;
  }
  JsonCursor cursor(text);
  bool expected = cursor.enterArray();
  std::string slow;
  while (expected && cursor.nextElement()) {
    const std::string number(cursor.skipValue());
    const bool isWhole = number.find_first_not_of("0123456789") == std::string::npos;
    expected = isWhole && number.size() <= 3 && std::stoi(number) <= 255;
    slow.push_back(static_cast<char>(expected ? std::stoi(number) : 0));
  }
  require(expected == isByteArray);
  require(!expected || slow == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Verdict skipped = judge(text, [](JsonCursor& cursor) { cursor.skipValue(); });
  const Verdict walked = judge(text, walk);
  require(skipped == walked);
  if (skipped != Verdict::tooDeep) {
    compareWithRapidJson(text, skipped);
  }
  checkByteArray(text, skipped);
  return 0;
}
