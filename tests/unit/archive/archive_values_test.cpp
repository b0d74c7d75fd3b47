// What attributes that hold components, or lead to other records, may not be.

#include <algorithm>

#include "catch.hpp"
#include "support/blog_export.hpp"
#include "support/verified_export.hpp"

using namespace support;

namespace {

/// With another value of an attribute of the second post.
Export withValue(const std::string& attribute, const std::string& value) {
  Export content = blogExport();
  std::string& post = content.entities[2];
  const std::string name = "\"" + attribute + "\":";
  const auto place = post.find(name);
  if (place == std::string::npos) {
    replace(post, "}}", "," + name + value + "}}");
  } else {
    const auto begin = place + name.size();
    post.replace(begin, post.find_first_of(",}", begin) - begin, value);
  }
  return content;
}

}  // namespace

TEST_CASE("A component's value of another shape is a problem") {
  const auto problem = [](const std::string& attribute, const std::string& value,
                          const std::string& says) {
    CAPTURE(attribute, value);
    CHECK(findsOnly(withValue(attribute, value),
                    "1 entity of api::post.post has components or relations that do not fit its "
                    "schema: " +
                        attribute + says));
  };
  problem("seo", R"("text")", " is a text where a component belongs");
  problem("seo", R"([{"id":7}])", " is an array where a component belongs");
  problem("notes", R"({"id":7})", " is an object where an array of components belongs");
  problem("notes", "null", " is a single value where an array of components belongs");
  problem("notes", "[7]", "[] is a single value where a component belongs");
  problem("notes", R"([{"id":7,"seo":[]}])", "[].seo is an array where a component belongs");
  problem("zone", "null", " is a single value where a dynamic zone belongs");
  problem("zone", R"([{"id":7}])", "[] does not say which component it is");
  problem("zone", R"([{"id":7,"__component":"api::tag.tag"}])",
          "[] is of api::tag.tag, which has no place here");
  problem("seo", R"({"id":"7"})", " has an id that is not a number");
}

TEST_CASE("Values are judged where the schemas come last, as other packers put them") {
  const auto problemsOf = [](const Export& content) {
    auto entries = entriesOf(content);
    std::stable_partition(entries.begin(), entries.end(),
                          [](const auto& entry) { return entry.first[0] != 's'; });
    const TemporaryFolder folder;
    writeFile(folder / "x.tar", tarOf(entries));
    return verifyArchive(folder / "x.tar").problems;
  };
  CHECK(problemsOf(blogExport()).empty());
  const auto problems = problemsOf(withValue("author", "2"));
  REQUIRE(problems.size() == 1);
  CHECK(contains(problems[0], "author refers to other records"));
  Export content = blogExport();
  replace(content.links[localization], R"("ref":"post1")", R"("ref":"post3")");
  CHECK(problemsOf(content).size() == 1);
}

TEST_CASE("A component's value of its own shape is none, with or without an id") {
  CHECK(verified(withValue("seo", R"({"id":7,"text":"x"})")).problems.empty());
  CHECK(verified(withValue("seo", R"({"text":"x"})")).problems.empty());
  CHECK(verified(withValue("notes", R"([{"id":7},{"id":8,"seo":{"id":9}}])")).problems.empty());
}

TEST_CASE("A record that leads to others by itself is a problem") {
  const std::string problem = " refers to other records, which only links may do";
  CHECK(findsOnly(withValue("author", "2"), "author" + problem));
  CHECK(findsOnly(withValue("tags", "[1,2]"), "tags" + problem));
  CHECK(findsOnly(withValue("cover", R"({"id":1})"), "cover" + problem));
  CHECK(findsOnly(withValue("notes", R"([{"id":7,"post":1}])"), "notes[].post" + problem));
  CHECK(verified(withValue("author", "null")).problems.empty());
  CHECK(verified(withValue("tags", "[ ]")).problems.empty());
}

TEST_CASE("A component that occurs twice is a problem where a link leads to it") {
  CHECK(
      remarksOn(withValue("seo", R"({"id":2})"),
                "1 component occurs more than once, such as shared.seo 2: a server makes a row of "
                "each"));
  CHECK(findsOnly(withValue("seo", R"({"id":1})"),
                  "the component shared.seo 1 occurs twice, and a link leads to it: a server gives "
                  "the link to the last"));
  // One id of two types is no double.
  CHECK(verified(withValue("notes", R"([{"id":9}])")).remarks.empty());
}

TEST_CASE("A second record of one document, language and status is remarked on") {
  Export content = blogExport();
  content.entities.push_back(
      R"({"type":"api::post.post","id":4,"data":{"documentId":"post1","locale":"en","publishedAt":null}})");
  CHECK(remarksOn(
      content,
      "1 record of the same document, language and status as another, such as of post1: a server "
      "keeps both"));
  replace(content.entities.back(), R"("publishedAt":null)", R"("publishedAt":"2024-01-01")");
  CHECK(verified(content).remarks.empty());
}

TEST_CASE("A file's size has to be its record's, too") {
  Export content = validExport();
  content.schemas.push_back(uploadSchema());
  content.entities.push_back(
      uploadRecord(1, "pic_1", ".png",
                   R"({"small":{"hash":"small_1","ext":".png","size":0.02,"sizeInBytes":20}})"));
  replace(content.entities.back(), R"("hash":"pic_1")", R"("size":0.02,"hash":"pic_1")");
  content.assets = {asset("pic_1", ".png", std::string(20, 'x')),
                    asset("small_1", ".png", std::string(20, 'x'))};
  replace(content.assets[1].info.metadata, R"("id":1,)", ofFormat("small", 1, "pic_1"));
  CHECK(verified(content).problems.empty());
  for (const std::size_t i : {0u, 1u}) {
    Export cut = content;
    cut.assets[i].bytes = "x";
    replace(cut.assets[i].info.metadata, R"("sizeInBytes":20)", R"("sizeInBytes":1)");
    CHECK(findsOnly(cut, "has 1 byte, which is not the size in its record"));
  }
}
