// An archive without a problem is one that a server stores as it is: what its links may not be.

#include <algorithm>

#include "catch.hpp"
#include "support/blog_export.hpp"
#include "support/verified_export.hpp"

using namespace support;

TEST_CASE("Links as a server makes them are no problem, and nothing is said of them") {
  const ArchiveSummary summary = verified(blogExport());
  CHECK(summary.problems.empty());
  CHECK(summary.remarks.empty());
}

TEST_CASE("A link whose kind is not the relation's is a problem") {
  Export content = blogExport();
  SECTION("as of files or several types, where it is not") {
    replace(content.links[firstTag], "relation.basic", "relation.morph");
    CHECK(findsOnly(
        content,
        R"(1 link of api::post.post has the field "tags" and the kind relation.morph, but it is )"
        "manyToMany: a server stores half a row; the first is link 3"));
  }
  SECTION("as of one type, where it is not") {
    replace(content.links[avatar], "relation.morph", "relation.basic");
    CHECK(findsOnly(content, "and not the kind relation.morph, but it is morphToMany"));
  }
  SECTION("between records of one type or several, as a server makes no difference") {
    replace(content.links[firstTag], "relation.basic", "relation.circular");
    CHECK(verified(content).problems.empty());
  }
}

TEST_CASE("A link that leads to another type than its relation is a problem") {
  Export content = blogExport();
  replace(content.links[firstTag], "api::tag.tag", "api::author.author");
  replace(content.links[secondTag], "api::tag.tag", "api::author.author");
  CHECK(findsOnly(
      content,
      R"(2 links of api::post.post have the field "tags" with api::author.author at the other end, )"
      "but leads to api::tag.tag: a server takes whatever has that id there; the first is link 3"));
}

TEST_CASE("A link whose field has no links is a problem") {
  Export content = blogExport();
  const std::string field = R"("field":"tags")";
  SECTION("a field for files, whose links files have") {
    replace(content.links[firstTag], field, R"("field":"cover")");
    CHECK(findsOnly(
        content,
        R"(has the field "cover", whose links belong at the other end: a server stores none; )"
        "the first is link 3"));
  }
  SECTION("text") {
    replace(content.links[firstTag], field, R"("field":"title")");
    CHECK(findsOnly(
        content,
        R"(the field "title", which is not a relation of its schema: an import breaks off, )"
        "or stores none"));
  }
  SECTION("a component") {
    replace(content.links[firstTag], field, R"("field":"seo")");
    CHECK(findsOnly(content, R"(the field "seo", which is not a relation)"));
  }
}

TEST_CASE("A link from both of its ends is there twice") {
  Export content = blogExport();
  content.links.push_back(
      R"({"kind":"relation.basic","relation":"manyToMany","left":{"type":"api::tag.tag","ref":1,"field":"posts"},"right":{"type":"api::post.post","ref":1,"field":"tags"}})");
  CHECK(findsOnly(content, "the same link already occurred"));
  content.links.erase(content.links.begin() + firstTag);
  CHECK(remarksOn(
      content,
      R"(1 link of api::tag.tag has the field "posts", whose links belong at the other end: )"
      "a server returns it there"));
}

TEST_CASE("A second target of a field that has one is a problem where a server keeps the last") {
  Export content = blogExport();
  SECTION("of several types") {
    content.links.push_back(content.links[subject]);
    replace(content.links.back(), R"("type":"api::tag.tag")", R"("type":"api::author.author")");
    CHECK(findsOnly(
        content,
        R"(1 link of api::post.post has the field "subject", though its record has another target )"
        "there: a server keeps the last one; the first is link 10"));
  }
  SECTION("in a column") {
    content.links.push_back(content.links[editor]);
    replace(content.links.back(), R"("ref":2})", R"("ref":1})");
    CHECK(findsOnly(content, R"(the field "editor", though its record has another)"));
  }
  SECTION("in a table, which keeps both") {
    content.links.push_back(content.links[author]);
    replace(content.links.back(), R"("ref":1,"field":"posts")", R"("ref":2,"field":"posts")");
    CHECK(remarksOn(content, "a server keeps both and shows one"));
  }
  SECTION("whatever comes first") {
    content.links.push_back(content.links[subject]);
    replace(content.links.back(), R"("type":"api::tag.tag")", R"("type":"api::author.author")");
    auto entries = entriesOf(content);
    std::reverse(entries.begin(), entries.end());
    const TemporaryFolder folder;
    writeFile(folder / "x.tar", tarOf(entries));
    const auto problems = verifyArchive(folder / "x.tar").problems;
    REQUIRE(problems.size() == 1);
    CHECK(contains(problems[0], "a server keeps the last one"));
  }
}

TEST_CASE("A file that leads to a field that shows no files is remarked on") {
  Export content = blogExport();
  const std::string field = R"("field":"avatar")";
  SECTION("unknown") {
    replace(content.links[avatar], field, R"("field":"nosuch")");
    CHECK(remarksOn(
        content,
        R"(with the field "nosuch" of api::author.author at the other end: a server keeps it, )"
        "and nothing shows it"));
  }
  SECTION("text") {
    replace(content.links[avatar], field, R"("field":"name")");
    CHECK(remarksOn(content, R"(with the field "name" of api::author.author)"));
  }
  SECTION("none") {
    replace(content.links[avatar], field + ",", "");
    CHECK(remarksOn(content, "with no field of api::author.author"));
  }
}

TEST_CASE("What a server would not store as it is makes no archive") {
  Export content = blogExport();
  replace(content.links[firstTag], "api::tag.tag", "api::author.author");
  const TemporaryFolder folder;
  CHECK(contains(messageOf([&] { writeExport(tarOptions(folder / "x.tar"), content); }),
                 "but leads to api::tag.tag"));
}

TEST_CASE("A link of a record's languages has to say the record's own document") {
  Export content = blogExport();
  const std::string document = R"("ref":"post1")";
  const std::string problem =
      "link 8 gives a record a different document than the record itself: a server takes the "
      "link's";
  SECTION("another record's") {
    replace(content.links[localization], document, R"("ref":"post3")");
    CHECK(findsOnly(content, problem));
  }
  SECTION("an id, as before Strapi 5") {
    replace(content.links[localization], document, R"("ref":2)");
    CHECK(findsOnly(content, problem));
  }
  SECTION("of a record without one, which takes the link's") {
    replace(content.entities[1], R"("documentId":"post1",)", "");
    CHECK(verified(content).problems.empty());
  }
  SECTION("links before records, or before schemas") {
    const char last = GENERATE('e', 's');
    for (const char* const ref : {R"("ref":"post1")", R"("ref":"post3")"}) {
      Export other = content;
      replace(other.links[localization], document, ref);
      auto entries = entriesOf(other);
      std::stable_partition(entries.begin(), entries.end(),
                            [last](const auto& entry) { return entry.first[0] != last; });
      const TemporaryFolder folder;
      writeFile(folder / "x.tar", tarOf(entries));
      CHECK(verifyArchive(folder / "x.tar").problems.size() == (ref == document ? 0 : 1));
    }
  }
}

TEST_CASE("An archive without links is remarked on where there are relations") {
  Export content = blogExport();
  content.links.clear();
  CHECK(remarksOn(content, "there are no links, though types have relations"));
}
