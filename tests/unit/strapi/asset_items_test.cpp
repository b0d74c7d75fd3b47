#include "wsferry/strapi/detail/messages/asset_items.hpp"

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/core/error.hpp"

using wsferry::strapi::AssetItem;
using wsferry::strapi::AssetItemReader;

namespace {

// One asset as Strapi 5 and Strapi 4 send it.
const std::string strapi5 =
    R"([[{"action":"start","assetID":"9780f0ca-02a9-4392-a6d2-6ec1b24ce42d","data":{"metadata":)"
    R"({"name":"thumbnail_pïcture 0 東京.png","hash":"thumbnail_pic_0","ext":".png","width":64,)"
    R"("size":6.026,"type":"thumbnail","id":1,"mainHash":"pic_0"},"filepath":)"
    R"("/srv/public/uploads/thumbnail_pic_0.png","filename":"thumbnail_pic_0.png","stats":)"
    R"({"size":6}}},{"action":"stream","assetID":"9780f0ca-02a9-4392-a6d2-6ec1b24ce42d","encoding":)"
    R"("base64","data":"iVBORw0K"},{"action":"end","assetID":"9780f0ca-02a9-4392-a6d2-6ec1b24ce42d",)"
    R"("checksum":{"algorithm":"sha256","value":"599cfb70"}}]])";
const std::string strapi4 =
    R"([[{"action":"start","assetID":"0bb83399","data":{"metadata":{"name":"a.png"},"filepath":)"
    R"("/srv/a.png","filename":"a.png","stats":{"size":6}}},{"action":"stream","assetID":"0bb83399",)"
    R"("data":{"type":"Buffer","data":[137,80,78,71,13,10]}},{"action":"end","assetID":"0bb83399"}]])";
const std::string pngBytes = "\x89PNG\r\n";

// An item with copies of its views.
struct Item {
  explicit Item(const AssetItem& item)
      : action(item.action), assetID(item.assetID), info(item.info), bytes(item.bytes) {
    if (item.checksum) {
      hasChecksum = true;
      algorithm = item.checksum->algorithm;
      value = item.checksum->value;
    }
  }
  AssetItem::Action action;
  std::string assetID;
  wsferry::strapi::AssetInfo info;
  std::string bytes;
  bool hasChecksum = false;
  std::string algorithm;
  std::string value;
};

std::vector<Item> readAll(AssetItemReader& reader, std::string_view text) {
  std::vector<Item> items;
  AssetItem item;
  reader.begin(text);
  while (reader.next(item)) {
    items.emplace_back(item);
  }
  REQUIRE_FALSE(reader.next(item));
  return items;
}

std::vector<Item> readAll(std::string_view text) {
  // A copy of exactly this size lets the address sanitizer see a step beyond it.
  const std::vector<char> exact(text.begin(), text.end());
  AssetItemReader reader;
  return readAll(reader, std::string_view(exact.data(), exact.size()));
}

Item readOne(const std::string& item) {
  const std::vector<Item> items = readAll("[[" + item + "]]");
  REQUIRE(items.size() == 1);
  return items.front();
}

// The failure's message and the asset it names.
std::string failureOf(const std::string& text) {
  try {
    readAll(text);
  } catch (const wsferry::Error& error) {
    REQUIRE(error.code() == wsferry::Errc::protocolViolation);
    return error.info().message + "|" + error.info().subject;
  }
  return "";
}

std::string start(const std::string& data) {
  return R"({"action":"start","assetID":"A","data":)" + data + "}";
}

std::string stream(const std::string& members) {
  return R"({"action":"stream","assetID":"A")" + members + "}";
}

}  // namespace

TEST_CASE("an asset of Strapi 5 is read") {
  const std::vector<Item> items = readAll(strapi5);
  REQUIRE(items.size() == 3);
  CHECK(items[0].action == AssetItem::Action::start);
  CHECK(items[0].assetID == "9780f0ca-02a9-4392-a6d2-6ec1b24ce42d");
  CHECK(items[0].info.filename == "thumbnail_pic_0.png");
  CHECK(items[0].info.size == 6);
  CHECK(
      items[0].info.metadata ==
      R"({"name":"thumbnail_pïcture 0 東京.png","hash":"thumbnail_pic_0","ext":".png","width":64,)"
      R"("size":6.026,"type":"thumbnail","id":1,"mainHash":"pic_0"})");
  CHECK_FALSE(items[0].hasChecksum);
  CHECK(items[1].action == AssetItem::Action::stream);
  CHECK(items[1].assetID == items[0].assetID);
  CHECK(items[1].bytes == pngBytes);
  CHECK(items[1].info.filename.empty());
  CHECK(items[2].action == AssetItem::Action::end);
  CHECK(items[2].hasChecksum);
  CHECK(items[2].algorithm == "sha256");
  CHECK(items[2].value == "599cfb70");
  CHECK(items[2].bytes.empty());
}

TEST_CASE("an asset of Strapi 4 is read") {
  const std::vector<Item> items = readAll(strapi4);
  REQUIRE(items.size() == 3);
  CHECK(items[0].info.filename == "a.png");
  CHECK(items[1].bytes == pngBytes);
  CHECK(items[2].action == AssetItem::Action::end);
  CHECK_FALSE(items[2].hasChecksum);
}

TEST_CASE("items are read nested, flat, and mixed") {
  const auto end = [](const std::string& id) {
    return R"({"action":"end","assetID":")" + id + "\"}";
  };
  const auto ids = [](const std::string& text) {
    std::string result;
    for (const Item& item : readAll(text)) {
      result += item.assetID;
    }
    return result;
  };
  CHECK(ids("null").empty());
  CHECK(ids("[]").empty());
  CHECK(ids("[[]]").empty());
  CHECK(ids(" [ [ ] , [ ] ] ").empty());
  CHECK(ids("[" + end("a") + "," + end("b") + "]") == "ab");
  CHECK(ids("[[" + end("a") + "," + end("b") + "]]") == "ab");
  CHECK(ids("[[" + end("a") + "],[],[" + end("b") + "]]") == "ab");
  CHECK(ids("[" + end("a") + ",[" + end("b") + "," + end("c") + "]," + end("d") + ",[]]") ==
        "abcd");
}

TEST_CASE("every encoding of bytes is read") {
  CHECK(readOne(stream(R"(,"encoding":"base64","data":"iVBORw0K")")).bytes == pngBytes);
  CHECK(readOne(stream(R"(,"data":"iVBORw0K")")).bytes == pngBytes);
  CHECK(readOne(stream(R"(,"encoding":null,"data":"iVBORw0K")")).bytes == pngBytes);
  CHECK(readOne(stream(R"(,"encoding":"b\u0061se64","data":"iVBORw0K")")).bytes == pngBytes);
  CHECK(readOne(stream(R"(,"data":{"type":"Buffer","data":[137,80,78,71,13,10]})")).bytes ==
        pngBytes);
  CHECK(readOne(stream(R"(,"data":{"data":[137, 80, 78, 71, 13, 10],"x":1,"type":"Buffer"})"))
            .bytes == pngBytes);
  SECTION("escapes in base64 are decoded first") {
    CHECK(readOne(stream(R"(,"data":"//79")")).bytes == "\xff\xfe\xfd");
    CHECK(readOne(stream(R"(,"data":"\/\u002f79")")).bytes == "\xff\xfe\xfd");
  }
  SECTION("no bytes are bytes, too") {
    CHECK(readOne(stream(R"(,"data":"")")).bytes.empty());
    CHECK(readOne(stream(R"(,"data":{"type":"Buffer","data":[]})")).bytes.empty());
  }
}

TEST_CASE("the order of an item's members does not matter, and unknown ones are ignored") {
  const Item base64 =
      readOne(R"({"x":{"action":"end"},"data":"iVBORw0K","encoding":"base64","assetID":"A",)"
              R"("assetId":1,"\u0061ction":"str\u0065am"})");
  CHECK(base64.action == AssetItem::Action::stream);
  CHECK(base64.bytes == pngBytes);
  const Item buffer =
      readOne(R"({"data":{"type":"Buffer","data":[137,80,78,71,13,10]},"assetID":"A",)"
              R"("action":"stream"})");
  CHECK(buffer.bytes == pngBytes);
  const Item escaped = readOne(
      R"({"\u0061ssetID":"\u0041\/","checksum":{"value":"\u0061b","algorithm":"sh\u0061256","x":[]},)"
      R"("action":"end"})");
  CHECK(escaped.assetID == "A/");
  CHECK(escaped.algorithm == "sha256");
  CHECK(escaped.value == "ab");
}

TEST_CASE("large chunks are read whole, in either encoding, by one reader") {
  std::mt19937 random(1);
  AssetItemReader reader;
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{65536}, std::size_t{100}, std::size_t{200003}}) {
    std::string bytes;
    std::string numbers;
    for (std::size_t i = 0; i < size; ++i) {
      bytes.push_back(static_cast<char>(random()));
      numbers += (i == 0 ? "" : ",") + std::to_string(static_cast<unsigned char>(bytes.back()));
    }
    std::string base64;
    wsferry::encodeBase64(bytes, base64);
    const std::vector<Item> items =
        readAll(reader, "[" + stream(R"(,"data":{"type":"Buffer","data":[)" + numbers + "]}") +
                            "," + stream(",\"data\":\"" + base64 + "\"") + "]");
    REQUIRE(items.size() == 2);
    CHECK(items[0].bytes == bytes);
    CHECK(items[1].bytes == bytes);
  }
}

TEST_CASE("an announced size that makes no sense is unknown") {
  const auto size = [](const std::string& stats) {
    return readOne(start(R"({"filename":"f")" + stats + "}")).info.size;
  };
  CHECK(size(R"(,"stats":{"size":146304})") == 146304);
  CHECK(size(R"(,"stats":{"x":{"size":1},"s\u0069ze":18446744073709551615})") ==
        18446744073709551615U);
  for (const char* stats :
       {"", R"(,"stats":null)", R"(,"stats":{})", R"(,"stats":[1])", R"(,"stats":7)",
        R"(,"stats":{"size":null})", R"(,"stats":{"size":-1})", R"(,"stats":{"size":1.5})",
        R"(,"stats":{"size":1e3})", R"(,"stats":{"size":18446744073709551616})",
        R"(,"stats":{"size":"12"})", R"(,"stats":{"size":{}})", R"(,"size":12)"}) {
    CAPTURE(stats);
    CHECK(size(stats) == 0);
  }
}

TEST_CASE("a start needs a name, and has metadata or none") {
  CHECK(readOne(start(R"({"filename":"f"})")).info.metadata == "{}");
  CHECK(readOne(start(R"({"filename":"f","metadata":null})")).info.metadata == "{}");
  CHECK(readOne(start(R"({"metadata":{ "a":[{}]} ,"filename":"f"})")).info.metadata ==
        R"({ "a":[{}]})");
  // Judging a name is not the reader's task, but decoding it is: it has to be judged decoded.
  CHECK(readOne(start(R"({"filename":"..\/\u002e.\\\u0000"})")).info.filename ==
        std::string("../..\\\0", 7));
  CHECK(failureOf("[" + start(R"({"filename":1})") + "]") ==
        "asset item has no string as filename|A");
  CHECK(failureOf("[" + start("{}") + "]") == "asset item of action start lacks filename|A");
  CHECK(failureOf("[" + start("null") + "]") ==
        "asset item of action start has no object as data|A");
  CHECK(failureOf(R"([{"action":"start","assetID":"A"}])") ==
        "asset item of action start has no object as data|A");
  CHECK(failureOf("[" + start(R"({"filename":"f","filename":"g"})") + "]") ==
        "asset item has two filenames|A");
  CHECK(failureOf("[" + start(R"({"filename":"f","metadata":[]})") + "]") ==
        "asset item has no object as metadata|A");
}

TEST_CASE("what is not an item is refused by name") {
  CHECK(failureOf("{}") == "asset item list is not an array|");
  CHECK(failureOf("[1]") == "asset item is not an object|");
  CHECK(failureOf("[[[]]]") == "asset item is not an object|");
  CHECK(failureOf("[{}]") == "asset item has no string as assetID|");
  CHECK(failureOf(R"([{"assetID":7,"action":"end"}])") == "asset item has no string as assetID|");
  CHECK(failureOf(R"([{"assetID":"A"}])") == "asset item has no string as action|A");
  CHECK(failureOf(R"([{"assetID":"A","action":null}])") == "asset item has no string as action|A");
  CHECK(failureOf(R"([{"assetID":"A","action":"pause"}])") ==
        "asset item has the unknown action 'pause'|A");
  CHECK(failureOf(R"([{"assetID":"A","action":"end","action":"start"}])") ==
        "asset item has the member 'action' twice|");
  CHECK(failureOf(R"([{"assetID":"A","\u0061ssetID":"B","action":"end"}])") ==
        "asset item has the member 'assetID' twice|");
  CHECK(failureOf(R"([{"assetID":"A","action":"end","checksum":"ab"}])") ==
        "asset item has no object as checksum|A");
  CHECK(failureOf(R"([{"assetID":"A","action":"end","checksum":{"algorithm":1}}])") ==
        "asset item has no plain algorithm and value as checksum|A");
  CHECK(
      failureOf(
          R"([{"assetID":"A","action":"end","checksum":{"value":"a","value":"b","algorithm":"c"}}])") ==
      "asset item has no plain algorithm and value as checksum|A");
}

TEST_CASE("a checksum may be null, or lack something that the reader leaves to its user") {
  CHECK_FALSE(readOne(R"({"assetID":"A","action":"end","checksum":null})").hasChecksum);
  const Item item = readOne(R"({"assetID":"A","action":"end","checksum":{"algorithm":"md5"}})");
  CHECK(item.hasChecksum);
  CHECK(item.algorithm == "md5");
  CHECK(item.value.empty());
}

TEST_CASE("what is not bytes is refused") {
  const auto failure = [](const std::string& members) {
    return failureOf("[" + stream(members) + "]");
  };
  CHECK(failure("") == "asset item of action stream lacks data|A");
  for (const char* data : {"null", "1", "[1,2]", "true"}) {
    CHECK(failure(",\"data\":" + std::string(data)) ==
          "asset item of action stream has neither base64 nor a buffer as data|A");
  }
  CHECK(failure(R"(,"data":"iVB*")") == "asset item has data that is not base64|A");
  CHECK(failure(R"(,"data":"iVB\n")") == "asset item has data that is not base64|A");
  CHECK(failure(R"(,"encoding":"hex","data":"00")") ==
        "asset item has the unknown encoding \"hex\"|A");
  CHECK(failure(R"(,"encoding":64,"data":"00")") == "asset item has the unknown encoding 64|A");
  for (const char* data :
       {"{}", R"({"type":"Buffer"})", R"({"data":[1]})", R"({"type":"Blob","data":[1]})",
        R"({"type":1,"data":[1]})", R"({"type":"Buffer","data":"AAAA"})",
        R"({"type":"Buffer","data":[256]})", R"({"type":"Buffer","data":[-1]})",
        R"({"type":"Buffer","data":[1.0]})", R"({"type":"Buffer","data":[1],"data":[2]})",
        R"({"type":"Buffer","type":"Buffer","data":[2]})", R"({"type":"Buffer","data":[01]})"}) {
    CAPTURE(data);
    CHECK_FALSE(failure(",\"data\":" + std::string(data)).empty());
    CHECK_FALSE(
        failureOf(R"([{"data":)" + std::string(data) + R"(,"action":"stream","assetID":"A"}])")
            .empty());
  }
  CHECK_FALSE(failure(R"(,"data":{"type":"Buffer","data":[1]},"data":"AAAA")").empty());
  CHECK_FALSE(failure(R"(,"data":"AAAA","data":{"type":"Buffer","data":[1]})").empty());
}

TEST_CASE("a message cut anywhere is refused") {
  for (const std::string& whole : {strapi5, strapi4}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CAPTURE(size);
      REQUIRE_FALSE(failureOf(whole.substr(0, size)).empty());
    }
    REQUIRE_FALSE(failureOf(whole + "]").empty());
    REQUIRE_FALSE(failureOf(whole + whole).empty());
  }
}

TEST_CASE("a reader that failed begins anew") {
  AssetItemReader reader;
  CHECK_THROWS_AS(readAll(reader, "[[" + stream(R"(,"data":"iVB*")") + "]]"), wsferry::Error);
  CHECK(readAll(reader, strapi5).size() == 3);
  CHECK_THROWS_AS(readAll(reader, strapi5.substr(0, 300)), wsferry::Error);
  CHECK(readAll(reader, "[" + stream(R"(,"data":"iVBORw0K")") + "]").size() == 1);
}
