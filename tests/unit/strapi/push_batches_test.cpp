#include <string>
#include <vector>

#include "catch.hpp"
#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/messages/asset_items.hpp"
#include "wsferry/strapi/detail/push/asset_batch.hpp"
#include "wsferry/strapi/detail/push/record_batch.hpp"
#include "wsferry/strapi/transfer_error.hpp"

using namespace wsferry;
using namespace wsferry::strapi;

namespace {

const TimePoint start{std::chrono::hours(1)};

std::string member(std::string_view json, std::string_view name) {
  JsonCursor cursor(json);
  REQUIRE(cursor.enterObject());
  std::string_view key;
  std::string found;
  while (cursor.nextKey(key)) {
    const std::string_view value = cursor.skipValue();
    if (key == name) {
      found = std::string(value);
    }
  }
  cursor.expectEnd();
  return found;
}

/// The assets in messages, by wire id, and how many messages are over the limit.
struct Received {
  std::vector<AssetInfo> infos;
  std::vector<std::string> bytes;
  std::vector<std::string> checksums;

  void take(const Batch& batch) {
    AssetItemReader reader;
    const std::string data = member(batch.message.text, "data");
    reader.begin(data);
    AssetItem item;
    while (reader.next(item)) {
      if (item.action == AssetItem::Action::start) {
        infos.push_back(item.info);
        bytes.emplace_back();
      } else if (item.action == AssetItem::Action::stream) {
        bytes.back() += item.bytes;
      } else {
        checksums.emplace_back(item.checksum ? item.checksum->value : "none");
      }
    }
  }
};

std::string sampleBytes(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) {
    bytes += static_cast<char>(i * 7 + i / 256);
  }
  return bytes;
}

}  // namespace

TEST_CASE("a stream message has the members that the server wants") {
  RecordBatch batch(TransferStage::links, "id with \"quotes\"");
  batch.add(R"({"a":1})", start);
  batch.add(R"({"b":2})", start);
  const Batch taken = batch.take();
  const std::string& text = taken.message.text;
  CHECK(member(text, "type") == "\"transfer\"");
  CHECK(member(text, "kind") == "\"step\"");
  CHECK(member(text, "step") == "\"links\"");
  CHECK(member(text, "action") == "\"stream\"");
  CHECK(member(text, "transferID") == R"("id with \"quotes\"")");
  CHECK(member(text, "data") == R"([{"a":1},{"b":2}])");
  CHECK(member(text, "uuid") == '"' + taken.message.uuid.toString() + '"');
  CHECK(taken.stage == TransferStage::links);
  CHECK(batch.isEmpty());
}

TEST_CASE("a batch is full with 100 records") {
  RecordBatch batch(TransferStage::entities, "t");
  for (int i = 0; i < 99; ++i) {
    batch.add(R"({"type":"api::a.a","id":)" + std::to_string(i) + "}", start);
    REQUIRE_FALSE(batch.isFull());
  }
  batch.add(R"({"type":"api::b.b","id":99})", start);
  CHECK(batch.isFull());
  CHECK(batch.take().contents == "100 entities from api::a.a 0 to api::b.b 99");
  CHECK_FALSE(batch.isFull());
}

TEST_CASE("a batch does not grow over 512 KiB, but a larger record goes alone") {
  RecordBatch batch(TransferStage::entities, "t");
  const std::string record = "\"" + std::string(200 * 1024 - 2, 'x') + "\"";
  CHECK_FALSE(batch.isDue(10 * RecordBatch::maxBytes, start));
  batch.add(record, start);
  CHECK_FALSE(batch.isDue(record.size(), start));
  batch.add(record, start);
  CHECK(batch.isDue(record.size(), start));
  CHECK(batch.isDue(112 * 1024, start));
  CHECK_FALSE(batch.isDue(111 * 1024, start));
  batch.take();
  batch.add("\"" + std::string(RecordBatch::maxBytes, 'x') + "\"", start);
  CHECK(batch.isFull());
}

TEST_CASE("a batch is due 450 ms after its first record") {
  RecordBatch batch(TransferStage::entities, "t");
  batch.add("{}", start);
  batch.add("{}", start + Duration(400));
  CHECK_FALSE(batch.isDue(2, start + Duration(449)));
  CHECK(batch.isDue(2, start + Duration(450)));
  batch.take();
  CHECK_FALSE(batch.isDue(2, start + Duration(900)));
  batch.add("{}", start + Duration(900));
  CHECK_FALSE(batch.isDue(2, start + Duration(1349)));
  CHECK(batch.isDue(2, start + Duration(1350)));
}

TEST_CASE("a batch tells what it holds") {
  SECTION("one record") {
    RecordBatch batch(TransferStage::entities, "t");
    batch.add(R"({"id":7,"type":"api::a.a","data":{"type":"no","id":1}})", start);
    CHECK(batch.take().contents == "api::a.a 7");
  }
  SECTION("links") {
    RecordBatch batch(TransferStage::links, "t");
    batch.add(
        R"({"kind":"relation.basic","left":{"type":"api::a.a","ref":1},"right":{"type":"b","ref":"x"}})",
        start);
    CHECK(batch.take().contents == "api::a.a 1 -> b x");
  }
  SECTION("configuration") {
    RecordBatch batch(TransferStage::configuration, "t");
    batch.add(R"({"type":"core-store","value":{"id":3}})", start);
    batch.add(R"({"type":"webhook","value":{}})", start);
    CHECK(batch.take().contents == "2 configuration from core-store to webhook");
  }
}

TEST_CASE("assets arrive as they were sent, in either encoding") {
  const auto encoding = GENERATE(AssetEncoding::base64, AssetEncoding::byteArray);
  const auto size = GENERATE(std::size_t{1}, std::size_t{65537}, std::size_t{2'500'000});
  AssetBatch batch("t", encoding);
  Received received;
  const std::string bytes = sampleBytes(size);
  batch.start("w1", {"a \"b\".png", size, "{\"id\": 1,\n \"name\":\"\xC3\xA9\"}\n"});
  std::string_view rest = bytes;
  unsigned messages = 1;
  while (!rest.empty()) {
    if (batch.isFull()) {
      received.take(batch.take());
      ++messages;
    }
    rest.remove_prefix(batch.add("w1", "a \"b\".png", rest));
  }
  batch.end("w1", "a \"b\".png", "abc");
  received.take(batch.take());
  REQUIRE(received.infos.size() == 1);
  CHECK(received.infos[0].filename == "a \"b\".png");
  CHECK(received.infos[0].size == size);
  CHECK(received.infos[0].metadata == "{\"id\": 1,\n \"name\":\"\xC3\xA9\"}");
  CHECK((received.bytes[0] == bytes));
  CHECK(received.checksums == std::vector<std::string>{"abc"});
  CHECK(messages == (size > AssetBatch::maxBytes ? 3 : 1));
}

TEST_CASE("several small files share a message, and an empty one has no stream item") {
  AssetBatch batch("t", AssetEncoding::base64);
  batch.start("w1", {"a", 0, ""});
  batch.end("w1", "a", "");
  batch.start("w2", {"b", 3, "{}"});
  CHECK(batch.add("w2", "b", "xyz") == 3);
  batch.end("w2", "b", "");
  CHECK_FALSE(batch.isFull());
  const Batch taken = batch.take();
  CHECK(taken.contents == "a to b");
  Received received;
  received.take(taken);
  CHECK(received.bytes == std::vector<std::string>{"", "xyz"});
  CHECK(received.checksums == std::vector<std::string>{"none", "none"});
  CHECK(member(taken.message.text, "data").find(R"("metadata":{}})") != std::string::npos);
  CHECK(batch.isEmpty());
}

TEST_CASE("very many empty files fill a message") {
  AssetBatch batch("t", AssetEncoding::base64);
  std::size_t files = 0;
  while (!batch.isFull()) {
    batch.start("w", {"a", 0, "{}"});
    batch.end("w", "a", "");
    REQUIRE(++files < 20'000);
  }
  CHECK(batch.take().message.text.size() < 2 * AssetBatch::maxBytes);
}

TEST_CASE("what is no JSON object or no UTF-8 is not sent as metadata") {
  AssetBatch batch("t", AssetEncoding::base64);
  const auto refused = [&batch](const AssetInfo& info) {
    try {
      batch.start("w", info);
    } catch (const Error& error) {
      return error.code() == TransferErrc::invalidRecord && batch.isEmpty();
    }
    return false;
  };
  CHECK(refused({"a", 0, "[]"}));
  CHECK(refused({"a", 0, "{"}));
  CHECK(refused({"a", 0, "{}}],\"x\":[{"}));
  CHECK(refused({"a", 0, "{\"a\":\"\xFF\"}"}));
  CHECK(refused({"a\xFF", 0, "{}"}));
}
