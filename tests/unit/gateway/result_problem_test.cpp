#include "wsferry/gateway/detail/messages/result_problem.hpp"

#include "catch.hpp"
#include "support/contains.hpp"

using namespace wsferry::gateway;

namespace {

std::string problemOf(const ResultMembers& members, const std::string& json,
                      Finality finality = Finality::final) {
  return problemOfResult(members, json, finality);
}

ResultMembers withText(std::vector<std::string> paths) {
  ResultMembers members;
  members.text = std::move(paths);
  return members;
}

ResultMembers withWords(const std::string& finality = {}) {
  ResultMembers members;
  members.words = "words";
  members.word.text = {"text"};
  members.word.finality = finality;
  return members;
}

}  // namespace

TEST_CASE("a result has its text where the profile says, even an empty one or null") {
  const ResultMembers members = withText({"a.b", "c"});
  CHECK(problemOf(members, R"({"a":{"b":"hello"}})").empty());
  CHECK(problemOf(members, R"({"a":{"b":""}})").empty());
  CHECK(problemOf(members, R"({"a":{"b":null}})").empty());
  CHECK(problemOf(members, R"({"c":5})").empty());
  CHECK(problemOf({}, R"({"other":1})").empty());
}

TEST_CASE("a result whose text is elsewhere is told, with the paths that lead nowhere") {
  const ResultMembers members = withText({"a.b", "c"});
  const std::string problem = "no a.b or c, where its text should be";
  CHECK(support::contains(problemOf(members, R"({"a":{"x":"hello"}})"), problem));
  CHECK(support::contains(problemOf(members, R"({"a":{"b":{"text":"hello"}}})"), problem));
  CHECK(support::contains(problemOf(members, R"({"c":["hello"]})"), problem));
  CHECK(support::contains(problemOf(members, ""), problem));
}

TEST_CASE("words are a result's text where it has no other, and each of them counts") {
  const ResultMembers members = withWords(GENERATE("", "final"));
  CHECK(problemOf(members, R"({"words":[{"text":"a"},{"text":"b"}]})").empty());
  CHECK(problemOf(members, R"({"words":[]})").empty());
  CHECK(problemOf(members, R"({"words":null})").empty());
  CHECK(support::contains(problemOf(members, R"({"tokens":[]})"), "no words"));
  CHECK(support::contains(problemOf(members, R"({"words":"a b"})"), "other than words"));
  CHECK(support::contains(problemOf(members, R"({"words":[{"text":"a"},{"word":"b"}]})"),
                          "a word in words without text"));
}

TEST_CASE("beside a text, words may be missing, but not all be without one") {
  ResultMembers members = withWords();
  members.text = {"text"};
  CHECK(problemOf(members, R"({"text":"a b"})").empty());
  CHECK(problemOf(members, R"({"words":[{"text":"a"}]})").empty());
  CHECK(problemOf(members, R"({"text":"a.","words":[{"text":"a"},{"mark":"."}]})").empty());
  CHECK(support::contains(problemOf(members, R"({"text":"a","words":[{"word":"a"}]})"),
                          "a word in words without text"));
  CHECK(support::contains(problemOf(members, R"({"text":"","words":[{"text":"a"},{"t":"b"}]})"),
                          "a word in words without text"));
  CHECK(support::contains(problemOf(members, R"({"words":[]})"), "no text"));
}

TEST_CASE("a result says whether it is final where its rule does not") {
  ResultMembers members = withText({"text"});
  members.finality = "final";
  const auto problem = [&](const std::string& json) {
    return problemOf(members, json, Finality::byMember);
  };
  CHECK(problem(R"({"text":"a","final":true})").empty());
  CHECK(problem(R"({"text":"a","final":false})").empty());
  CHECK(
      support::contains(problem(R"({"text":"a","is_final":true})"), "no final, which should say"));
  CHECK(support::contains(problem(R"({"text":"a","final":null})"), "no final, which should say"));
  CHECK(
      support::contains(problem(R"({"text":"a","final":1})"), "other than true or false at final"));
  CHECK(problemOf(members, R"({"text":"a"})").empty());
  members.finalValue = "FINAL";
  CHECK(problem(R"({"text":"a","final":"PARTIAL"})").empty());
}

TEST_CASE("each word says whether it is final where words do") {
  const ResultMembers members = withWords("final");
  const auto problem = [&](const std::string& json) {
    return problemOf(members, json, Finality::byMember);
  };
  CHECK(problem(R"({"words":[{"text":"a","final":true},{"text":"b","final":false}]})").empty());
  CHECK(problem(R"({"words":[]})").empty());
  CHECK(support::contains(problem(R"({"words":[{"text":"a","final":true},{"text":"b"}]})"),
                          "a word in words whose final is neither"));
}
