#include "wsferry/gateway/detail/messages/result_problem.hpp"

#include "catch.hpp"
#include "support/contains.hpp"

using namespace wsferry::gateway;

namespace {

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
  CHECK(problemOfResult(members, R"({"a":{"b":"hello"}})").empty());
  CHECK(problemOfResult(members, R"({"a":{"b":""}})").empty());
  CHECK(problemOfResult(members, R"({"a":{"b":null}})").empty());
  CHECK(problemOfResult(members, R"({"c":5})").empty());
  CHECK(problemOfResult({}, R"({"other":1})").empty());
}

TEST_CASE("a result whose text is elsewhere is told, with the paths that lead nowhere") {
  const ResultMembers members = withText({"a.b", "c"});
  const std::string problem = "no a.b or c, where its text should be";
  CHECK(support::contains(problemOfResult(members, R"({"a":{"x":"hello"}})"), problem));
  CHECK(support::contains(problemOfResult(members, R"({"a":{"b":{"text":"hello"}}})"), problem));
  CHECK(support::contains(problemOfResult(members, R"({"c":["hello"]})"), problem));
  CHECK(support::contains(problemOfResult(members, ""), problem));
}

TEST_CASE("words are a result's text where it has no other, and each of them counts") {
  const ResultMembers members = withWords(GENERATE("", "final"));
  CHECK(problemOfResult(members, R"({"words":[{"text":"a"},{"text":"b"}]})").empty());
  CHECK(problemOfResult(members, R"({"words":[]})").empty());
  CHECK(problemOfResult(members, R"({"words":null})").empty());
  CHECK(support::contains(problemOfResult(members, R"({"tokens":[]})"), "no words"));
  CHECK(support::contains(problemOfResult(members, R"({"words":"a b"})"), "other than words"));
  CHECK(support::contains(problemOfResult(members, R"({"words":[{"text":"a"},{"word":"b"}]})"),
                          "a word in words without text"));
}

TEST_CASE("beside a text, words may be missing, but not all be without one") {
  ResultMembers members = withWords();
  members.text = {"text"};
  CHECK(problemOfResult(members, R"({"text":"a b"})").empty());
  CHECK(problemOfResult(members, R"({"words":[{"text":"a"}]})").empty());
  CHECK(problemOfResult(members, R"({"text":"a.","words":[{"text":"a"},{"mark":"."}]})").empty());
  CHECK(support::contains(problemOfResult(members, R"({"text":"a","words":[{"word":"a"}]})"),
                          "a word in words without text"));
  CHECK(support::contains(problemOfResult(members, R"({"words":[]})"), "no text"));
}
