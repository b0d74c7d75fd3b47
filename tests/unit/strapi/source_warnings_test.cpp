#include "wsferry/strapi/detail/pull/source_warnings.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

#include "catch.hpp"

using namespace wsferry::strapi;

namespace {

Diagnostic warning(std::string message) {
  Diagnostic diagnostic;
  diagnostic.kind = "warning";
  diagnostic.message = std::move(message);
  return diagnostic;
}

}  // namespace

TEST_CASE("a type that cannot be read is told with its uid and the server's words") {
  const std::string words =
      "Failed to read all entities of type \"api::article.article\" from the source, the remaining "
      "entities of this type were skipped: database is locked";
  const auto omission = readOmission(warning(words));
  REQUIRE(omission);
  CHECK(omission->kind == Omission::Kind::type);
  CHECK(omission->subject == "api::article.article");
  CHECK(omission->words == words);
}

TEST_CASE("words of the same kind that name no type are about any type") {
  for (const char* words : {"Failed to read the components of this entry", "Failed to read",
                            "Failed to read all entities of type \"api::cut"}) {
    INFO(words);
    const auto omission = readOmission(warning(words));
    REQUIRE(omission);
    CHECK(omission->kind == Omission::Kind::type);
    CHECK(omission->subject.empty());
  }
}

TEST_CASE("links that lead nowhere are counted by the summary, and shown by the first of them") {
  const auto one = readOmission(warning(
      "Omitting link api::a.a:1 -> api::b.b:2 from export because a referenced entity no longer "
      "exists in the database."));
  REQUIRE(one);
  CHECK(one->kind == Omission::Kind::link);
  CHECK(one->count == 0);
  CHECK(one->words.find("api::a.a:1") != std::string::npos);
  const auto all = readOmission(
      warning("Links export omitted 1234 relation(s) pointing at missing entities. Verify."));
  REQUIRE(all);
  CHECK(all->kind == Omission::Kind::link);
  CHECK(all->count == 1234);
  CHECK(all->words.empty());
}

TEST_CASE("a file that is not there is told by its record") {
  const auto omission = readOmission(
      warning("[Data transfer] Media item 3 (hash: cat_1f) exists in database but no corresponding "
              "file was found to transfer (format: small). Path: /srv/public/uploads/cat_1f.png"));
  REQUIRE(omission);
  CHECK(omission->kind == Omission::Kind::file);
  CHECK(omission->subject == "3");
}

TEST_CASE("other messages leave nothing out") {
  CHECK_FALSE(readOmission(warning("The server does not send checksums")));
  CHECK_FALSE(readOmission(
      warning("Further detailed warnings suppressed after 10 messages. See the stage summary.")));
  CHECK_FALSE(readOmission(Diagnostic{"info", "Failed to read all entities", {}}));
  CHECK_FALSE(readOmission(Diagnostic{}));
}

TEST_CASE("omissions are taken once, in order, and so is the last error") {
  SourceWarnings warnings;
  CHECK(warnings.takeLastError().empty());
  warnings.note(warning("Failed to read all entities of type \"a\" from the source"));
  warnings.note(Diagnostic{"error", "Request failed with status code 404", {}});
  warnings.note(warning("Failed to read all entities of type \"b\" from the source"));
  const auto taken = warnings.takeOmissions();
  REQUIRE(taken.size() == 2);
  CHECK(taken[0].subject == "a");
  CHECK(taken[1].subject == "b");
  CHECK(warnings.takeOmissions().empty());
  CHECK(warnings.takeLastError() == "Request failed with status code 404");
  CHECK(warnings.takeLastError().empty());
}

TEST_CASE("however much is left out, all of it counts, and no type is lost by that") {
  SourceWarnings warnings;
  std::size_t wakes = 0;
  warnings.wakeOnOmission([&wakes] { ++wakes; });
  const std::size_t more = 500;
  for (std::size_t i = 0; i < SourceWarnings::mostOfKind + more; ++i) {
    const std::string number = std::to_string(i);
    warnings.note(warning("Links export omitted 3 relation(s) pointing at missing entities."));
    warnings.note(warning("Media item (hash: h" + number + "): no corresponding file was found"));
    warnings.note(
        warning("Failed to read all entities of type \"admin::t" + number + "\" from it"));
  }
  warnings.note(warning("Failed to read all entities of type \"api::a.a\" from the source"));
  CHECK(wakes == 3 * (SourceWarnings::mostOfKind + more) + 1);

  const auto taken = warnings.takeOmissions();
  CHECK(taken.size() == 3 * (SourceWarnings::mostOfKind + 1));
  std::map<Omission::Kind, std::uint64_t> counts;
  for (const Omission& omission : taken) {
    counts[omission.kind] += omission.count;
  }
  CHECK(counts[Omission::Kind::link] == 3 * (SourceWarnings::mostOfKind + more));
  CHECK(counts[Omission::Kind::file] == SourceWarnings::mostOfKind + more);
  // Which one the last of the types was is not known, so that it may be any.
  CHECK(std::any_of(taken.begin(), taken.end(), [](const Omission& omission) {
    return omission.kind == Omission::Kind::type && omission.subject.empty();
  }));

  CHECK(warnings.takeOmissions().empty());
  warnings.note(warning("Failed to read all entities of type \"api::a.a\" from the source"));
  CHECK(warnings.takeOmissions().at(0).subject == "api::a.a");
}
