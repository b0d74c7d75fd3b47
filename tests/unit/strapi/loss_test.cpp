#include "wsferry/strapi/loss.hpp"

#include <string>
#include <vector>

#include "catch.hpp"

using namespace wsferry::strapi;

TEST_CASE("what is lost by two is one loss of each kind, accepted if both are") {
  std::vector<Loss> losses;
  addLoss(losses, Loss{LossKind::missingFile, 2, {"a", "b", "c", "d"}, true});
  CHECK(losses[0].accepted);
  addLoss(losses, Loss{LossKind::skippedLink, 1, {}, false});
  addLoss(losses, Loss{LossKind::missingFile, 9, {"e", "f"}, false});
  REQUIRE(losses.size() == 2);
  CHECK(losses[0].count == 11);
  CHECK(losses[0].examples == std::vector<std::string>{"a", "b", "c", "d", "e"});
  CHECK_FALSE(losses[0].accepted);
}

TEST_CASE("losses are counted per kind, with the first examples") {
  std::vector<Loss> losses;
  for (unsigned i = 1; i <= mostLossExamples + 2; ++i) {
    addLoss(losses, LossKind::skippedLink, "link " + std::to_string(i));
  }
  addLoss(losses, LossKind::missingFile, "a.png", 3);
  addLoss(losses, LossKind::missingFile, "");
  REQUIRE(losses.size() == 2);
  CHECK(losses[0].count == mostLossExamples + 2);
  CHECK(losses[0].examples.size() == mostLossExamples);
  CHECK(losses[1].count == 4);
  CHECK(losses[1].examples == std::vector<std::string>{"a.png"});
}

TEST_CASE("the files that are lost have their names beside the words for them") {
  std::vector<Loss> losses;
  addFileLoss(losses, LossKind::shortFile, {"a b.png", 1}, "a b.png has 1 byte");
  addFileLoss(losses, LossKind::shortFile, {}, "another");
  std::vector<Loss> more;
  addFileLoss(more, LossKind::shortFile, {"c.png", 2}, "c.png has 2 bytes");
  addLoss(losses, more[0]);
  REQUIRE(losses.size() == 1);
  CHECK(losses[0].count == 3);
  CHECK(losses[0].examples.size() == 3);
  REQUIRE(losses[0].files.size() == 2);
  CHECK(losses[0].files[0].name == "a b.png");
  CHECK(losses[0].files[1].name == "c.png");
  CHECK(losses[0].files[1].bytes == 2);
}

TEST_CASE("a loss is described in one line, with what its examples leave out") {
  std::vector<Loss> losses;
  addLoss(losses, LossKind::unreadableType, "api::a.a (locked)");
  CHECK(describe(losses[0]) == "1 type that the source could not read whole: api::a.a (locked)");
  addLoss(losses, LossKind::missingFile, "a.png");
  addLoss(losses, LossKind::missingFile, "b.png", 4);
  CHECK(describe(losses[1]) ==
        "5 files that records name but the source does not have: a.png; b.png; ...");
  addLoss(losses, LossKind::skippedLink, {}, 2);
  CHECK(describe(losses[2]) == "2 links that the destination did not store");
}

TEST_CASE("each kind has a name of its own for programs") {
  CHECK(toString(LossKind::unreadableType) == "unreadableType");
  CHECK(toString(LossKind::suspectedType) == "suspectedType");
  CHECK(toString(LossKind::missingFile) == "missingFile");
  CHECK(toString(LossKind::shortFile) == "shortFile");
  CHECK(toString(LossKind::skippedLink) == "skippedLink");
}
