#include "strapi/messages/answers.hpp"

#include "catch.hpp"

using namespace wsferry;
using namespace wsferry::strapi;

TEST_CASE("Answers of servers old and new are read") {
  const InitAnswer plain = readInitAnswer(R"({"transferID":"T"})");
  CHECK(plain.transferID.value == "T");
  CHECK_FALSE(plain.checksums);
  CHECK(readInitAnswer(R"({"checksums":true,"more":1,"transferID":"T"})").checksums);

  const Metadata metadata =
      readMetadata(R"({"createdAt":"2026-11-21T20:08:16.043Z","strapi":{"version":"5.54.0"}})");
  CHECK(metadata.createdAt == "2026-11-21T20:08:16.043Z");
  CHECK(metadata.strapiVersion == "5.54.0");

  const StartAnswer bare = readStartAnswer(R"({"ok":true,"id":"P"})");
  CHECK(bare.processID == "P");
  CHECK_FALSE(bare.totals.bytes);
  const StartAnswer full =
      readStartAnswer(R"({"ok":true,"id":"P","totals":{"totalBytes":1536.5,"totalCount":3}})");
  CHECK(full.totals.bytes == 1536U);
  CHECK(full.totals.count == 3U);
  CHECK_FALSE(readStartAnswer(R"({"id":"P","totals":{"totalBytes":-1}})").totals.bytes);
}

TEST_CASE("Schemas keep the bytes they came with") {
  const auto schemas = readSchemas(R"({"api::a.a":{"x": 1},"api::\u0062.b":{"y":[{}]}})");
  REQUIRE(schemas.size() == 2);
  CHECK(schemas[0].uid == "api::a.a");
  CHECK(schemas[0].json == R"({"x": 1})");
  CHECK(schemas[1].uid == "api::b.b");
  CHECK(schemas[1].json == R"({"y":[{}]})");
}

TEST_CASE("An answer without what is needed is a protocol error") {
  const auto read = [](auto reader, const char* text) {
    try {
      static_cast<void>(reader(text));
      return std::error_code();
    } catch (const Error& error) {
      return error.code();
    }
  };
  for (const char* text :
       {"null", "{}", "[]", "1", R"({"transferID":1,"id":1,"strapi":1})",
        R"({"transferID":"\udc00","id":"\udc00","strapi":{"version":"\udc00"}})"}) {
    CAPTURE(text);
    CHECK(read(readInitAnswer, text) == Errc::protocolViolation);
    CHECK(read(readMetadata, text) == Errc::protocolViolation);
    CHECK(read(readStartAnswer, text) == Errc::protocolViolation);
  }
  CHECK(read(readSchemas, "null") == Errc::protocolViolation);
  CHECK(read(readSchemas, "{}") == Errc::protocolViolation);
}

TEST_CASE("A broken stream is explained even if the server says nothing") {
  const Error silent = processFailed("{}");
  CHECK(silent.code() == Errc::remoteFailed);
  CHECK(silent.info().message.find("log") != std::string::npos);
  const Error worded = processFailed(R"({"message":"ENOENT: no such file"})");
  CHECK(worded.info().message.find("ENOENT") != std::string::npos);
}

TEST_CASE("The end of a step tells counts, or none") {
  const auto stats = readStepStats(R"({"ok":true,"stats":{"more":[],"finished":2,"started":3}})");
  REQUIRE(stats);
  CHECK(stats->started == 3);
  CHECK(stats->finished == 2);
  CHECK_FALSE(readStepStats(R"({"ok":true})"));
  CHECK_FALSE(readStepStats("null"));
}

TEST_CASE("The end of a step that was not right is refused") {
  for (const char* answer :
       {R"({"stats":{"started":-1}})", R"({"stats":{"started":1.5}})",
        R"({"stats":{"started":"1"}})", R"({"stats":{"finished":99999999999999999999}})",
        R"({"stats":{"finished":{}}})", R"({"stats":null})", R"({"stats":[]})", R"({"stats":3})",
        R"({"ok":false})", R"({"ok":"true"})", R"({"stats":{"started":1},"ok":null})"}) {
    INFO(answer);
    try {
      static_cast<void>(readStepStats(answer));
      FAIL("not refused");
    } catch (const Error& error) {
      CHECK(error.code() == Errc::protocolViolation);
    }
  }
}

TEST_CASE("The answer to init tells what was agreed on") {
  const auto both =
      readInitAnswer(R"({"transferID":"t","checksums":true,"assetEncoding":"base64"})");
  CHECK(both.checksums);
  CHECK(both.base64);
  const auto none = readInitAnswer(R"({"transferID":"t","assetEncoding":"other"})");
  CHECK_FALSE(none.checksums);
  CHECK_FALSE(none.base64);
}
