#include "wsferry/core/error.hpp"

#include <string>
#include <system_error>

#include "catch.hpp"

using namespace wsferry;

TEST_CASE("an error code has a name, a text and a group") {
  CHECK(toString(Errc::invalidUrl) == "invalidUrl");
  CHECK(toString(Errc::fileFailed) == "fileFailed");
  CHECK(toString(static_cast<Errc>(0)) == "other");
  CHECK(toString(static_cast<Errc>(1000)) == "other");
  CHECK(errorName(Errc::timedOut) == "timedOut");
  CHECK(errorName(std::make_error_code(std::errc::io_error)) == "other");
  const std::error_code timedOut = Errc::timedOut;
  CHECK(timedOut.message() == "timed out");
  CHECK(timedOut == Errc::timedOut);
  CHECK(timedOut == ErrorCondition::connection);
  CHECK(timedOut != ErrorCondition::remote);
  CHECK(timedOut.category().name() == std::string("wsferry"));
  CHECK(std::error_code(1000, errorCategory()).message() == "unknown error");
  CHECK(std::error_code(1000, errorCategory()) != ErrorCondition::connection);
}

TEST_CASE("the place of an error is the first one that was known") {
  const Error plain(Errc::remoteFailed, "it failed");
  CHECK(plain.what() == std::string("it failed"));
  const Error record = plain.at({}, SubjectKind::record, "api::a.a 1");
  CHECK(record.info().stage.empty());
  CHECK(record.info().subjectKind == SubjectKind::record);
  const Error placed = record.at("entities", SubjectKind::type, "api::b.b").at("links");
  CHECK(placed.code() == Errc::remoteFailed);
  CHECK(placed.info().stage == "entities");
  CHECK(placed.info().subject == "api::a.a 1");
  CHECK(placed.info().subjectKind == SubjectKind::record);
  CHECK(placed.what() == std::string("entities: api::a.a 1: it failed"));
  CHECK(plain.at("assets", SubjectKind::asset).info().subjectKind == SubjectKind::none);
}

TEST_CASE("other words leave what is known of an error") {
  ErrorInfo info;
  info.message = "it failed";
  info.httpStatus = 503;
  info.address = "http://h/admin";
  info.peer = ErrorPeer::remote;
  const Error error =
      Error(Errc::upgradeRefused, info).ofOption("proxy").withMessage("the backup failed");
  CHECK(error.code() == Errc::upgradeRefused);
  CHECK(error.what() == std::string("the backup failed"));
  CHECK(error.info().httpStatus == 503);
  CHECK(error.info().address == "http://h/admin");
  CHECK(error.info().peer == ErrorPeer::remote);
  CHECK(error.info().option == "proxy");
}
