#include "testing/content/sample_schemas.hpp"

#include <string>
#include <string_view>

namespace wsferry::testing {

namespace {

struct TypeFacts {
  std::string_view uid;
  std::string_view collectionName;
  std::string_view pluralName;
  std::string_view globalId;
  std::string_view plugin;      // Empty for the project's own types.
  std::string_view attributes;  // Its own, as members of a JSON object.
  bool hasDrafts = false;
  bool isLocalized = false;
};

constexpr TypeFacts contentTypes[] = {
    {"plugin::upload.file", "files", "files", "UploadFile", "upload",
     R"("name":{"type":"string","configurable":false,"required":true},"alternativeText":{"type":"text","configurable":false},"caption":{"type":"text","configurable":false},"focalPoint":{"type":"json","configurable":false},"width":{"type":"integer","configurable":false},"height":{"type":"integer","configurable":false},"formats":{"type":"json","configurable":false},"hash":{"type":"string","configurable":false,"required":true},"ext":{"type":"string","configurable":false},"mime":{"type":"string","configurable":false,"required":true},"size":{"type":"decimal","configurable":false,"required":true},"url":{"type":"text","configurable":false,"required":true},"previewUrl":{"type":"text","configurable":false},"provider":{"type":"string","configurable":false,"required":true},"provider_metadata":{"type":"json","configurable":false},"related":{"type":"relation","relation":"morphToMany","configurable":false},"folder":{"type":"relation","relation":"manyToOne","target":"plugin::upload.folder","inversedBy":"files","private":true},"folderPath":{"type":"string","minLength":1,"required":true,"private":true,"searchable":false})"},
    {"plugin::upload.folder", "upload_folders", "folders",
     "UploadFolder", "upload", R"("name":{"type":"string","minLength":1,"required":true},"pathId":{"type":"integer","unique":true,"required":true},"parent":{"type":"relation","relation":"manyToOne","target":"plugin::upload.folder","inversedBy":"children"},"children":{"type":"relation","relation":"oneToMany","target":"plugin::upload.folder","mappedBy":"parent"},"files":{"type":"relation","relation":"oneToMany","target":"plugin::upload.file","mappedBy":"folder"},"path":{"type":"string","minLength":1,"required":true})"},
    {"plugin::i18n.locale", "i18n_locale", "locales", "I18NLocale", "i18n",
     R"("name":{"type":"string","min":1,"max":50,"configurable":false},"code":{"type":"string","unique":true,"configurable":false})"},
    {"plugin::content-releases.release", "strapi_releases", "releases", "ContentReleasesRelease",
     "content-releases",
     R"("name":{"type":"string","required":true},"releasedAt":{"type":"datetime"},"status":{"type":"enumeration","enum":["ready","blocked","failed","done","empty"],"required":true},"actions":{"type":"relation","relation":"oneToMany","target":"plugin::content-releases.release-action","mappedBy":"release"})"},
    {"plugin::content-releases.release-action", "strapi_release_actions", "release-actions",
     "ContentReleasesReleaseAction", "content-releases",
     R"("type":{"type":"enumeration","enum":["publish","unpublish"],"required":true},"contentType":{"type":"string","required":true},"release":{"type":"relation","relation":"manyToOne","target":"plugin::content-releases.release","inversedBy":"actions"})"},
    {"plugin::users-permissions.role", "up_roles", "roles", "UsersPermissionsRole",
     "users-permissions",
     R"("name":{"type":"string","minLength":3,"required":true,"configurable":false},"description":{"type":"string","configurable":false},"type":{"type":"string","unique":true,"configurable":false},"permissions":{"type":"relation","relation":"oneToMany","target":"plugin::users-permissions.permission","mappedBy":"role","configurable":false})"},
    {"plugin::users-permissions.permission", "up_permissions", "permissions",
     "UsersPermissionsPermission", "users-permissions",
     R"("action":{"type":"string","required":true,"configurable":false},"role":{"type":"relation","relation":"manyToOne","target":"plugin::users-permissions.role","inversedBy":"permissions","configurable":false})"},
    {"api::article.article", "articles", "articles", "Article", "",
     R"("title":{"type":"string","required":true,"pluginOptions":{"i18n":{"localized":true}}},"slug":{"type":"uid","targetField":"title","pluginOptions":{"i18n":{"localized":true}}},"summary":{"type":"text","pluginOptions":{"i18n":{"localized":true}}},"body":{"type":"richtext","pluginOptions":{"i18n":{"localized":true}}},"views":{"type":"integer"},"reads":{"type":"biginteger"},"score":{"type":"decimal"},"ratio":{"type":"float"},"day":{"type":"date"},"meta":{"type":"json"},"featured":{"type":"boolean","default":false},"cover":{"type":"media","multiple":false,"allowedTypes":["images","files"]},"author":{"type":"relation","relation":"manyToOne","target":"api::author.author","inversedBy":"articles"},"tags":{"type":"relation","relation":"manyToMany","target":"api::tag.tag","inversedBy":"articles"},"related":{"type":"relation","relation":"manyToMany","target":"api::article.article","inversedBy":"relatedFrom"},"relatedFrom":{"type":"relation","relation":"manyToMany","target":"api::article.article","mappedBy":"related"},"seo":{"type":"component","component":"shared.seo","repeatable":false,"pluginOptions":{"i18n":{"localized":true}}})",
     true, true},
    {"api::author.author", "authors", "authors", "Author", "",
     R"("name":{"type":"string","required":true},"bio":{"type":"text"},"avatar":{"type":"media","multiple":false,"allowedTypes":["images","files"]},"articles":{"type":"relation","relation":"oneToMany","target":"api::article.article","mappedBy":"author"},"mentor":{"type":"relation","relation":"manyToOne","target":"api::author.author","inversedBy":"mentees"},"mentees":{"type":"relation","relation":"oneToMany","target":"api::author.author","mappedBy":"mentor"})"},
    {"api::tag.tag", "tags", "tags", "Tag", "",
     R"("name":{"type":"string","required":true},"colour":{"type":"enumeration","enum":["red","green","blue"]},"articles":{"type":"relation","relation":"manyToMany","target":"api::article.article","mappedBy":"tags"})"},
    {"admin::permission", "admin_permissions", "permissions", "AdminPermission", "admin",
     R"("action":{"type":"string","minLength":1,"configurable":false,"required":true},"subject":{"type":"string","minLength":1,"configurable":false,"required":false},"properties":{"type":"json","configurable":false,"required":false,"default":{}},"conditions":{"type":"json","configurable":false,"required":false,"default":[]},"role":{"configurable":false,"type":"relation","relation":"manyToOne","inversedBy":"permissions","target":"admin::role"})"},
    {"admin::user", "admin_users", "users", "AdminUser", "admin",
     R"("firstname":{"type":"string","unique":false,"minLength":1,"configurable":false,"required":false},"lastname":{"type":"string","unique":false,"minLength":1,"configurable":false,"required":false},"email":{"type":"email","minLength":6,"configurable":false,"required":true,"unique":true,"private":true},"password":{"type":"password","minLength":6,"configurable":false,"required":false,"private":true,"searchable":false},"isActive":{"type":"boolean","default":false,"configurable":false,"private":true},"roles":{"configurable":false,"private":true,"type":"relation","relation":"manyToMany","inversedBy":"users","target":"admin::role","collectionName":"strapi_users_roles"},"blocked":{"type":"boolean","default":false,"configurable":false,"private":true})"},
    {"admin::role", "admin_roles", "roles", "AdminRole", "admin",
     R"("name":{"type":"string","minLength":1,"unique":true,"configurable":false,"required":true},"code":{"type":"string","minLength":1,"unique":true,"configurable":false,"required":true},"description":{"type":"string","configurable":false},"users":{"configurable":false,"type":"relation","relation":"manyToMany","mappedBy":"roles","target":"admin::user"},"permissions":{"configurable":false,"type":"relation","relation":"oneToMany","mappedBy":"role","target":"admin::permission"})"},
    {"admin::api-token", "strapi_api_tokens", "api-tokens", "AdminApiToken", "admin",
     R"("name":{"type":"string","minLength":1,"configurable":false,"required":true,"unique":true},"description":{"type":"string","minLength":1,"configurable":false,"required":false,"default":""},"type":{"type":"enumeration","enum":["read-only","full-access","custom"],"configurable":false,"required":true,"default":"read-only"},"accessKey":{"type":"string","minLength":1,"configurable":false,"required":true,"searchable":false})"},
    {"admin::transfer-token", "strapi_transfer_tokens", "transfer-tokens", "AdminTransferToken",
     "admin",
     R"("name":{"type":"string","minLength":1,"configurable":false,"required":true,"unique":true},"description":{"type":"string","minLength":1,"configurable":false,"required":false,"default":""},"accessKey":{"type":"string","minLength":1,"configurable":false,"required":true},"permissions":{"type":"relation","target":"admin::transfer-token-permission","relation":"oneToMany","mappedBy":"token","configurable":false,"required":false})"},
    {"admin::transfer-token-permission", "strapi_transfer_token_permissions",
     "transfer-token-permissions", "AdminTransferTokenPermission", "admin",
     R"("action":{"type":"string","minLength":1,"configurable":false,"required":true},"token":{"configurable":false,"type":"relation","relation":"manyToOne","inversedBy":"permissions","target":"admin::transfer-token"})"},
};

std::string_view nameOf(std::string_view uid) {
  return uid.substr(uid.find('.') + 1);
}

std::string_view modelName(std::string_view uid) {
  return uid.find('.') == std::string_view::npos ? uid.substr(uid.find(':') + 2) : nameOf(uid);
}

// What a server adds to each content type.
std::string commonAttributes(const TypeFacts& type) {
  constexpr std::string_view administrator =
      R"({"type":"relation","relation":"oneToOne","target":"admin::user","configurable":false,"writable":false,"visible":false,"useJoinTable":false,"private":true})";
  const std::string isPrivate = type.isLocalized ? "false" : "true";
  std::string text =
      R"("createdAt":{"type":"datetime"},"updatedAt":{"type":"datetime"},"publishedAt":{"type":"datetime","configurable":false,"writable":true,"visible":true})";
  text.append(R"(,"createdBy":)").append(administrator);
  text.append(R"(,"updatedBy":)").append(administrator);
  text += R"(,"locale":{"writable":true,"private":)" + isPrivate +
          R"(,"configurable":false,"visible":false,"type":"string"})";
  text += R"(,"localizations":{"type":"relation","relation":"oneToMany","target":")";
  text.append(type.uid).append(R"(","writable":false,"private":)").append(isPrivate);
  text +=
      R"(,"configurable":false,"visible":false,"unstable_virtual":true,"joinColumn":{"name":"document_id","referencedColumn":"document_id","referencedTable":")";
  return text.append(type.collectionName).append("\"}}");
}

std::string schemaJson(const TypeFacts& type) {
  const std::string_view name = modelName(type.uid);
  std::string text = R"({"collectionName":")";
  text.append(type.collectionName).append(R"(","info":{"singularName":")").append(name);
  text.append(R"(","pluralName":")").append(type.pluralName);
  text.append(R"(","displayName":")").append(name).append(R"("},"options":{"draftAndPublish":)");
  text.append(type.hasDrafts ? "true" : "false").append(R"(},"pluginOptions":)");
  text += type.isLocalized ? R"({"i18n":{"localized":true}})"
          : type.plugin.empty()
              ? "{}"
              : R"({"content-manager":{"visible":false},"content-type-builder":{"visible":false}})";
  text.append(R"(,"attributes":{)").append(type.attributes).append(",");
  text.append(commonAttributes(type));
  text.append(R"(},"kind":"collectionType","modelType":"contentType","modelName":")").append(name);
  text.append(R"(","uid":")").append(type.uid).append("\"");
  if (!type.plugin.empty()) {
    text.append(R"(,"plugin":")").append(type.plugin).append("\"");
  }
  return text.append(R"(,"globalId":")").append(type.globalId).append("\"}");
}

}  // namespace

std::vector<strapi::Schema> sampleSchemas() {
  std::vector<strapi::Schema> schemas;
  for (const auto& type : contentTypes) {
    schemas.push_back({std::string(type.uid), schemaJson(type)});
  }
  schemas.push_back(
      {"shared.seo",
       R"({"collectionName":"components_shared_seos","info":{"displayName":"seo"},"options":{},"attributes":{"metaTitle":{"type":"string"},"metaDescription":{"type":"text"},"image":{"type":"media","multiple":false,"allowedTypes":["images","files"]}},"modelType":"component","modelName":"seo","uid":"shared.seo","globalId":"ComponentSharedSeo"})"});
  return schemas;
}

}  // namespace wsferry::testing
