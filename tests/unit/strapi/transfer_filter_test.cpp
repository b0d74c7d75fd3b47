#include "wsferry/strapi/transfer_filter.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "wsferry/core/error.hpp"

using namespace wsferry;
using namespace wsferry::strapi;
using Decision = TransferFilter::Decision;

namespace {

// Which stages run, as letters: entities, assets, links, configuration.
std::string stagesOf(const TransferFilter& filter) {
  std::string letters;
  for (const TransferStage stage : stageOrder) {
    if (stage != TransferStage::schemas && filter.includes(stage)) {
      letters += toString(stage).front();
    }
  }
  return letters;
}

}  // namespace

TEST_CASE("Groups choose stages, and exclude wins") {
  struct Case {
    std::vector<TransferGroup> only;
    std::vector<TransferGroup> exclude;
    std::string stages;
  };
  const auto example = GENERATE(values<Case>({
      {{}, {}, "ealc"},
      {{TransferGroup::content}, {}, "el"},
      {{TransferGroup::files}, {}, "a"},
      {{TransferGroup::config}, {}, "c"},
      {{TransferGroup::content, TransferGroup::config}, {}, "elc"},
      {{}, {TransferGroup::content}, "ac"},
      {{}, {TransferGroup::files}, "elc"},
      {{}, {TransferGroup::mediaLibrary}, "elc"},
  }));
  TransferFilterOptions options;
  options.only = example.only;
  options.exclude = example.exclude;
  const TransferFilter filter(options);
  CHECK(stagesOf(filter) == example.stages);
  CHECK(filter.includes(TransferStage::schemas));
}

TEST_CASE("media-library excludes the records of uploads too, and is nothing to ask for alone") {
  TransferFilterOptions options;
  options.exclude = {TransferGroup::mediaLibrary};
  const TransferFilter filter(options);
  CHECK_FALSE(filter.includesType("plugin::upload.file"));
  CHECK_FALSE(filter.includesType("plugin::upload.folder"));
  CHECK(filter.includesType("api::a.a"));

  options.exclude.clear();
  options.only = {TransferGroup::mediaLibrary};
  CHECK_THROWS_AS(TransferFilter(options), Error);
}

TEST_CASE("Files go with the records that name them") {
  TransferFilterOptions options;
  options.onlyContentTypes = {"api::a.a"};
  CHECK(stagesOf(TransferFilter(options)) == "elc");
  options.onlyContentTypes = {"api::a.a", "plugin::upload.file"};
  CHECK(stagesOf(TransferFilter(options)) == "ealc");
  options.onlyContentTypes = {"api::a.a"};
  options.only = {TransferGroup::content, TransferGroup::files};
  CHECK(stagesOf(TransferFilter(options)) == "eal");
}

TEST_CASE("Some types never pass, whatever the options say") {
  TransferFilterOptions options;
  options.onlyContentTypes = {"a?min::user", "*release*", "api::a.a"};
  const TransferFilter filter(options);
  for (const char* type : {"admin::user", "admin::api-token", "plugin::content-releases.release",
                           "plugin::content-releases.release-action"}) {
    CAPTURE(type);
    CHECK(filter.decide(TransferStage::entities, type) == Decision::never);
    CHECK(filter.decide(TransferStage::links, "api::a.a", type) == Decision::never);
    CHECK(filter.decide(TransferStage::links, type, "api::a.a") == Decision::never);
    CHECK_FALSE(filter.includesType(type));
  }
  CHECK(filter.decide(TransferStage::entities, "administration::user") == Decision::excluded);
}

TEST_CASE("Content types filter entities, and links by both ends") {
  TransferFilterOptions options;
  options.onlyContentTypes = {"api::a.a", "api::b.b"};
  options.excludeContentTypes = {"api::b.b"};
  const TransferFilter filter(options);
  CHECK(filter.decide(TransferStage::entities, "api::a.a") == Decision::pass);
  CHECK(filter.decide(TransferStage::entities, "api::b.b") == Decision::excluded);
  CHECK(filter.decide(TransferStage::entities, "api::c.c") == Decision::excluded);
  CHECK(filter.decide(TransferStage::links, "api::a.a", "api::a.a") == Decision::pass);
  CHECK(filter.decide(TransferStage::links, "api::a.a", "api::b.b") == Decision::excluded);
  CHECK(filter.decide(TransferStage::links, "api::c.c", "api::a.a") == Decision::excluded);
  CHECK(filter.decide(TransferStage::configuration, "core-store") == Decision::pass);
}

namespace {

const std::vector<Schema> types = {
    {"api::blog-post.blog-post",
     R"({"attributes":{"seo":{"type":"component","component":"shared.seo"}}})"},
    {"api::blog-author.blog-author", "{}"},
    {"api::tag.tag",
     R"({"attributes":{"zone":{"type":"dynamiczone","components":["shared.outer","x.y"]}}})"},
    {"plugin::users-permissions.user", "{}"},
    {"admin::user", "{}"},
    {"shared.seo", R"({"attributes":{"image":{"type":"media"}}})"},
    {"shared.outer", R"({"attributes":{"in":{"component":"shared.inner","type":"component"}}})"},
    {"shared.inner", R"({"attributes":{"out":{"type":"component","component":"shared.outer"}}})"},
};

Error failureOf(const TransferFilterOptions& options) {
  try {
    static_cast<void>(TransferFilter(options).resolved(types));
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalidOption);
    return error;
  }
  FAIL("accepted");
  throw std::logic_error("unreachable");
}

bool says(const Error& error, const std::string& text) {
  return error.info().message.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("A selection that leaves nothing is refused, by what it says itself") {
  struct Case {
    std::vector<TransferGroup> only;
    std::vector<TransferGroup> exclude;
    std::vector<std::string> onlyTypes;
    std::vector<std::string> excludeTypes;
  };
  using Group = TransferGroup;
  const auto example = GENERATE(values<Case>({
      {{Group::content}, {Group::content}, {}, {}},
      {{}, {Group::content, Group::files, Group::config}, {}, {}},
      {{Group::files}, {Group::mediaLibrary}, {}, {}},
      {{}, {}, {"api::tag.tag"}, {"api::tag.tag"}},
      {{}, {}, {"api::tag.tag"}, {"api::*"}},
      {{}, {}, {"admin::user"}, {}},
      {{}, {}, {"api::tag.tag", "plugin::content-releases.release"}, {}},
  }));
  TransferFilterOptions options;
  options.only = example.only;
  options.exclude = example.exclude;
  options.onlyContentTypes = example.onlyTypes;
  options.excludeContentTypes = example.excludeTypes;
  try {
    TransferFilter filter(options);
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalidOption);
  }
}

TEST_CASE("A pattern stands for the types that it matches") {
  TransferFilterOptions options;
  options.onlyContentTypes = {"api::blog-*", "api::ta?.tag"};
  options.excludeContentTypes = {"*-author"};
  for (const TransferFilter& filter :
       {TransferFilter(options), TransferFilter(options).resolved(types)}) {
    CHECK(filter.includesType("api::blog-post.blog-post"));
    CHECK(filter.includesType("api::tag.tag"));
    CHECK_FALSE(filter.includesType("api::blog-author.blog-author"));
    CHECK_FALSE(filter.includesType("plugin::users-permissions.user"));
  }
  CHECK(TransferFilter(options).resolved(types).options().excludeContentTypes ==
        std::vector<std::string>{"api::blog-author.blog-author"});
}

TEST_CASE("A name that stands for no type is refused with those that may be meant") {
  TransferFilterOptions options;
  SECTION("to take") {
    options.onlyContentTypes = {"api::tag.tag", "api::blog-pots.blog-post"};
    const Error error = failureOf(options);
    CHECK(error.info().subject == "api::blog-pots.blog-post");
    CHECK(says(error, "Did you mean api::blog-post.blog-post?"));
  }
  SECTION("to leave out, though a pattern beside it matches") {
    options.excludeContentTypes = {"api::*", "plugin::users-permissions.users"};
    CHECK(says(failureOf(options), "Did you mean plugin::users-permissions.user?"));
  }
  SECTION("a pattern") {
    options.excludeContentTypes = {"api::nope-*"};
    CHECK(says(failureOf(options), "No type matches this pattern"));
  }
  SECTION("a part of it that people call it by") {
    options.onlyContentTypes = {GENERATE("blog-post", "api::blog-post", "blog-post.blog-post")};
    CHECK(says(failureOf(options), "No type has this uid. Did you mean api::blog-post.blog-post?"));
  }
  SECTION("its name once") {
    options.onlyContentTypes = {"blog-post"};
    const std::string text = failureOf(options).what();
    CHECK(text.find("blog-post: No type") == 0);
  }
  SECTION("never one that cannot be taken") {
    options.onlyContentTypes = {GENERATE("dmin::user", "admin-token")};
    CHECK_FALSE(says(failureOf(options), "Did you mean"));
  }
  SECTION("in capitals") {
    options.onlyContentTypes = {"api::Tag.tag"};
    CHECK(says(failureOf(options), "Did you mean api::tag.tag?"));
  }
}

TEST_CASE("Components and types that never pass have words of their own") {
  TransferFilterOptions options;
  SECTION("a component alone") {
    options.onlyContentTypes = {"shared.seo"};
    CHECK(says(failureOf(options), "a component: it is part of the entities that hold it"));
  }
  SECTION("a component beside a type") {
    options.onlyContentTypes = {"api::tag.tag", "shared.seo"};
    CHECK(says(failureOf(options), "a component: it is part of the entities that hold it"));
  }
  SECTION("a component to leave out") {
    options.excludeContentTypes = {"shared.*"};
    CHECK(says(failureOf(options), "a component: it is part of the entities that hold it"));
  }
  SECTION("a pattern of administrators") {
    options.onlyContentTypes = {"admin::*"};
    CHECK(says(failureOf(options), "never leave their server"));
  }
  SECTION("everything is left out by a pattern") {
    options.only = {TransferGroup::content};
    options.excludeContentTypes = {"*::*"};
    CHECK(says(failureOf(options), "leaves nothing to transfer"));
  }
}

TEST_CASE("Components go with the types that can hold them") {
  const auto passing = [](const TransferFilterOptions& options) {
    const TransferFilter filter = TransferFilter(options).resolved(types);
    std::string names;
    for (const std::string component : {"seo", "outer", "inner"}) {
      if (filter.includesType("shared." + component)) {
        names += (names.empty() ? "" : " ") + component;
      }
    }
    return names;
  };
  TransferFilterOptions options;
  CHECK(passing(options) == "seo outer inner");
  options.onlyContentTypes = {"api::blog-*"};
  CHECK(passing(options) == "seo");
  options.onlyContentTypes = {"api::tag.tag"};
  CHECK(passing(options) == "outer inner");
  options.onlyContentTypes = {"api::blog-author.blog-author"};
  CHECK(passing(options).empty());
  options.onlyContentTypes.clear();
  options.excludeContentTypes = {"api::tag.tag"};
  CHECK(passing(options) == "seo");
}

TEST_CASE("What is left out anyway may be named") {
  TransferFilterOptions options;
  options.excludeContentTypes = {"admin::user", "admin::of-another-edition"};
  CHECK(TransferFilter(options).resolved(types).includesType("api::tag.tag"));
}

TEST_CASE("What is resolved stays so, for a content that lacks a type") {
  TransferFilterOptions options;
  options.onlyContentTypes = {"api::tag.tag", "api::blog-*"};
  const TransferFilter filter = TransferFilter(options).resolved(types);
  CHECK(filter.resolved({}).options().onlyContentTypes == filter.options().onlyContentTypes);
}

TEST_CASE("The media library is left out of contents that have none") {
  TransferFilterOptions options;
  options.exclude = {TransferGroup::mediaLibrary};
  CHECK_FALSE(TransferFilter(options).resolved(types).includesType("plugin::upload.file"));
}
