#include "wsferry/strapi/detail/push/skipped_links.hpp"

#include <string>

#include "catch.hpp"

using namespace wsferry::strapi;

namespace {

void note(SkippedLinks& links, const std::string& kind, const std::string& message) {
  Diagnostic diagnostic;
  diagnostic.kind = kind;
  diagnostic.message = message;
  links.note(diagnostic);
}

const std::string skipping =
    "Skipping link api::a.a:1 -> api::b.b:2 due to a foreign key constraint.";

}  // namespace

TEST_CASE("nothing skipped is no loss") {
  SkippedLinks links;
  note(links, "warning", "The server does not send checksums");
  note(links, "info", skipping);
  CHECK(links.losses().empty());
}

TEST_CASE("a server without a summary tells each link") {
  SkippedLinks links;
  for (int i = 0; i < 12; ++i) {
    note(links, "warning", skipping);
  }
  const auto losses = links.losses();
  REQUIRE(losses.size() == 1);
  CHECK(losses[0].kind == LossKind::skippedLink);
  CHECK(losses[0].count == 12);
  CHECK(losses[0].examples.size() == mostLossExamples);
  CHECK(losses[0].examples[0] == skipping);
  CHECK_FALSE(losses[0].accepted);
}

TEST_CASE("a summary has the number where only the first links are told") {
  SkippedLinks links;
  note(links, "warning", skipping);
  note(links, "warning", "Further detailed warnings suppressed after 10 messages.");
  note(links, "warning",
       "Links restore skipped 1234 relation(s) (1230 unmapped, 4 foreign key). Verify relations.");
  REQUIRE(links.losses().size() == 1);
  CHECK(links.losses()[0].count == 1234);
  CHECK(links.losses()[0].examples.size() == 1);
}

TEST_CASE("a summary without a number is one link at least") {
  SkippedLinks links;
  note(links, "warning", "Links restore skipped some relations");
  REQUIRE(links.losses().size() == 1);
  CHECK(links.losses()[0].count == 1);
}
