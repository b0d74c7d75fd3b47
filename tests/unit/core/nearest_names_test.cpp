#include <string>
#include <vector>

#include "catch.hpp"
#include "wsferry/core/nearest_names.hpp"

using wsferry::editDistance;
using wsferry::nearestNames;
using Names = std::vector<std::string>;

TEST_CASE("names differ by letters that are inserted, left out, replaced or swapped") {
  CHECK(editDistance("", "") == 0);
  CHECK(editDistance("", "pull") == 4);
  CHECK(editDistance("pull", "pull") == 0);
  CHECK(editDistance("pul", "pull") == 1);
  CHECK(editDistance("pulll", "pull") == 1);
  CHECK(editDistance("pill", "pull") == 1);
  CHECK(editDistance("upll", "pull") == 1);
  CHECK(editDistance("push", "pull") == 2);
}

TEST_CASE("the nearest names come first, and far ones not at all") {
  const Names commands = {"pull", "push", "copy", "convert"};
  CHECK(nearestNames("pul", commands) == Names{"pull"});
  CHECK(nearestNames("pus", commands) == Names{"push"});
  CHECK(nearestNames("covnert", commands) == Names{"convert"});
  CHECK(nearestNames("help", commands).empty());
  CHECK(nearestNames("", commands).empty());
  CHECK(nearestNames(std::string(5000, 'p'), commands).empty());
  const Names types = {"api::tag.tag", "api::article.article", "api::articles.articles"};
  CHECK(nearestNames("api::artcle.article", types) ==
        Names{"api::article.article", "api::articles.articles"});
}

TEST_CASE("as many as asked for, each once") {
  const Names names = {"-a", "-b", "-c", "-a", "-d"};
  CHECK(nearestNames("-e", names) == Names{"-a", "-b", "-c"});
  CHECK(nearestNames("-a", names, 1) == Names{"-a"});
}
