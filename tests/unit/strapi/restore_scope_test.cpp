#include "wsferry/strapi/restore_scope.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "catch.hpp"
#include "wsferry/core/error.hpp"

using namespace wsferry::strapi;

namespace {

using Uids = std::vector<std::string>;

const std::vector<Schema> schemas = {
    {"plugin::upload.file", R"({"modelType":"contentType"})"},
    {"plugin::upload.folder", R"({"modelType":"contentType"})"},
    {"plugin::content-releases.release", R"({"modelType":"contentType"})"},
    {"api::a.a", R"({"uid":"api::a.a","modelType":"contentType"})"},
    {"api::b.b", R"({"modelType" : "contentType","kind":"singleType"})"},
    {"admin::user", R"({"modelType":"contentType"})"},
    {"admin::new-in-6", R"({"modelType":"contentType"})"},
    {"shared.seo", R"({"modelType":"component"})"},
};

const Uids everyContentType = {"plugin::upload.file", "plugin::upload.folder", "api::a.a",
                               "api::b.b"};

RestoreScope scopeOf(const TransferFilterOptions& options) {
  return scopeFor(TransferFilter(options), schemas);
}

bool contains(const Uids& uids, const std::string& uid) {
  return std::find(uids.begin(), uids.end(), uid) != uids.end();
}

}  // namespace

TEST_CASE("A whole transfer deletes everything but what never transfers") {
  const RestoreScope scope = scopeOf({});
  CHECK_FALSE(scope.includedTypes);
  CHECK(scope.assets);
  CHECK(scope.configuration);
  for (const char* uid :
       {"admin::user", "admin::role", "admin::permission", "admin::api-token",
        "admin::api-token-permission", "admin::transfer-token", "admin::transfer-token-permission",
        "admin::session", "admin::audit-log", "admin::workflow", "admin::workflow-stage",
        "admin::new-in-6", "plugin::content-releases.release",
        "plugin::content-releases.release-action"}) {
    CAPTURE(uid);
    CHECK(std::count(scope.excludedTypes.begin(), scope.excludedTypes.end(), uid) == 1);
    CHECK_FALSE(scope.deletes(uid));
  }
  CHECK(scope.deletes("api::a.a"));
  CHECK(scope.deletes("plugin::upload.file"));
}

TEST_CASE("Administrators stay even where the destination tells no schemas") {
  const RestoreScope scope = scopeFor(TransferFilter(), {});
  CHECK_FALSE(scope.deletes("admin::user"));
  CHECK_FALSE(scope.deletes("admin::transfer-token"));
}

TEST_CASE("Without content no record is deleted") {
  TransferFilterOptions options;
  SECTION("excluded") {
    options.exclude = {TransferGroup::content, TransferGroup::files};
  }
  SECTION("not asked for") {
    options.only = {TransferGroup::config};
  }
  const RestoreScope scope = scopeOf(options);
  CHECK(scope.includedTypes == Uids{});
  CHECK_FALSE(scope.assets);
  CHECK(scope.configuration);
  CHECK_FALSE(scope.deletes("api::a.a"));
}

TEST_CASE("Files without their records are refused: a server would lose the old ones") {
  TransferFilterOptions options;
  SECTION("without content") {
    options.only = {TransferGroup::files, TransferGroup::config};
  }
  SECTION("content excluded") {
    options.exclude = {TransferGroup::content};
  }
  SECTION("without the type of the records") {
    options.excludeContentTypes = {"plugin::upload.file"};
  }
  try {
    scopeOf(options);
    FAIL("accepted");
  } catch (const wsferry::Error& error) {
    CHECK(error.code() == wsferry::Errc::invalidOption);
  }
}

TEST_CASE("Only the types asked for are deleted, and never those that do not transfer") {
  TransferFilterOptions options;
  options.onlyContentTypes = {"api::b.b", "adm*::user", "api::a.a", "api::?.b",
                              "plugin::content-releases.*"};
  options.excludeContentTypes = {"api::a.a"};
  const RestoreScope scope = scopeOf(options);
  CHECK(scope.includedTypes == Uids{"api::b.b"});
  CHECK(contains(scope.excludedTypes, "api::a.a"));
  CHECK(scope.deletes("api::b.b"));
  CHECK_FALSE(scope.deletes("api::a.a"));
  CHECK_FALSE(scope.deletes("plugin::upload.file"));
  CHECK_FALSE(scope.assets);  // Without the types of uploads, files stay.

  options.onlyContentTypes = {"a*::user"};
  CHECK(scopeOf(options).includedTypes == Uids{});
}

TEST_CASE("Without configuration only content types are deleted, named one by one") {
  TransferFilterOptions options;
  options.exclude = {TransferGroup::config};
  RestoreScope scope = scopeOf(options);
  CHECK(scope.includedTypes == everyContentType);
  CHECK_FALSE(scope.configuration);
  CHECK_FALSE(scope.deletes("strapi::core-store"));

  options.excludeContentTypes = {"api::a.a"};
  scope = scopeOf(options);
  CHECK_FALSE(contains(*scope.includedTypes, "api::a.a"));
  CHECK(contains(scope.excludedTypes, "api::a.a"));

  options = {};
  options.only = {TransferGroup::content, TransferGroup::files};
  CHECK(scopeOf(options).includedTypes == everyContentType);
}

TEST_CASE("Without the media library neither files nor their records are deleted") {
  TransferFilterOptions options;
  options.exclude = {TransferGroup::mediaLibrary};
  const RestoreScope scope = scopeOf(options);
  CHECK_FALSE(scope.includedTypes);
  CHECK_FALSE(scope.assets);
  CHECK_FALSE(scope.deletes("plugin::upload.file"));
  CHECK_FALSE(scope.deletes("plugin::upload.folder"));
  CHECK(scope.deletes("api::a.a"));
}

TEST_CASE("Without files their records are deleted all the same") {
  TransferFilterOptions options;
  options.exclude = {TransferGroup::files};
  const RestoreScope scope = scopeOf(options);
  CHECK_FALSE(scope.assets);
  CHECK(scope.deletes("plugin::upload.file"));
}

TEST_CASE("The scope as the server takes it") {
  RestoreScope scope;
  scope.excludedTypes = {"admin::user", "a\"b"};
  CHECK(scope.toJson() == R"({"entities":{"exclude":["admin::user","a\"b"]},"assets":false,)"
                          R"("configuration":{"webhook":false,"coreStore":false}})");
  scope.includedTypes = Uids{};
  scope.assets = true;
  CHECK(scope.toJson() ==
        R"({"entities":{"include":[],"exclude":["admin::user","a\"b"]},"assets":true,)"
        R"("configuration":{"webhook":false,"coreStore":false}})");
  scope.includedTypes = Uids{"api::a.a", "api::b.b"};
  scope.excludedTypes.clear();
  scope.configuration = true;
  CHECK(scope.toJson() ==
        R"({"entities":{"include":["api::a.a","api::b.b"],"exclude":[]},"assets":true,)"
        R"("configuration":{"webhook":true,"coreStore":true}})");
}

TEST_CASE("Patterns name types of the destination") {
  TransferFilterOptions options;
  options.onlyContentTypes = {"api::*", "api::not-told.not-told"};
  options.excludeContentTypes = {"*::b.*"};
  const RestoreScope scope = scopeOf(options);
  CHECK(scope.includedTypes == Uids{"api::a.a", "api::not-told.not-told"});
  CHECK(contains(scope.excludedTypes, "api::b.b"));
  CHECK_FALSE(contains(scope.excludedTypes, "*::b.*"));
}
