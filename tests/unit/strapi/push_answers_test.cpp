#include "wsferry/strapi/detail/messages/push_answers.hpp"

#include "catch.hpp"
#include "strapi/messages/pull_answers.hpp"
#include "wsferry/core/error.hpp"

using namespace wsferry;
using namespace wsferry::strapi;

TEST_CASE("only servers from 5.53.0 on take several messages") {
  for (const char* version : {"5.53.0", "5.53.1", "5.54.0", "5.100.2", "6.0.0", "10.0.0-beta.1"}) {
    INFO(version);
    CHECK(takesMessagesInFlight(version));
  }
  for (const char* version :
       {"5.52.3", "4.26.2", "5.6.0", "5.53.0-beta.1", "5.53", "", "5", "v5.54.0", "latest", "5.x.0",
        "-5.54.0", "99999999999999999999.0.0"}) {
    INFO(version);
    CHECK_FALSE(takesMessagesInFlight(version));
  }
}

TEST_CASE("the end of a step tells counts, or none") {
  const auto stats = readStepStats(R"({"ok":true,"stats":{"more":[],"finished":2,"started":3}})");
  REQUIRE(stats);
  CHECK(stats->started == 3);
  CHECK(stats->finished == 2);
  CHECK_FALSE(readStepStats(R"({"ok":true})"));
  CHECK_FALSE(readStepStats("null"));
}

TEST_CASE("the end of a step that was not right is refused") {
  for (const char* answer :
       {R"({"stats":{"started":-1}})", R"({"stats":{"started":1.5}})",
        R"({"stats":{"started":"1"}})", R"({"stats":{"finished":99999999999999999999}})",
        R"({"stats":{"finished":{}}})", R"({"stats":null})", R"({"stats":[]})", R"({"stats":3})",
        R"({"ok":false})", R"({"ok":"true"})", R"({"stats":{"started":1},"ok":null})"}) {
    INFO(answer);
    try {
      readStepStats(answer);
      FAIL("not refused");
    } catch (const Error& error) {
      CHECK(error.code() == Errc::protocolViolation);
    }
  }
}

TEST_CASE("the answer to init tells what was agreed on") {
  const auto both =
      readInitAnswer(R"({"transferID":"t","checksums":true,"assetEncoding":"base64"})");
  CHECK(both.checksums);
  CHECK(both.base64);
  const auto none = readInitAnswer(R"({"transferID":"t","assetEncoding":"other"})");
  CHECK_FALSE(none.checksums);
  CHECK_FALSE(none.base64);
}

TEST_CASE("the folder of the old files is read out of a diagnostic") {
  Diagnostic diagnostic;
  diagnostic.message = "created assets backup directory /srv/public/uploads_backup_1";
  CHECK(readFilesBackup(diagnostic) == "/srv/public/uploads_backup_1");
  diagnostic.message = "created assets backup directory /a\x1b[2Jb\n" + std::string(5000, 'x');
  const auto folder = readFilesBackup(diagnostic);
  REQUIRE(folder);
  CHECK(folder->substr(0, 8) == "/a [2Jb ");
  CHECK(folder->size() == 1000);
  diagnostic.message = "creating assets backup directory";
  CHECK_FALSE(readFilesBackup(diagnostic));
}
