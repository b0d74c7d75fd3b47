#include "wsferry/strapi/transfer_filter.hpp"

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
      {{TransferGroup::content}, {TransferGroup::content}, ""},
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
  options.onlyContentTypes = {"admin::user", "api::a.a"};
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
