#include "wsferry/core/detail/json/json_cursor.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "wsferry/core/error.hpp"

using wsferry::JsonCursor;

namespace {

// A complete message of the protocol, as a server sends it.
const std::string message =
    R"({"uuid":"91a2f6ed-0fb6-4370-9c9c-435c19504f05","data":{"type":"transfer","data":[)"
    R"({"type":"api::article.article","id":1,"data":{"title":"caf\u00e9 \"quoted\" \\ \/","ratio":)"
    R"(-0.5e-3,"locale":null,"tags":[],"blocks":[{"a":[1,2,[3]]},{}],"on":true,"off":false}}],)"
    R"("ended":false,"error":null,"id":"f3cdc025-71fd-4714-ab41-2933da3362ab"}})";

bool isJson(std::string_view text) {
  // A copy of exactly this size lets the address sanitizer see a step beyond it.
  const std::vector<char> exact(text.begin(), text.end());
  JsonCursor cursor(std::string_view(exact.data(), exact.size()));
  try {
    cursor.skipValue();
    cursor.expectEnd();
    return true;
  } catch (const wsferry::Error& error) {
    REQUIRE(error.code() == wsferry::Errc::protocolViolation);
    return false;
  }
}

// The same judgement, reached by entering each container.
void walk(JsonCursor& cursor) {
  std::string_view key;
  if (cursor.enterObject()) {
    while (cursor.nextKey(key)) {
      walk(cursor);
    }
  } else if (cursor.enterArray()) {
    while (cursor.nextElement()) {
      walk(cursor);
    }
  } else {
    cursor.skipValue();
  }
}

bool isJsonByWalking(std::string_view text) {
  JsonCursor cursor(text);
  try {
    walk(cursor);
    cursor.expectEnd();
    return true;
  } catch (const wsferry::Error&) {
    return false;
  }
}

bool isJsonToRapidJson(const std::string& text) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                 rapidjson::kParseNumbersAsStringsFlag>(text.data(), text.size());
  return !document.HasParseError();
}

std::string failureOf(std::string_view text) {
  JsonCursor cursor(text);
  try {
    cursor.skipValue();
    cursor.expectEnd();
  } catch (const wsferry::Error& error) {
    return error.info().message;
  }
  return "";
}

std::string nested(std::size_t depth, std::string_view open, std::string_view close) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) {
    text += open;
  }
  text += "1";
  for (std::size_t i = 0; i < depth; ++i) {
    text += close;
  }
  return text;
}

}  // namespace

TEST_CASE("the cursor accepts what is JSON") {
  const std::string texts[] = {"null",
                               "true",
                               "false",
                               "0",
                               "-0",
                               "1",
                               "-1",
                               "10",
                               "1234567890123456789012345678901234567890",
                               "0.5",
                               "-0.5",
                               "1.0",
                               "1e5",
                               "1E5",
                               "1e+5",
                               "1e-5",
                               "0e0",
                               "1.25e-10",
                               "1e400",
                               R"("")",
                               R"("a")",
                               R"("\"\\\/\b\f\n\r\t")",
                               R"("\u0000\uabCD")",
                               R"("\ud83d\ude00")",
                               R"("\ud800")",
                               R"("\udc00x")",
                               "\"\x7f\"",
                               "\"\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80\"",
                               "[]",
                               "[ ]",
                               "[1]",
                               "[1,2]",
                               " [ 1 , 2 ] ",
                               "\t\r\n[\t\r\n1\t\r\n,\t\r\n2\t\r\n]\t\r\n",
                               "[[]]",
                               "[[],[]]",
                               "[{}]",
                               "[[[[1]],2],3]",
                               R"(["a","b"])",
                               "[null,true,false]",
                               "{}",
                               "{ }",
                               R"({"a":1})",
                               R"({"a":1,"b":2})",
                               R"( { "a" : 1 , "b" : 2 } )",
                               R"({"":{}})",
                               R"({"a":{"b":{"c":[]}},"d":[{}]})",
                               R"({"a":1,"a":2})",
                               R"({"\u0061":1})",
                               message};
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(isJson(text));
    CHECK(isJsonByWalking(text));
  }
}

TEST_CASE("the cursor rejects what is not JSON") {
  const std::string texts[] = {"",
                               " ",
                               "nul",
                               "nulll",
                               "True",
                               "tru",
                               "falsy",
                               "NaN",
                               "Infinity",
                               "-Infinity",
                               "undefined",
                               "+1",
                               "-",
                               "--1",
                               "01",
                               "-01",
                               "00",
                               "1.",
                               ".5",
                               "1.e5",
                               "1e",
                               "1e+",
                               "1E-",
                               "1e5.5",
                               "0x10",
                               "1_000",
                               "1 2",
                               "1,",
                               ",",
                               "'a'",
                               "a",
                               "\"",
                               "\"a",
                               R"("\)",
                               R"("\")",
                               R"("\a")",
                               R"("\x41")",
                               R"("\'")",
                               R"("\u")",
                               R"("\u1")",
                               R"("\u12")",
                               R"("\u123")",
                               R"("\u123g")",
                               R"("\U0041")",
                               "\"\n\"",
                               "\"\t\"",
                               "\"\x1f\"",
                               std::string("\"\0\"", 3),
                               std::string("\"\\\0\"", 4),
                               std::string("1\0", 2),
                               std::string("\0", 1),
                               "\"a\"b",
                               "\"a\" \"b\"",
                               "[",
                               "]",
                               "[1",
                               "[1,",
                               "[1,]",
                               "[,1]",
                               "[,]",
                               "[1,,2]",
                               "[1 2]",
                               "[1}",
                               "[1;2]",
                               "[\"a\",\n4\n,1,",
                               "[1]]",
                               "[[1]",
                               "[][]",
                               "[a]",
                               "[\v1]",
                               "[\f1]",
                               "[\xc2\xa0"
                               "1]",
                               "{",
                               "}",
                               "{]",
                               "[}",
                               "{1:2}",
                               "{a:1}",
                               R"({"a"})",
                               R"({"a":})",
                               R"({"a":1,})",
                               R"({,"a":1})",
                               R"({"a":1,,"b":2})",
                               R"({"a" 1})",
                               R"({"a":1 "b":2})",
                               R"({"a":1]})",
                               R"({"a":1)",
                               R"({"a")",
                               R"({"a":1}})",
                               R"({"a"::1})",
                               R"({"a":1:2})",
                               R"({"a","b"})",
                               R"(["a":1])",
                               R"({null:1})",
                               R"({'a':1})",
                               R"({"a":/**/1})",
                               "//\n1",
                               "\xef\xbb\xbf"
                               "1",
                               R"({"a":[1})",
                               R"({"a":[1}])"};
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK_FALSE(isJson(text));
    CHECK_FALSE(isJsonByWalking(text));
  }
}

TEST_CASE("the cursor says what it expected where, and what is there") {
  CHECK(failureOf("[1,x]") == "not JSON at offset 3: expected a value, found 'x'");
  CHECK(failureOf("{\"a\" 1}") == "not JSON at offset 5: expected ':', found '1'");
  CHECK(failureOf("[1") == "not JSON at offset 2: expected ',' or ']', found the end");
  CHECK(failureOf("{\"a\":1 ]") == "not JSON at offset 7: expected ',' or '}', found ']'");
  CHECK(failureOf("\"\n\"") ==
        "not JSON at offset 1: expected a string character or '\"', found byte 0x0a");
  CHECK(failureOf("\xff") == "not JSON at offset 0: expected a value, found byte 0xff");
  CHECK(failureOf("1 1") == "not JSON at offset 2: expected the end, found '1'");
  CHECK(failureOf("nux") == "not JSON at offset 0: expected a value, found 'n'");
}

TEST_CASE("the cursor rejects every beginning of a text that is not the whole") {
  for (std::size_t size = 0; size < message.size(); ++size) {
    CAPTURE(size);
    REQUIRE_FALSE(isJson(message.substr(0, size)));
    REQUIRE_FALSE(isJsonByWalking(message.substr(0, size)));
  }
}

TEST_CASE("the cursor nests to 512 and no deeper, by any way down") {
  for (const auto& [open, close] : {std::pair("[", "]"), std::pair("{\"a\":", "}")}) {
    CHECK(isJson(nested(512, open, close)));
    CHECK(isJsonByWalking(nested(512, open, close)));
    CHECK_FALSE(isJson(nested(513, open, close)));
    CHECK_FALSE(isJsonByWalking(nested(513, open, close)));
    CHECK_FALSE(isJson(nested(1000000, open, close)));
  }
  CHECK(failureOf(nested(513, "[", "]")) == "JSON nests deeper than 512 at offset 512");

  SECTION("entered containers count") {
    for (const std::size_t depth : {std::size_t{512}, std::size_t{513}}) {
      const std::string text = nested(depth, "[", "]");
      JsonCursor cursor(text);
      for (int i = 0; i < 300; ++i) {
        REQUIRE(cursor.enterArray());
        REQUIRE(cursor.nextElement());
      }
      if (depth == 512) {
        CHECK(cursor.skipValue() == nested(212, "[", "]"));
      } else {
        CHECK_THROWS_AS(cursor.skipValue(), wsferry::Error);
      }
    }
  }
  SECTION("left containers do not") {
    std::string text = "[0";
    for (int i = 0; i < 1000; ++i) {
      text += ",[]";
    }
    text += ']';
    CHECK(isJson(text));
    CHECK(isJsonByWalking(text));
  }
}

TEST_CASE("skipValue returns exactly the value") {
  const std::string text = R"( { "a" : [ 1 , 2 ] , "b" : -1.5e3 , "c":"x\"y" } )";
  JsonCursor cursor(text);
  std::string_view key;
  REQUIRE(cursor.enterObject());
  REQUIRE(cursor.nextKey(key));
  CHECK(key == "a");
  CHECK(cursor.peek() == '[');
  CHECK(cursor.skipValue() == "[ 1 , 2 ]");
  REQUIRE(cursor.nextKey(key));
  CHECK(key == "b");
  CHECK(cursor.skipValue() == "-1.5e3");
  REQUIRE(cursor.nextKey(key));
  CHECK(key == "c");
  CHECK(cursor.skipValue() == R"("x\"y")");
  REQUIRE_FALSE(cursor.nextKey(key));
  cursor.expectEnd();
  CHECK(cursor.offset() == text.size());
  CHECK(cursor.peek() == '\0');
}

TEST_CASE("entering consumes nothing of another value") {
  JsonCursor cursor(R"([1,{"a":[]},"b"])");
  CHECK_FALSE(cursor.enterObject());
  REQUIRE(cursor.enterArray());
  REQUIRE(cursor.nextElement());
  CHECK_FALSE(cursor.enterArray());
  CHECK_FALSE(cursor.enterObject());
  CHECK(cursor.skipValue() == "1");
  REQUIRE(cursor.nextElement());
  CHECK_FALSE(cursor.enterArray());
  REQUIRE(cursor.enterObject());
  std::string_view key;
  REQUIRE(cursor.nextKey(key));
  REQUIRE(cursor.enterArray());
  CHECK_FALSE(cursor.nextElement());
  CHECK_FALSE(cursor.nextKey(key));
  REQUIRE(cursor.nextElement());
  CHECK(cursor.readRawString() == "b");
  CHECK_FALSE(cursor.nextElement());
  cursor.expectEnd();
}

TEST_CASE("readRawString leaves escapes, and wants a string") {
  CHECK(JsonCursor(R"(  "a\u0041\\" )").readRawString() == R"(a\u0041\\)");
  CHECK(JsonCursor(R"("")").readRawString().empty());
  for (const char* text : {"1", "[]", "{}", "null", "", "\"a"}) {
    CAPTURE(text);
    JsonCursor cursor(text);
    CHECK_THROWS_AS(cursor.readRawString(), wsferry::Error);
  }
}

TEST_CASE("a string ends at its quote, whatever the length and whatever follows") {
  for (std::size_t size = 0; size < 300; ++size) {
    const std::string content(size, '\xc3');
    CAPTURE(size);
    REQUIRE(JsonCursor('"' + content + '"').readRawString() == content);
    REQUIRE(JsonCursor('"' + content + "\",\"" + content).readRawString() == content);
    REQUIRE(JsonCursor('"' + content + "\\\"\"").readRawString() == content + "\\\"");
    REQUIRE_FALSE(isJson('"' + content));
    REQUIRE_FALSE(isJson('"' + content + '\\'));
    for (char control = 0; control < 0x20; ++control) {
      REQUIRE_FALSE(isJson('"' + content + control + '"'));
    }
  }
}

TEST_CASE("an array of bytes is read as such") {
  std::string text = "[";
  std::string expected;
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) {
    const int byte = i < 256 ? i : static_cast<int>(random() % 256);
    expected.push_back(static_cast<char>(byte));
    text += (i == 0 ? "" : ",") + std::to_string(byte);
    if (i < 400 || i == 2999) {
      const std::string closed = text + "]";
      JsonCursor cursor(closed);
      std::string out = "before ";
      cursor.readByteArray(out);
      cursor.expectEnd();
      REQUIRE(out == "before " + expected);
    }
  }
}

TEST_CASE("an array of bytes may have white space, and be empty, and stand in a container") {
  const auto read = [](std::string_view text) {
    std::string out;
    JsonCursor cursor(text);
    cursor.readByteArray(out);
    cursor.expectEnd();
    return out;
  };
  CHECK(read("[]").empty());
  CHECK(read(" [ ] ").empty());
  CHECK(read("[ 1 ,\n2, 3 ]") == "\1\2\3");
  std::string spaced = "[65";
  for (int i = 0; i < 100; ++i) {
    spaced += i % 7 == 0 ? ", 65" : ",65";
  }
  CHECK(read(spaced + "]") == std::string(101, 'A'));

  const std::string text = "[[1,2,3,4,5,6],[7,8]" + std::string(100, ' ') + ",9]";
  JsonCursor cursor(text);
  std::string out;
  REQUIRE(cursor.enterArray());
  REQUIRE(cursor.nextElement());
  cursor.readByteArray(out);
  REQUIRE(cursor.nextElement());
  cursor.readByteArray(out);
  REQUIRE(cursor.nextElement());
  CHECK(cursor.skipValue() == "9");
  CHECK_FALSE(cursor.nextElement());
  CHECK(out == "\1\2\3\4\5\6\7\x8");
}

TEST_CASE("an array of bytes with anything else in it is rejected, at every place") {
  for (const std::string bad : {"256",        "300",
                                "999",        "1000",
                                "65536",      "-1",
                                "-0",         "1.0",
                                "1e1",        "00",
                                "01",         "007",
                                "",           "\"1\"",
                                "null",       "[1]",
                                "1 1",        "x",
                                "+1",         "1a",
                                "a1",         "/",
                                ":",          "0x1",
                                "4294967297", "18446744073709551617"}) {
    for (std::size_t place = 0; place < 80; ++place) {
      std::string text = "[";
      for (std::size_t i = 0; i < 160; ++i) {
        text += (i == 0 ? "" : ",") + (i == place ? bad : std::to_string(i * 37 % 256));
      }
      text += "]";
      CAPTURE(bad, place);
      std::string out;
      JsonCursor cursor(text);
      REQUIRE_THROWS_AS(cursor.readByteArray(out), wsferry::Error);
    }
  }
}

TEST_CASE("an array of bytes cut anywhere is rejected") {
  std::string text = "[1,22,133";
  for (int i = 0; i < 60; ++i) {
    text += "," + std::to_string(i * 91 % 256);
  }
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const std::vector<char> exact(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
    JsonCursor cursor(std::string_view(exact.data(), exact.size()));
    std::string out;
    REQUIRE_THROWS_AS(cursor.readByteArray(out), wsferry::Error);
  }
}

TEST_CASE("strings are decoded") {
  using wsferry::decodeJsonString;
  CHECK(decodeJsonString("").empty());
  CHECK(decodeJsonString("plain \xc3\xa9") == "plain \xc3\xa9");
  CHECK(decodeJsonString(R"(\"\\\/\b\f\n\r\t)") == "\"\\/\b\f\n\r\t");
  CHECK(decodeJsonString(R"(a\u0041b)") == "aAb");
  CHECK(decodeJsonString(R"(\u0000)") == std::string(1, '\0'));
  CHECK(decodeJsonString(R"(\u007f\u0080\u07FF\u0800\uffff)") ==
        "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf");
  CHECK(decodeJsonString(R"(\ud800\udc00\uDBFF\uDFFF)") == "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
  CHECK(decodeJsonString(R"(\ud83d\ude00!)") == "\xf0\x9f\x98\x80!");

  const std::string replacement = "\xef\xbf\xbd";
  CHECK(decodeJsonString(R"(\ud800)") == replacement);
  CHECK(decodeJsonString(R"(\udc00)") == replacement);
  CHECK(decodeJsonString(R"(\ud800x)") == replacement + "x");
  CHECK(decodeJsonString(R"(\ud800\n)") == replacement + "\n");
  CHECK(decodeJsonString(R"(\ud800\u0041)") == replacement + "A");
  CHECK(decodeJsonString(R"(\udc00\ud800)") == replacement + replacement);
  CHECK(decodeJsonString(R"(\ud800\ud83d\ude00)") == replacement + "\xf0\x9f\x98\x80");

  for (const char* broken : {R"(\)", R"(\x)", R"(\u)", R"(\u12)", R"(\u12g4)", R"(\ud800\u1)"}) {
    CAPTURE(broken);
    CHECK_THROWS_AS(decodeJsonString(broken), wsferry::Error);
  }
}

TEST_CASE("a string without escapes is not copied") {
  std::string storage = "untouched";
  const std::string_view raw = "plain";
  CHECK(wsferry::decodeJsonString(raw, storage).data() == raw.data());
  CHECK(storage == "untouched");
  CHECK(wsferry::decodeJsonString(R"(\n)", storage).data() == storage.data());
}

TEST_CASE("strings are compared by what they mean") {
  using wsferry::jsonStringEquals;
  CHECK(jsonStringEquals("type", "type"));
  CHECK(jsonStringEquals(R"(\u0074ype)", "type"));
  CHECK(jsonStringEquals(R"(a\/b)", "a/b"));
  CHECK(jsonStringEquals("", ""));
  CHECK_FALSE(jsonStringEquals("Type", "type"));
  CHECK_FALSE(jsonStringEquals("type ", "type"));
  CHECK_FALSE(jsonStringEquals(R"(\u0074yp)", "type"));
  CHECK_FALSE(jsonStringEquals(R"(\u0054ype)", "type"));
  CHECK_FALSE(jsonStringEquals(R"(\n)", R"(\n)"));
}

TEST_CASE("strings are encoded as JSON.stringify does") {
  using wsferry::encodeJsonString;
  CHECK(encodeJsonString("") == R"("")");
  CHECK(encodeJsonString("a/b \xc3\xa9\x7f") == "\"a/b \xc3\xa9\x7f\"");
  CHECK(encodeJsonString("\"\\\b\f\n\r\t") == R"("\"\\\b\f\n\r\t")");
  CHECK(encodeJsonString(std::string("\0\x01\x0b\x1f", 4)) == R"("\u0000\u0001\u000b\u001f")");
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
      text.push_back(static_cast<char>(random() % 128));
    }
    const std::string encoded = encodeJsonString(text);
    REQUIRE(isJson(encoded));
    REQUIRE(wsferry::decodeJsonString(JsonCursor(encoded).readRawString()) == text);
  }
}

TEST_CASE("the cursor and RapidJSON agree about damaged messages") {
  // RapidJSON 1.1 wants a low surrogate after an escaped high one, which JSON does not; no escape
  // in in these texts becomes one.
  const std::string_view pieces[] = {"{",  "}",    "[",    "]",      ",",    ":",    "\"", "\\",
                                     "0",  "1",    "-",    ".",      "e",    "E",    "+",  " ",
                                     "\n", "true", "null", "\"a\":", "\\u0", "\x01", "a"};
  std::mt19937 random(4);
  int accepted = 0;
  for (int i = 0; i < 60000; ++i) {
    std::string text = i % 2 == 0 ? message : R"([{"a":[-1.5e3,"b\n",{}],"c":null},[[]],0])";
    for (unsigned changes = 1 + static_cast<unsigned>(random() % 3); changes > 0; --changes) {
      const std::size_t place = random() % text.size();
      const std::string_view piece = pieces[random() % std::size(pieces)];
      text.replace(place, random() % 3, piece);
    }
    CAPTURE(text);
    const bool expected = isJsonToRapidJson(text);
    REQUIRE(isJson(text) == expected);
    REQUIRE(isJsonByWalking(text) == expected);
    accepted += expected ? 1 : 0;
  }
  // Both answers have to occur, or nothing is compared.
  CHECK(accepted > 1000);
  CHECK(accepted < 50000);
}

namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void writeRandom(Writer& writer, std::mt19937& random, int depth) {
  switch (random() % (depth > 5 ? 4 : 6)) {
    case 0:
      writer.Null();
      break;
    case 1:
      writer.Bool(random() % 2 == 0);
      break;
    case 2:
      writer.Double(static_cast<double>(random()) / 1000 - 1000000);
      break;
    case 3: {
      std::string text(random() % 100, 'x');
      for (char& c : text) {
        c = static_cast<char>(random() % 128);
      }
      writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
      break;
    }
    case 4:
      writer.StartArray();
      for (auto i = random() % 6; i > 0; --i) {
        writeRandom(writer, random, depth + 1);
      }
      writer.EndArray();
      break;
    default:
      writer.StartObject();
      for (auto i = random() % 6; i > 0; --i) {
        writer.Key(std::to_string(random() % 1000).c_str());
        writeRandom(writer, random, depth + 1);
      }
      writer.EndObject();
  }
}

// Compares by walking both.
void compare(JsonCursor& cursor, const rapidjson::Value& value) {
  std::string_view key;
  if (value.IsObject()) {
    REQUIRE(cursor.enterObject());
    for (const auto& member : value.GetObject()) {
      REQUIRE(cursor.nextKey(key));
      REQUIRE(wsferry::jsonStringEquals(key, member.name.GetString()));
      compare(cursor, member.value);
    }
    REQUIRE_FALSE(cursor.nextKey(key));
  } else if (value.IsArray()) {
    REQUIRE(cursor.enterArray());
    for (const auto& element : value.GetArray()) {
      REQUIRE(cursor.nextElement());
      compare(cursor, element);
    }
    REQUIRE_FALSE(cursor.nextElement());
  } else if (value.IsString()) {
    REQUIRE(wsferry::decodeJsonString(cursor.readRawString()) ==
            std::string(value.GetString(), value.GetStringLength()));
  } else {
    rapidjson::Document scalar;
    const std::string_view slice = cursor.skipValue();
    scalar.Parse(slice.data(), slice.size());
    REQUIRE_FALSE(scalar.HasParseError());
    REQUIRE(scalar.GetType() == value.GetType());
    if (value.IsNumber()) {
      REQUIRE_FALSE(scalar.GetDouble() < value.GetDouble());
      REQUIRE_FALSE(scalar.GetDouble() > value.GetDouble());
    }
  }
}

}  // namespace

TEST_CASE("the cursor sees in random documents what RapidJSON sees") {
  std::mt19937 random(5);
  for (int i = 0; i < 300; ++i) {
    rapidjson::StringBuffer text;
    Writer writer(text);
    writeRandom(writer, random, 0);
    const std::string_view written(text.GetString(), text.GetSize());
    CAPTURE(written);
    rapidjson::Document document;
    document.Parse<rapidjson::kParseIterativeFlag>(written.data(), written.size());
    REQUIRE_FALSE(document.HasParseError());
    JsonCursor walking(written);
    compare(walking, document);
    walking.expectEnd();
    REQUIRE(JsonCursor(written).skipValue() == written);
  }
}
