#include "wsferry/http/detail/files/file_version.hpp"

#include "catch.hpp"
#include "support/archive_fixture.hpp"
#include "wsferry/http/detail/files/wanted_set.hpp"
#include "wsferry/strapi/detail/messages/record_reader.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::http;

namespace {

const std::string record =
    R"({"documentId":"d1","name":"a.jpg","caption":null,"hash":"a_1f","ext":".jpg","mime":"image/jpeg",)"
    R"("size":146.3,"url":"/uploads/a_1f.jpg","formats":{"small":{"hash":"small_a_1f","ext":".jpg",)"
    R"("mime":"image/jpeg","size":1.5,"sizeInBytes":1500,"url":"/uploads/small_a_1f.jpg"}},)"
    R"("updatedAt":"2026-01-02T03:04:05.678Z"})";

std::optional<std::string> versionOf(const std::string& data) {
  strapi::RecordReader reader;
  const std::string text = R"({"type":"plugin::upload.file","id":7,"data":)" + data + "}";
  return fileVersionOf(reader.look(strapi::TransferStage::entities, text).entity);
}

std::optional<std::string> versionWith(const std::string& from, const std::string& to) {
  std::string changed = record;
  replace(changed, from, to);
  return versionOf(changed);
}

}  // namespace

TEST_CASE("what changes with a file or its formats makes another version") {
  REQUIRE(versionOf(record));
  const std::vector<std::pair<std::string, std::string>> changes = {
      {R"("d1")", R"("d2")"},
      {R"("hash":"a_1f")", R"("hash":"a_2f")"},
      {R"("ext":".jpg","mime")", R"("ext":".png","mime")"},
      {"image/jpeg", "image/png"},
      {"146.3", "146.31"},
      {"05.678Z", "05.679Z"},
      {"small_a_1f\"", "small_b_1f\""},
      {R"("sizeInBytes":1500)", R"("sizeInBytes":1501)"},
      {R"("size":1.5)", R"("size":1.51)"},
      {R"("small":)", R"("large":)"}};
  for (const auto& [from, to] : changes) {
    INFO(from);
    const auto version = versionWith(from, to);
    CHECK(version);
    CHECK(version != versionOf(record));
  }
  CHECK(versionWith(R"("formats":{"small":{)", R"("formats":null,"x":{"small":{)") !=
        versionOf(record));
}

TEST_CASE("what says nothing of a file's bytes makes no other version") {
  CHECK(versionWith(R"("caption":null)", R"("caption":"c")") == versionOf(record));
  CHECK(versionWith("/uploads/a_1f", "https://cdn.test/a_1f") == versionOf(record));
  CHECK(versionWith(R"("documentId":"d1",)", "") != std::nullopt);  // Strapi 4 has none.
}

TEST_CASE("a record that tells too little has no version") {
  CHECK(versionWith(R"("updatedAt":"2026-01-02T03:04:05.678Z")", R"("updatedAt":null)") ==
        std::nullopt);
  CHECK(versionWith(R"(,"updatedAt":"2026-01-02T03:04:05.678Z")", "") == std::nullopt);
  CHECK(versionWith(R"("hash":"a_1f")", R"("hash":"")") == std::nullopt);
  CHECK(versionWith("146.3", "null") == std::nullopt);
}

TEST_CASE("a file is wanted while all records that name it are as they were") {
  WantedSet set;
  set.add("one", "v1", 10);
  set.add("two", "v2", 20);
  set.add("two", "v3", 30);
  set.add("unknown", std::nullopt, 40);
  set.close();
  CHECK(set.wanted("one") == std::nullopt);
  set.match("one", "v0");
  CHECK(set.wanted("one") == std::nullopt);
  set.match("one", "v1");
  CHECK(set.wanted("one") == 10);
  set.match("two", "v2");
  CHECK(set.wanted("two") == std::nullopt);
  set.match("two", "v3");
  CHECK(set.wanted("two").has_value());
  set.match("unknown", "");
  CHECK(set.wanted("unknown") == std::nullopt);
  CHECK(set.wanted("other") == std::nullopt);

  CHECK_FALSE(set.isTaken("one"));
  set.take("one");
  CHECK(set.isTaken("one"));
  CHECK(set.wanted("one") == std::nullopt);
  CHECK_FALSE(set.isTaken("two"));
  CHECK_FALSE(set.isTaken("other"));
}

TEST_CASE("a file of one earlier transfer is not taken on the word of another one's record") {
  WantedSet set;
  set.add("one", "v2", 10);
  set.add("two", "v2", 20);
  set.close();
  CHECK(set.match("one", "v2"));
  CHECK(set.match("two", "v2"));
  set.take("two");
  set.forgetMatches();
  CHECK_FALSE(set.match("one", "v1"));
  CHECK(set.wanted("one") == std::nullopt);
  CHECK(set.match("one", "v2"));
  CHECK(set.wanted("one") == 10);
  CHECK(set.match("two", "v2"));  // As it was, although it is no longer wanted.
  CHECK(set.wanted("two") == std::nullopt);
  CHECK(set.isTaken("two"));
}
