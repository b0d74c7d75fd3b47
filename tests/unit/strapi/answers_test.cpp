#include "strapi/messages/answers.hpp"

#include <string>

#include "catch.hpp"
#include "wsferry/strapi/detail/messages/remote_error.hpp"
#include "wsferry/strapi/transfer_error.hpp"

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
  for (const char* nothing : {"{}", "null", "[]"}) {
    INFO(nothing);
    const Error silent = processFailed(TransferStage::assets, nothing);
    CHECK(silent.code() == Errc::remoteFailed);
    CHECK(silent.info().cause == ErrorCause::brokenStep);
    CHECK(silent.info().message == "The server broke the step off; its log has the reason.");
    CHECK(silent.info().subject.empty());
  }
  CHECK(processFailed(TransferStage::assets, "{}", "The disk fell off").info().message ==
        "The server broke the step off: The disk fell off.");
  CHECK(
      processFailed(TransferStage::links, R"({"message":"ENOENT: no such file"})").info().message ==
      "The server broke the step off: ENOENT: no such file.");
}

TEST_CASE("What an error of the server's system says of a file is told") {
  const std::string error =
      R"({"errno":-2,"code":"ENOENT","syscall":"stat","path":"/srv/uploads/cat_1f.png"})";
  const ErrorInfo info = processFailed(TransferStage::assets, error).info();
  CHECK(info.message == "The server broke the step off: ENOENT, /srv/uploads/cat_1f.png.");
  CHECK(info.remoteCode == "ENOENT");
  CHECK(info.remoteDetails == error);
  CHECK(info.subject == "cat_1f.png");
  CHECK(info.subjectKind == SubjectKind::asset);

  CHECK(processFailed(TransferStage::assets, error, "ENOENT: cannot stat").info().message ==
        "The server broke the step off: ENOENT: cannot stat (/srv/uploads/cat_1f.png).");
  // There it is no file of an upload.
  CHECK(processFailed(TransferStage::links, R"({"code":"EIO","path":"/srv/data.db"})")
            .info()
            .subject.empty());
}

TEST_CASE("The file of a broken stream has a name wherever it is") {
  struct Row {
    const char* error;
    const char* subject;
    const char* shown;
  };
  const Row rows[] = {
      {R"({"filepath":"C:\\uploads\\a.png"})", "a.png", "C:\\uploads\\a.png"},
      {R"({"path":"a.png"})", "a.png", "a.png"},
      {R"({"path":"/srv/uploads/"})", "", "/srv/uploads/"},
      {R"({"path":7,"filepath":"/u/b.png"})", "b.png", "/u/b.png"},
      {R"({"details":{"step":"transfer","details":{"path":"/u/c.png"}}})", "", "c.png"},
      {R"({"path":"https://b.example/d.png?X-Amz-Signature=SECRET&v=2"})", "d.png",
       "https://b.example/d.png?v=2"},
  };
  for (const Row& row : rows) {
    const ErrorInfo info = processFailed(TransferStage::assets, row.error).info();
    INFO(row.error << " " << info.message);
    CHECK(info.subject == row.subject);
    CHECK(info.message.find(row.shown) != std::string::npos);
    for (const std::string& text : {info.message, info.remoteDetails, info.subject}) {
      CHECK(text.find("SECRET") == std::string::npos);
    }
  }
}

TEST_CASE("Nothing that a server says of a failure is lost") {
  struct Row {
    const char* error;
    const char* message;
    const char* details;
    std::error_code code;
  };
  const Row rows[] = {
      {R"("no space left")", "no space left", "", Errc::remoteFailed},
      {R"({"message":"m","code":"C"})", "m", "", Errc::remoteFailed},
      {R"({"message":"m","details":{"step":"validation"}})", "m", R"({"step":"validation"})",
       TransferErrc::remoteValidation},
      {R"({"\u006dessage":"m","details":{"\u0073tep":"validation"}})", "m",
       R"({"\u0073tep":"validation"})", TransferErrc::remoteValidation},
      {R"({"name":"NoSuchKey","$metadata":{"httpStatusCode":404}})", "",
       R"({"name":"NoSuchKey","$metadata":{"httpStatusCode":404}})", Errc::remoteFailed},
      {R"({"severity":"fatal","details":{"step":"initialization"}})", "",
       R"({"severity":"fatal","details":{"step":"initialization"}})",
       TransferErrc::remoteInitialization},
      {R"({"step":"validation"})", "", R"({"step":"validation"})", Errc::remoteFailed},
      {"[1]", "", "[1]", Errc::remoteFailed},
  };
  for (const Row& row : rows) {
    INFO(row.error);
    ErrorInfo info;
    CHECK(readRemoteError(row.error, "action close", info) == row.code);
    CHECK(info.remoteMessage == row.message);
    CHECK(info.remoteDetails == row.details);
    const Error broken = processFailed(TransferStage::links, row.error);
    CHECK(broken.code() == row.code);
    CHECK(broken.info().message.find("its log") == std::string::npos);
    for (const std::string& message : {info.message, broken.info().message}) {
      CHECK(message.find(*row.message != 0 ? row.message : row.error) != std::string::npos);
    }
  }
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
