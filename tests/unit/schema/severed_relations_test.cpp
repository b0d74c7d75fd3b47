#include "wsferry/strapi/severed_relations.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace wsferry::strapi;

namespace {

std::string relation(const std::string& kind, const std::string& target,
                     const std::string& more = "") {
  return R"({"type":"relation","relation":")" + kind + "\"" +
         (target.empty() ? "" : R"(,"target":")" + target + "\"") + more + "}";
}

Schema typeOf(const std::string& uid, const std::string& attributes) {
  const bool isComponent = uid.find("::") == std::string::npos;
  return {uid, R"({"modelType":")" + std::string(isComponent ? "component" : "contentType") +
                   R"(","attributes":{)" + attributes + "}}"};
}

const std::string byAdministrator = ",\"createdBy\":" + relation("oneToOne", "admin::user") +
                                    ",\"updatedBy\":" + relation("oneToOne", "admin::user");

const std::vector<Schema> schemas = {
    typeOf("api::article.article",
           R"("title":{"type":"string"},"cover":{"type":"media","multiple":false},)"
           R"("seo":{"type":"component","component":"shared.seo"},)"
           R"("zone":{"type":"dynamiczone","components":["shared.quote","shared.seo"]},)"
           "\"tags\":" +
               relation("manyToMany", "api::tag.tag", R"(,"inversedBy":"articles")") +
               ",\"related\":" + relation("manyToMany", "api::article.article") + byAdministrator),
    typeOf(
        "api::tag.tag",
        "\"articles\":" + relation("manyToMany", "api::article.article", R"(,"mappedBy":"tags")") +
            ",\"notes\":" + relation("morphMany", "api::note.note", R"(,"morphBy":"subject")")),
    typeOf("api::note.note", "\"subject\":" + relation("morphToOne", "")),
    typeOf("api::lone.lone", R"("name":{"type":"string"})"),
    typeOf("shared.seo", R"("image":{"type":"media"})"),
    typeOf("shared.quote", R"("nested":{"type":"component","component":"shared.link"})"),
    typeOf("shared.link", "\"tag\":" + relation("oneToOne", "api::tag.tag") +
                              R"(,"again":{"type":"component","component":"shared.quote"})"),
    typeOf("plugin::upload.file", "\"related\":" + relation("morphToMany", "") + ",\"folder\":" +
                                      relation("manyToOne", "plugin::upload.folder")),
    typeOf("plugin::upload.folder",
           "\"files\":" + relation("oneToMany", "plugin::upload.file", R"(,"mappedBy":"folder")")),
    typeOf("plugin::stages.stage",
           "\"permissions\":" + relation("manyToMany", "admin::permission")),
    typeOf("admin::user", ""),
    typeOf("admin::permission", ""),
};

std::vector<std::string> severed(const TransferFilterOptions& options,
                                 const std::vector<Schema>& types = schemas) {
  std::vector<std::string> found;
  for (const auto& relation : severedRelations(TransferFilter(options).resolved(types), types)) {
    found.push_back(describe(relation));
  }
  return found;
}

TransferFilterOptions only(std::vector<std::string> types) {
  TransferFilterOptions options;
  options.onlyContentTypes = std::move(types);
  return options;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a transfer of everything severs nothing") {
  CHECK(severed({}).empty());
}

TEST_CASE("a type that is transferred alone loses the relations that lead to it") {
  CHECK(severed(only({"api::tag.tag"})) ==
        Texts{"api::article.article.tags -> api::tag.tag",
              "api::article.article.zone.nested.tag -> api::tag.tag",
              "api::note.note.subject -> any type"});
}

TEST_CASE("and one that holds relations loses these, each told once, by its owner") {
  CHECK(severed(only({"api::article.article"})) ==
        Texts{"api::article.article.cover -> plugin::upload.file",
              "api::article.article.tags -> api::tag.tag",
              "api::article.article.seo.image -> plugin::upload.file",
              "api::article.article.zone.nested.tag -> api::tag.tag",
              "api::note.note.subject -> any type"});
}

TEST_CASE("an exclusion severs the same relations, from the other side") {
  TransferFilterOptions options;
  options.excludeContentTypes = {"api::tag.tag"};
  CHECK(severed(options) == severed(only({"api::tag.tag"})));
}

TEST_CASE("without the media library every media attribute is severed, in components, too") {
  TransferFilterOptions options;
  options.exclude = {TransferGroup::mediaLibrary};
  CHECK(severed(options) == Texts{"api::article.article.cover -> plugin::upload.file",
                                  "api::article.article.seo.image -> plugin::upload.file",
                                  "api::note.note.subject -> any type"});
}

TEST_CASE("without the files alone nothing is severed, as their records are transferred") {
  TransferFilterOptions options;
  options.exclude = {TransferGroup::files};
  CHECK(severed(options).empty());
}

TEST_CASE("a transfer without content severs nothing") {
  TransferFilterOptions options;
  options.only = {TransferGroup::config};
  CHECK(severed(options).empty());
}

TEST_CASE("files without their folders lose these") {
  const Texts found = severed(only({"plugin::upload.file"}));
  CHECK(std::count(found.begin(), found.end(),
                   "plugin::upload.file.folder -> plugin::upload.folder") == 1);
}

TEST_CASE("a project's own relation to administrators is severed by every transfer") {
  std::vector<Schema> types = schemas;
  types.push_back(typeOf("api::task.task", "\"owner\":" + relation("manyToOne", "admin::user")));
  CHECK(severed({}, types) == Texts{"api::task.task.owner -> admin::user"});
}

TEST_CASE("a relation to a type that the destination lacks is not there to be severed") {
  std::vector<Schema> types = schemas;
  types.push_back(typeOf("api::task.task", "\"gone\":" + relation("manyToOne", "api::gone.gone")));
  const Texts found = severed(only({"api::lone.lone"}), types);
  CHECK(found == Texts{"api::note.note.subject -> any type"});
}

TEST_CASE("of many relations the first few are described, and how many more") {
  std::vector<SeveredRelation> relations;
  for (int i = 0; i < 7; ++i) {
    relations.push_back({"api::a.a", "r" + std::to_string(i), "api::b.b"});
  }
  CHECK(describe(relations) ==
        "api::a.a.r0 -> api::b.b, api::a.a.r1 -> api::b.b, api::a.a.r2 -> api::b.b, "
        "api::a.a.r3 -> api::b.b, api::a.a.r4 -> api::b.b and 2 more");
}
